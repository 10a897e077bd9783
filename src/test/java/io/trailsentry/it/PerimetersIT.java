package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.posture.AwsPerimeters;
import io.trailsentry.posture.Check;
import io.trailsentry.posture.Perimeter;
import io.trailsentry.posture.Perimeters;
import io.trailsentry.posture.Rule;
import io.trailsentry.posture.Verdict;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.Tag;

/// Perimeters over IAM's own protocol.
@RequiresAws
class PerimetersIT {
    private static final String TRUST = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}""";

    private final AwsBackend aws;
    private final AwsRouter router;
    private final String account;
    private final String name = "it-" + UUID.randomUUID();
    private final Deque<Runnable> undo = new ArrayDeque<>();

    PerimetersIT(AwsBackend aws) {
        this.aws = aws;
        this.router = AwsRouter.to(aws.endpoint());
        this.account = aws.sts().getCallerIdentity().account();
        undo.push(router::close);
    }

    @AfterEach
    void remove() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    private static String allowing(String action) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" + action
                + "\",\"Resource\":\"*\"}]}";
    }

    private String policy(String policy, String action) {
        String arn = aws.iam().createPolicy(request -> request.policyName(policy).policyDocument(allowing(action)))
                .policy().arn();
        undo.push(() -> aws.iam().deletePolicy(request -> request.policyArn(arn)));
        return arn;
    }

    private void role(String role) {
        String boundary = policy(role + "-boundary", "s3:*");
        aws.iam().createRole(request -> request.roleName(role).path("/agents/").assumeRolePolicyDocument(TRUST)
                .permissionsBoundary(boundary).tags(Tag.builder().key("environment").value("dev").build()));
        undo.push(() -> aws.iam().deleteRole(request -> request.roleName(role)));
        inline(role, "its-own", "s3:Get+Object");
        attach(role, policy(role + "-work", "sqs:*"));
    }

    private void inline(String role, String policy, String action) {
        aws.iam().putRolePolicy(
                request -> request.roleName(role).policyName(policy).policyDocument(allowing(action)));
        undo.push(() -> aws.iam().deleteRolePolicy(request -> request.roleName(role).policyName(policy)));
    }

    private void attach(String role, String arn) {
        aws.iam().attachRolePolicy(request -> request.roleName(role).policyArn(arn));
        undo.push(() -> aws.iam().detachRolePolicy(request -> request.roleName(role).policyArn(arn)));
    }

    private void user(String user, String group) {
        aws.iam().createUser(request -> request.userName(user));
        undo.push(() -> aws.iam().deleteUser(request -> request.userName(user)));
        aws.iam().putUserPolicy(request -> request.userName(user).policyName("mine").policyDocument(allowing("a:b")));
        undo.push(() -> aws.iam().deleteUserPolicy(request -> request.userName(user).policyName("mine")));
        aws.iam().createGroup(request -> request.groupName(group));
        undo.push(() -> aws.iam().deleteGroup(request -> request.groupName(group)));
        aws.iam().putGroupPolicy(
                request -> request.groupName(group).policyName("ours").policyDocument(allowing("c:d")));
        undo.push(() -> aws.iam().deleteGroupPolicy(request -> request.groupName(group).policyName("ours")));
        String arn = policy(group + "-work", "e:f");
        aws.iam().attachGroupPolicy(request -> request.groupName(group).policyArn(arn));
        undo.push(() -> aws.iam().detachGroupPolicy(request -> request.groupName(group).policyArn(arn)));
        aws.iam().addUserToGroup(request -> request.userName(user).groupName(group));
        undo.push(() -> aws.iam().removeUserFromGroup(request -> request.userName(user).groupName(group)));
    }

    private Perimeters.Found find(String... principals) {
        try (IamClient iam = IamClient.builder().endpointOverride(router.endpoint())
                .region(Region.of(AwsBackend.REGION))
                .credentialsProvider(StaticCredentialsProvider
                        .create(AwsBasicCredentials.create(AwsBackend.ACCESS_KEY, AwsBackend.SECRET_KEY)))
                .httpClientBuilder(UrlConnectionHttpClient.builder()).build()) {
            return new AwsPerimeters(iam, "aws", account).find(
                    List.of(new Roster.Entry(null, Stream.of(principals).map(PrincipalPattern::of).toList())));
        }
    }

    private Perimeter only(Perimeters.Found found) {
        assertThat(found.checks()).isEmpty();
        assertThat(found.members()).hasSize(1);
        return found.members().getFirst().perimeter();
    }

    @Test
    void role_isReadWhole_byNameArnAndGlob() {
        role(name);
        String arn = "arn:aws:iam::" + account + ":role/agents/" + name;
        Perimeter byName = only(find(name));

        assertThat(byName.principal().arn()).isEqualTo(arn);
        assertThat(byName.trust()).isEqualTo(TRUST);
        assertThat(byName.boundary()).isEqualTo(new Perimeter.Boundary(
                "arn:aws:iam::" + account + ":policy/" + name + "-boundary", allowing("s3:*")));
        assertThat(byName.inline()).containsExactlyEntriesOf(
                new java.util.TreeMap<>(java.util.Map.of("its-own", allowing("s3:Get+Object"))));
        assertThat(byName.attached()).containsOnlyKeys("arn:aws:iam::" + account + ":policy/" + name + "-work");
        assertThat(byName.tags()).containsEntry("environment", "dev");
        assertThat(router.calls()).noneMatch(call -> call.action().startsWith("ListRoles"));
        assertThat(only(find("arn:aws:iam::" + account + ":role/" + name))).isEqualTo(byName);
        assertThat(only(find(name.substring(0, 30) + "*", name))).isEqualTo(byName);
    }

    @Test
    void user_isReadWithItsGroups() {
        user(name, name + "-group");
        Perimeter user = only(find(name));

        assertThat(user.trust()).isNull();
        assertThat(user.inline()).containsOnlyKeys("mine", "group " + name + "-group/ours");
        assertThat(user.attached()).containsOnlyKeys("arn:aws:iam::" + account + ":policy/" + name + "-group-work");
    }

    @Test
    void manyPolicies_areReadToTheLastPage() {
        role(name);
        inline(name, "first", "s3:GetObject");
        router.fail(1, new Fault.Answer("""
                <ListRolePoliciesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolePoliciesResult>
                <IsTruncated>true</IsTruncated><Marker>next</Marker><PolicyNames><member>first</member></PolicyNames>
                </ListRolePoliciesResult></ListRolePoliciesResponse>"""), call -> call.is("iam", "ListRolePolicies"));

        assertThat(only(find(name)).inline()).containsOnlyKeys("first", "its-own");
        assertThat(router.calls().stream().filter(call -> call.is("iam", "ListRolePolicies"))
                .map(call -> call.parameters().getOrDefault("Marker", ""))).containsExactly("", "next");
    }

    @Test
    void whoIsNotThere_orElsewhere_isTold() {
        Perimeters.Found found = find(name, name + "*", "arn:aws:iam::999988887777:role/x");

        assertThat(found.members()).isEmpty();
        assertThat(found.checks()).extracting(Check::verdict).containsExactly(Verdict.WARNING, Verdict.WARNING,
                Verdict.UNKNOWN);
        assertThat(found.checks()).extracting(Check::said).containsExactly(
                "is neither a role nor a user of this account", "means no role or user of this account",
                "belongs to account 999988887777, which this audit does not read");
    }

    @Test
    void accessDenied_isCannotTell_withAwssReason() {
        role(name);
        router.failUntilHealed(new Fault.Refusal("AccessDenied", "may not iam:GetPolicyVersion"),
                call -> call.is("iam", "GetPolicyVersion"));
        Perimeters.Found found = find(name);

        assertThat(found.members()).isEmpty();
        assertThat(found.checks()).extracting(Check::verdict).containsOnly(Verdict.UNKNOWN);
        assertThat(found.checks()).extracting(check -> check.subject().principal().arn())
                .containsOnly("arn:aws:iam::" + account + ":role/agents/" + name);
        assertThat(found.checks()).filteredOn(check -> check.score() > 0).singleElement()
                .returns(20, Check::score).returns("AccessDenied: may not iam:GetPolicyVersion", Check::reason);
        router.failUntilHealed(new Fault.Refusal("AccessDenied", "no"), call -> call.is("iam", "ListUsers"));
        assertThat(find("it-*").checks()).singleElement().returns(Verdict.UNKNOWN, Check::verdict);
    }

    @Test
    void throttling_isTriedAgain() {
        role(name);
        router.fail(1, new Fault.Refusal("Throttling", "Rate exceeded"), call -> call.is("iam", "GetRole"));
        router.fail(1, new Fault.Status(503), call -> call.is("iam", "GetPolicy"));

        only(find(name));
    }

    @Test
    void policyThatVanishes_isReadAgainOnce_thenCannotTell() {
        role(name);
        router.fail(1, new Fault.Refusal("NoSuchEntity", "gone"), call -> call.is("iam", "GetRolePolicy"));
        assertThat(only(find(name)).inline()).containsOnlyKeys("its-own");

        router.fail(2, new Fault.Refusal("NoSuchEntity", "gone"), call -> call.is("iam", "GetPolicy"));
        assertThat(find(name).checks()).filteredOn(check -> check.rule() == Rule.PERIMETER).singleElement()
                .returns("its policies changed while they were read", Check::reason);
    }
}
