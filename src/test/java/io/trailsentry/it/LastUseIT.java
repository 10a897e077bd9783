package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.posture.AwsLastUse;
import io.trailsentry.posture.LastUse.Use;
import io.trailsentry.posture.RefusedException;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iam.IamClient;

/// What IAM knows of the use of roles and users, over its own protocol. moto knows of no use, so those answers are the
/// router's.
@RequiresAws
class LastUseIT {
    private static final String DATE = "2026-11-20T10:00:00Z";
    private static final Instant AT = Instant.parse(DATE);

    private final AwsBackend aws;
    private final AwsRouter router;
    private final String name = "it-" + UUID.randomUUID();

    LastUseIT(AwsBackend aws) {
        this.aws = aws;
        this.router = AwsRouter.to(aws.endpoint());
    }

    @AfterEach
    void stop() {
        router.close();
    }

    private @Nullable Use use(Kind kind) throws RefusedException {
        try (IamClient iam = client()) {
            return new AwsLastUse(iam).of(new Principal(kind, "111122223333", "arn:aws:iam::111122223333:x/" + name,
                    name));
        }
    }

    private IamClient client() {
        return IamClient.builder().endpointOverride(router.endpoint()).region(Region.of(AwsBackend.REGION))
                .credentialsProvider(StaticCredentialsProvider
                        .create(AwsBasicCredentials.create(AwsBackend.ACCESS_KEY, AwsBackend.SECRET_KEY)))
                .httpClientBuilder(UrlConnectionHttpClient.builder()).build();
    }

    private void answers(String action, String result) {
        router.fail(1, new Fault.Answer("<" + action + "Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><"
                + action + "Result>" + result + "</" + action + "Result></" + action + "Response>"), is(action));
    }

    private static Predicate<Call> is(String action) {
        return call -> call.is("iam", action);
    }

    private void role(String lastUsed) {
        answers("GetRole", "<Role><Path>/</Path><RoleName>" + name + "</RoleName><RoleId>AROA</RoleId><Arn>a</Arn>"
                + "<CreateDate>2026-01-01T00:00:00Z</CreateDate>" + lastUsed + "</Role>");
    }

    private void key(String used) {
        answers("GetAccessKeyLastUsed", "<UserName>" + name + "</UserName><AccessKeyLastUsed>" + used
                + "<ServiceName>s3</ServiceName></AccessKeyLastUsed>");
    }

    private void userWithKeys(Runnable test) {
        aws.iam().createUser(request -> request.userName(name));
        String first = aws.iam().createAccessKey(request -> request.userName(name)).accessKey().accessKeyId();
        String second = aws.iam().createAccessKey(request -> request.userName(name)).accessKey().accessKeyId();
        try {
            test.run();
        } finally {
            aws.iam().deleteAccessKey(request -> request.userName(name).accessKeyId(first));
            aws.iam().deleteAccessKey(request -> request.userName(name).accessKeyId(second));
            aws.iam().deleteUser(request -> request.userName(name));
        }
    }

    @Test
    void role_thatWasUsed_tellsWhenAndWhere() throws RefusedException {
        role("<RoleLastUsed><LastUsedDate>" + DATE + "</LastUsedDate><Region>eu-west-2</Region></RoleLastUsed>");

        assertThat(use(Kind.ROLE)).isEqualTo(new Use(AT, "eu-west-2"));
    }

    @Test
    void role_thatWasNeverUsed_orIsNotThere_hasNoUse() throws RefusedException {
        role("<RoleLastUsed/>");
        assertThat(use(Kind.ROLE)).isNull();
        role("");
        assertThat(use(Kind.ROLE)).isNull();
        assertThat(use(Kind.ROLE)).isNull();
        assertThat(use(Kind.USER)).isNull();
        assertThat(use(Kind.ROOT)).isNull();
    }

    @Test
    void user_tellsTheLatestUseOfAllKeys() {
        userWithKeys(() -> {
            key("<LastUsedDate>" + DATE + "</LastUsedDate><Region>us-west-2</Region>");
            key("<Region>N/A</Region>");
            assertThat(asked(Kind.USER)).isEqualTo(new Use(AT, "us-west-2"));

            key("<LastUsedDate>" + DATE + "</LastUsedDate><Region>N/A</Region>");
            key("<LastUsedDate>2026-11-19T10:00:00Z</LastUsedDate><Region>us-west-2</Region>");
            assertThat(asked(Kind.USER)).isEqualTo(new Use(AT, null));
            assertThat(asked(Kind.USER)).isNull();
        });
    }

    private @Nullable Use asked(Kind kind) {
        try {
            return use(kind);
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void user_keysAreReadToTheLastPage_andOneThatIsDeletedMeanwhileIsLeftOut() {
        userWithKeys(() -> {
            answers("ListAccessKeys", "<AccessKeyMetadata><member><AccessKeyId>AKIAFIRST</AccessKeyId></member>"
                    + "</AccessKeyMetadata><IsTruncated>true</IsTruncated><Marker>next</Marker>");
            router.fail(1, new Fault.Refusal("NoSuchEntity", "gone"), is("GetAccessKeyLastUsed"));
            key("<LastUsedDate>" + DATE + "</LastUsedDate><Region>us-west-2</Region>");

            assertThat(asked(Kind.USER)).isEqualTo(new Use(AT, "us-west-2"));
            assertThat(router.calls().stream().filter(is("ListAccessKeys"))
                    .map(call -> call.parameters().getOrDefault("Marker", ""))).containsExactly("", "next");
        });
    }

    @Test
    void throttling_isTriedAgain() throws RefusedException {
        router.fail(1, new Fault.Refusal("Throttling", "Rate exceeded"), is("GetRole"));
        role("<RoleLastUsed><LastUsedDate>" + DATE + "</LastUsedDate></RoleLastUsed>");

        assertThat(use(Kind.ROLE)).isEqualTo(new Use(AT, null));
    }

    @Test
    void refusal_isToldInAwssWords() {
        userWithKeys(() -> {
            for (String action : new String[]{"GetRole", "ListAccessKeys", "GetAccessKeyLastUsed"}) {
                router.failUntilHealed(new Fault.Refusal("AccessDenied", "not you"), is(action));
                assertThatThrownBy(() -> use(action.equals("GetRole") ? Kind.ROLE : Kind.USER)).as(action)
                        .isInstanceOf(RefusedException.class).hasMessage("AccessDenied: not you");
                router.heal();
            }
        });
    }
}
