package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Containment;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.posture.AwsIdentities;
import io.trailsentry.posture.Contain;
import io.trailsentry.posture.RefusedException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.StatusType;
import software.amazon.awssdk.services.sts.StsClient;

/// `contain` over IAM's and STS's own protocol.
@RequiresAws
class ContainIT {
    private static final Instant NOW = Instant.parse("2026-11-21T10:15:00Z");
    private static final String TRUST = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}""";
    private static final String OWN_POLICY = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}""";

    private final AwsBackend aws;
    private final AwsRouter router;
    private final String name = "it-" + UUID.randomUUID();
    private final Deque<Runnable> undo = new ArrayDeque<>();

    ContainIT(AwsBackend aws) {
        this.aws = aws;
        this.router = AwsRouter.to(aws.endpoint());
        undo.push(router::close);
    }

    @AfterEach
    void remove() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    /// Makes a role with an inline policy of its own.
    ///
    /// @return its ARN
    private String role(String role, String path) {
        String arn = aws.iam().createRole(request -> request.roleName(role).path(path).assumeRolePolicyDocument(TRUST))
                .role().arn();
        undo.push(() -> aws.iam().deleteRole(request -> request.roleName(role)));
        aws.iam().putRolePolicy(
                request -> request.roleName(role).policyName("its-own").policyDocument(OWN_POLICY));
        undo.push(() -> aws.iam().listRolePolicies(request -> request.roleName(role)).policyNames()
                .forEach(policy -> aws.iam().deleteRolePolicy(
                        request -> request.roleName(role).policyName(policy))));
        return arn;
    }

    /// Makes a user with two access keys, the second of them inactive.
    ///
    /// @return the keys' ids
    private List<String> user(String user) {
        aws.iam().createUser(request -> request.userName(user).path("/agents/"));
        undo.push(() -> aws.iam().deleteUser(request -> request.userName(user)));
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            String key = aws.iam().createAccessKey(request -> request.userName(user)).accessKey().accessKeyId();
            undo.push(() -> aws.iam().deleteAccessKey(request -> request.userName(user).accessKeyId(key)));
            keys.add(key);
        }
        aws.iam().updateAccessKey(
                request -> request.userName(user).accessKeyId(keys.getLast()).status(StatusType.INACTIVE));
        undo.push(() -> aws.iam().listUserPolicies(request -> request.userName(user)).policyNames()
                .forEach(policy -> aws.iam().deleteUserPolicy(
                        request -> request.userName(user).policyName(policy))));
        return List.copyOf(keys);
    }

    private Map<String, String> rolePolicies(String role) {
        return aws.iam().listRolePolicies(request -> request.roleName(role)).policyNames().stream()
                .collect(Collectors.toMap(policy -> policy, policy -> URLDecoder.decode(
                        aws.iam().getRolePolicy(request -> request.roleName(role).policyName(policy))
                                .policyDocument(),
                        StandardCharsets.UTF_8)));
    }

    private Map<String, StatusType> keys(String user) {
        Map<String, StatusType> keys = new TreeMap<>();
        aws.iam().listAccessKeys(request -> request.userName(user)).accessKeyMetadata()
                .forEach(key -> keys.put(key.accessKeyId(), key.status()));
        return keys;
    }

    private Contain.Outcome carryOut(boolean undoing, boolean apply, String principal) throws RefusedException {
        return carryOut(AwsBasicCredentials.create(AwsBackend.ACCESS_KEY, AwsBackend.SECRET_KEY), undoing, apply,
                principal);
    }

    private Contain.Outcome carryOut(AwsCredentials credentials, boolean undoing, boolean apply, String principal)
            throws RefusedException {
        var provider = StaticCredentialsProvider.create(credentials);
        var region = Region.of(AwsBackend.REGION);
        try (var identities = new AwsIdentities(
                IamClient.builder().endpointOverride(router.endpoint()).region(region).credentialsProvider(provider)
                        .httpClientBuilder(UrlConnectionHttpClient.builder()).build(),
                StsClient.builder().endpointOverride(router.endpoint()).region(region).credentialsProvider(provider)
                        .httpClientBuilder(UrlConnectionHttpClient.builder()).build())) {
            return new Contain(identities, InstantSource.fixed(NOW))
                    .carryOut(new Contain.Order(List.of(principal), undoing, apply));
        }
    }

    private List<String> changes() {
        return router.calls().stream().map(AwsRouter.Call::action)
                .filter(action -> action.matches("(Put|Delete|Update).*")).toList();
    }

    @Test
    void role_isContainedOnceHoweverOften_andLetGoAgain() throws RefusedException {
        String arn = role(name, "/agents/");

        assertThat(carryOut(false, false, arn).text()).contains("DRY RUN");
        assertThat(changes()).isEmpty();
        assertThat(carryOut(false, true, arn).complete()).isTrue();
        assertThat(carryOut(false, true, name).text()).contains("NOTHING TO DO: contained on 2026-11-21 10:15:00 UTC");
        assertThat(changes()).containsExactly("PutRolePolicy", "PutRolePolicy");
        assertThat(rolePolicies(name)).containsOnlyKeys("its-own", Containment.POLICY, Containment.REVOCATION)
                .containsEntry(Containment.POLICY, Containment.denial("Contained20261121T101500Z", null))
                .containsEntry(Containment.REVOCATION, Containment.revocation("2026-11-21T10:15:00Z"));

        assertThat(carryOut(true, true, arn).complete()).isTrue();
        assertThat(carryOut(true, true, arn).complete()).isTrue();
        assertThat(changes()).containsExactly("PutRolePolicy", "PutRolePolicy", "DeleteRolePolicy");
        assertThat(rolePolicies(name)).containsOnlyKeys("its-own", Containment.REVOCATION);
    }

    @Test
    void user_isDeniedAndItsKeysDeactivated_andOnlyThoseActivatedAgain() throws RefusedException {
        List<String> keys = user(name);

        assertThat(carryOut(false, true, name).complete()).isTrue();
        assertThat(carryOut(false, true, name).complete()).isTrue();
        assertThat(changes()).containsExactly("PutUserPolicy", "UpdateAccessKey");
        assertThat(keys(name).values()).containsOnly(StatusType.INACTIVE);

        assertThat(carryOut(true, true, name).complete()).isTrue();
        assertThat(keys(name)).containsEntry(keys.getFirst(), StatusType.ACTIVE).containsEntry(keys.getLast(),
                StatusType.INACTIVE);
        assertThat(aws.iam().listUserPolicies(request -> request.userName(name)).policyNames()).isEmpty();
    }

    @Test
    void identityCenterRole_isNotTouched_andTheWayIsTold() throws RefusedException {
        String role = "AWSReservedSSO_" + name.substring(0, 20);
        String arn = role(role, "/aws-reserved/sso.amazonaws.com/");

        Contain.Outcome outcome = carryOut(false, true, arn);

        assertThat(outcome.complete()).isFalse();
        assertThat(outcome.text()).contains("aws organizations attach-policy", "NOT DONE");
        assertThat(changes()).isEmpty();
    }

    @Test
    void accessDenied_isToldWithAwssReason_andTheNextRunDoesTheRest() throws RefusedException {
        String arn = role(name, "/");
        router.fail(1, new Fault.Refusal("AccessDenied", "may not iam:PutRolePolicy"),
                call -> call.is("iam", "PutRolePolicy"));

        Contain.Outcome partly = carryOut(false, true, arn);

        assertThat(partly.complete()).isFalse();
        assertThat(partly.text()).contains("NOT DONE: AccessDenied: may not iam:PutRolePolicy", "NOT COMPLETE");
        assertThat(rolePolicies(name)).containsKey(Containment.REVOCATION).doesNotContainKey(Containment.POLICY);
        assertThat(carryOut(false, true, arn).complete()).isTrue();
        assertThat(rolePolicies(name)).containsKeys(Containment.POLICY, Containment.REVOCATION);
    }

    @Test
    void throttlingAndServerErrors_areTriedAgain() throws RefusedException {
        String arn = role(name, "/");
        router.fail(1, new Fault.Status(503), call -> call.is("iam", "PutRolePolicy"));
        router.fail(1, new Fault.Disconnect(), call -> call.is("iam", "GetRolePolicy"));

        assertThat(carryOut(false, true, arn).complete()).isTrue();
    }

    @Test
    void whoIsNotThere_orOfAnotherAccount_isRefused() {
        String account = aws.sts().getCallerIdentity().account();

        assertThatThrownBy(() -> carryOut(false, true, "arn:aws:iam::" + account + ":role/" + name))
                .hasMessageContaining("there is no role").hasMessageContaining("Nothing was changed.");
        assertThatThrownBy(() -> carryOut(false, true, name)).hasMessageContaining("neither a role nor a user");
        assertThatThrownBy(() -> carryOut(false, true, "arn:aws:iam::999988887777:role/" + name))
                .hasMessageContaining("is not in the account of these credentials");
        assertThat(changes()).isEmpty();
    }

    @Test
    void caller_isNotContained() {
        String arn = role(name, "/agents/");
        var session = aws.sts().assumeRole(request -> request.roleArn(arn).roleSessionName("me")).credentials();
        var own = AwsSessionCredentials.create(session.accessKeyId(), session.secretAccessKey(),
                session.sessionToken());

        assertThatThrownBy(() -> carryOut(own, false, true, arn)).hasMessageContaining("itself");
        assertThat(rolePolicies(name)).containsOnlyKeys("its-own");
    }

    @Test
    void permissions_thatTheRunbookNames_areThoseThatAreUsed() throws RefusedException, IOException {
        String role = role(name, "/");
        user(name + "-u");
        for (String principal : List.of(role, name + "-u")) {
            carryOut(false, true, principal);
            carryOut(true, true, principal);
        }
        Set<String> used = router.calls().stream().filter(call -> call.service().equals("iam"))
                .map(call -> "iam:" + call.action()).collect(Collectors.toCollection(TreeSet::new));

        String runbook = Files.readString(Path.of("docs/runbooks/contain.md"));
        var policy = Pattern.compile("(?s)```json\\n(.*?)```").matcher(runbook);
        assertThat(policy.find()).isTrue();
        Set<String> named = new TreeSet<>();
        new JsonMapper().readTree(policy.group(1)).at("/Statement")
                .forEach(statement -> statement.path("Action").forEach(action -> named.add(action.asText())));
        assertThat(named).isEqualTo(used);
    }

    @Test
    void program_containsAndLetsGo_andItsExitCodeTells() throws IOException {
        String arn = role(name, "/agents/");
        Path config = Files.createTempFile("contain-", ".yaml");
        undo.push(() -> config.toFile().delete());
        Files.writeString(config, "agents:\n  - name: coder\n    principals: [\"" + arn + "\"]\n");

        assertThat(run("contain", "coder", "--config", config.toString())).returns(0, CommandLineProgram::code)
                .extracting(CommandLineProgram::output).asString().contains("DRY RUN", "CONTAIN role " + arn);
        assertThat(rolePolicies(name)).containsOnlyKeys("its-own");
        assertThat(run("contain", "coder", "--config", config.toString(), "--apply"))
                .returns(0, CommandLineProgram::code);
        assertThat(rolePolicies(name)).containsKey(Containment.POLICY);
        assertThat(run("contain", name, "--undo", "--apply")).returns(0, CommandLineProgram::code);
        assertThat(rolePolicies(name)).doesNotContainKey(Containment.POLICY);
        router.failUntilHealed(new Fault.Refusal("AccessDenied", "no"), call -> call.is("iam", "PutRolePolicy"));
        assertThat(run("contain", name, "--apply")).returns(1, CommandLineProgram::code);
        assertThat(run("contain", "nobody-" + name, "--apply")).returns(2, CommandLineProgram::code)
                .extracting(CommandLineProgram::output).asString().contains("neither a role nor a user");
    }

    private CommandLineProgram run(String... arguments) {
        return CommandLineProgram.run(router.endpoint(), Map.of(), arguments);
    }
}
