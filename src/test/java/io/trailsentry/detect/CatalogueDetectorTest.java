package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.baseline.CallCounts;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.finding.Finding;
import io.trailsentry.testing.EventBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the detectors that live off the catalogue do with calls as CloudTrail writes them.
class CatalogueDetectorTest {
    private static final Watched AGENT = Watched.agent();

    private static EventBuilder write(String service, String name) {
        return EventBuilder.agent().write(service, name);
    }

    private static @Nullable Signal signal(String detector, EventBuilder event) {
        return AGENT.signal(detector, event);
    }

    /// Taking down what the agent put up itself says nothing.
    @Nested
    class TakingDown {
        private static final String BEFORE = "2026-11-16T09:00:00Z";
        private static final String NOW = "2026-11-17T09:00:00Z";

        private static List<Finding> destruction(EventBuilder... events) {
            return AGENT.findings(events).stream().filter(finding -> finding.detectors().contains("destructive-action"))
                    .toList();
        }

        private static EventBuilder deleteBucket() {
            return write("s3", "DeleteBucket").parameter("bucketName", "scratch-1").at(NOW, "delete");
        }

        private static EventBuilder createBucket(String time) {
            return write("s3", "CreateBucket").parameter("bucketName", "scratch-1").at(time, "create");
        }

        @Test
        void deletedOnly_isASignal() {
            assertThat(destruction(deleteBucket())).singleElement().returns(50, Finding::score);
        }

        @Test
        void createdThenDeleted_isWork_inWhateverOrderTheEventsCome() {
            assertThat(destruction(createBucket(BEFORE), deleteBucket())).isEmpty();
            assertThat(destruction(deleteBucket(), createBucket(BEFORE))).isEmpty();
        }

        @Test
        void createdAfterwards_orLongAgo_isNoExcuse() {
            assertThat(destruction(deleteBucket(), createBucket("2026-11-17T09:00:01Z"))).hasSize(1);
            assertThat(destruction(createBucket("2026-08-10T09:00:00Z"), deleteBucket())).hasSize(1);
            assertThat(destruction(createBucket("2026-08-30T09:00:00Z"), deleteBucket())).isEmpty();
        }

        @Test
        void creationThatWasRefusedOrFailed_isNoExcuse() {
            assertThat(destruction(createBucket(BEFORE).error("AccessDenied", "no"), deleteBucket())).hasSize(1);
            assertThat(destruction(createBucket(BEFORE).error("BucketAlreadyExists", "no"), deleteBucket())).hasSize(1);
        }

        @Test
        void creationBySomebodyElse_isNoExcuse() {
            assertThat(destruction(EventBuilder.user(Watched.USER).write("s3", "CreateBucket")
                    .parameter("bucketName", "scratch-1").at(BEFORE, "create"), deleteBucket())).hasSize(1);
        }

        @Test
        void anotherThing_isNoExcuse() {
            assertThat(destruction(write("s3", "CreateBucket").parameter("bucketName", "scratch-2").at(BEFORE, "c"),
                    deleteBucket())).hasSize(1);
        }

        @Test
        void thingsNamedByTheAnswer_areKnown() {
            assertThat(destruction(
                    write("ec2", "RunInstances").parameter("instanceType", "t3.micro")
                            .with("responseElements",
                                    Map.of("instancesSet",
                                            Map.of("items",
                                                    List.of(Map.of("instanceId", "i-1", "subnetId", "subnet-1")))))
                            .at(BEFORE, "c"),
                    write("ec2", "TerminateInstances")
                            .parameter("instancesSet", Map.of("items", List.of(Map.of("instanceId", "i-1"))))
                            .at(NOW, "d")))
                    .isEmpty();
            assertThat(destruction(
                    write("kms", "CreateKey")
                            .with("responseElements", Map.of("keyMetadata", Map.of("keyId", "1234-abcd", "arn",
                                    "arn:aws:kms:us-east-1:111122223333:key/1234-abcd")))
                            .at(BEFORE, "c"),
                    write("kms", "ScheduleKeyDeletion")
                            .parameter("keyId", "arn:aws:kms:us-east-1:111122223333:key/1234-abcd").at(NOW, "d")))
                    .isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"lambda, CreateFunction20150331, DeleteFunction20150331, functionName",
                "dynamodb, CreateTable, DeleteTable, tableName", "iam, CreateRole, DeleteRole, roleName",
                "cloudformation, CreateStack, DeleteStack, stackName",
                "rds, CreateDBInstance, DeleteDBInstance, dBInstanceIdentifier",
                "ec2, CreateKeyPair, DeleteKeyPair, keyName", "logs, CreateLogGroup, DeleteLogGroup, logGroupName"})
        void createdAndDeletedByName_isWork(String service, String create, String delete, String field) {
            EventBuilder deletion = write(service, delete).parameter(field, "scratch-1").at(NOW, "d");
            EventBuilder creation = write(service, create).parameter(field, "scratch-1").at(BEFORE, "c");
            assertThat(AGENT.signals(deletion)).isNotEmpty();
            assertThat(AGENT.findings(creation, deletion)).filteredOn(
                    finding -> Objects.equals(finding.leading().action(), service + ":" + delete.replaceAll("\\d", "")))
                    .isEmpty();
        }

        /// A call that only names a thing has not made it. Else a tag would be a licence to destroy.
        @ParameterizedTest
        @CsvSource({"ec2, CreateTags, resourceId, ec2, TerminateInstances, instanceId",
                "ec2, CreateSnapshot, volumeId, ec2, DeleteVolume, volumeId",
                "ec2, CopySnapshot, sourceSnapshotId, ec2, DeleteSnapshot, snapshotId",
                "rds, CreateDBSnapshot, dBInstanceIdentifier, rds, DeleteDBInstance, dBInstanceIdentifier",
                "s3, PutBucketPolicy, bucketName, s3, DeleteBucket, bucketName",
                "s3, PutObject, bucketName, s3, DeleteBucket, bucketName",
                "iam, CreateAccessKey, userName, iam, DeleteUser, userName",
                "iam, PutGroupPolicy, groupName, iam, DeleteGroup, groupName",
                "kms, CreateGrant, keyId, kms, ScheduleKeyDeletion, keyId",
                "kms, PutKeyPolicy, keyId, kms, ScheduleKeyDeletion, keyId",
                "lambda, PutFunctionConcurrency, functionName, lambda, DeleteFunction, functionName",
                "lambda, CreateAlias, functionName, lambda, DeleteFunction, functionName",
                "dynamodb, CreateBackup, tableName, dynamodb, DeleteTable, tableName",
                "ecr, PutImage, repositoryName, ecr, DeleteRepository, repositoryName",
                "eks, CreateNodegroup, clusterName, eks, DeleteCluster, name",
                "elasticloadbalancing, RegisterTargets, targets.id, ec2, TerminateInstances, instanceId",
                "elasticloadbalancing, RegisterInstancesWithLoadBalancer, loadBalancerName, elasticloadbalancing, "
                        + "DeleteLoadBalancer, loadBalancerName"})
        void thingThatWasOnlyUsed_isNotItsOwn(String service, String use, String field, String deletingService,
                String delete, String target) {
            EventBuilder deletion = write(deletingService, delete).parameter(target, "prod-1").at(NOW, "d");
            Map<String, Object> parameters = new LinkedHashMap<>();
            RuleEvents.put(parameters, field, "prod-1");
            EventBuilder using = write(service, use).parameters(parameters).with("responseElements", parameters)
                    .at(BEFORE, "c");
            assertThat(destruction(deletion)).as("deleted only").hasSize(1);
            assertThat(destruction(using, deletion)).as("used, then deleted").hasSize(1);
        }

        @Test
        void graveDamageToTheAudit_hasNoExcuse() {
            EventBuilder create = write("cloudtrail", "CreateTrail").parameter("name", "main").at(BEFORE, "c");
            EventBuilder delete = write("cloudtrail", "DeleteTrail").parameter("name", "main").at(NOW, "d");
            assertThat(AGENT.findings(create, delete)).anySatisfy(
                    finding -> assertThat(finding.leading().detector()).isEqualTo("audit-tampering"));
        }
    }

    /// What a service does for an agent is mostly its own business.
    @Nested
    class Services {
        private static EventBuilder byStack(String service, String name) {
            return EventBuilder.role("mcp-agent-role", "s").through("cloudformation.amazonaws.com").write(service,
                    name);
        }

        @Test
        void ordinaryThings_sayNothing() {
            assertThat(AGENT.signals(byStack("s3", "DeleteBucket").parameter("bucketName", "b"))).isEmpty();
            assertThat(AGENT.signals(byStack("iam", "AttachRolePolicy").parameter("roleName", "another"))).isEmpty();
            assertThat(AGENT.signals(byStack("lambda", "UpdateFunctionCode20150331v2").parameter("functionName", "f")))
                    .isEmpty();
            assertThat(AGENT.signals(byStack("iam", "CreateUser").parameter("userName", "u"))).isEmpty();
        }

        @Test
        void graveThings_countForLess() {
            assertThat(signal("data-exposure", byStack("ec2", "ModifySnapshotAttribute").parameters(Map.of("snapshotId",
                    "snap-1", "createVolumePermission",
                    Map.of("add", Map.of("items", List.of(Map.of("group", "all"))))))))
                    .isNotNull().returns(52, Signal::score);
            assertThat(signal("privilege-escalation", byStack("iam", "CreateAccessKey").parameter("userName", "dana")))
                    .isNotNull().returns(45, Signal::score);
        }

        /// Grave is from 70 on: what the service does then counts, and of the audit in full.
        @Test
        void thingsThatAreJustGrave_count() {
            assertThat(signal("privilege-escalation", byStack("iam", "CreateSAMLProvider").parameter("name", "x")))
                    .isNotNull().returns(42, Signal::score);
            assertThat(signal("audit-tampering", byStack("detective", "DeleteGraph").parameter("graphArn", "arn:x")))
                    .isNotNull().returns(70, Signal::score);
        }

        @Test
        void itsOwnPower_andTheAudit_countInFull() {
            assertThat(signal("iam-self-modification", byStack("iam", "AttachRolePolicy").parameter("roleName",
                    "mcp-agent-role"))).isNotNull().returns(90, Signal::score);
            assertThat(signal("audit-tampering", byStack("cloudtrail", "StopLogging").parameter("name", "main")))
                    .isNotNull().returns(92, Signal::score);
            assertThat(signal("audit-tampering", byStack("logs", "DeleteLogGroup").parameter("logGroupName", "/app/x")))
                    .isNull();
        }
    }

    /// Everybody, and others, by the shapes in which services write them.
    @Nested
    class Shared {
        private static final String POLICY = """
                {"Version":"2012-10-17","Statement":[{"Effect":"%s","Principal":%s,"Action":"s3:*","Resource":"*"%s}]}""";

        private static JsonNode bucketPolicy(String effect, String principal, String condition)
                throws JsonProcessingException {
            return new JsonMapper().readTree(POLICY.formatted(effect, principal, condition));
        }

        private static int exposure(EventBuilder event) {
            Signal signal = signal("data-exposure", event);
            return signal == null ? 0 : signal.score();
        }

        /// S3 writes the policy as an object.
        @ParameterizedTest
        @CsvSource(delimiter = '|', value = {"Allow|\"*\"||88", "Allow|{\"AWS\":\"*\"}||88", "Deny|\"*\"||18",
                "Allow|\"*\"|,\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}}|18",
                "Allow|{\"AWS\":\"arn:aws:iam::999988887777:root\"}||75",
                "Allow|{\"AWS\":\"999988887777\"}||75", "Allow|{\"AWS\":\"arn:aws:iam::111122223333:role/reader\"}||18",
                "Allow|{\"Service\":\"cloudfront.amazonaws.com\"}||18"})
        void putBucketPolicy_isReadAsAWhole(String effect, String principal, @Nullable String condition, int score)
                throws JsonProcessingException {
            assertThat(exposure(write("s3", "PutBucketPolicy").parameters(Map.of("bucketName", "b", "bucketPolicy",
                    bucketPolicy(effect, principal, condition == null ? "" : condition))))).isEqualTo(score);
        }

        @Test
        void policiesAsText_areReadToo() {
            assertThat(exposure(write("sqs", "SetQueueAttributes").parameters(Map.of("queueUrl",
                    "https://sqs.us-east-1.amazonaws.com/111122223333/q", "attributes",
                    Map.of("Policy", POLICY.formatted("Allow", "\"*\"", "")))))).isEqualTo(68);
            assertThat(exposure(write("sqs", "SetQueueAttributes").parameters(Map.of("queueUrl", "q", "attributes",
                    Map.of("VisibilityTimeout", "30"))))).isZero();
        }

        @Test
        void snapshotsAndImages_bySharing() {
            assertThat(exposure(write("ec2", "ModifySnapshotAttribute").parameters(Map.of("snapshotId", "snap-1",
                    "createVolumePermission",
                    Map.of("add", Map.of("items", List.of(Map.of("userId", Watched.OUTSIDE)))),
                    "attributeType", "CREATE_VOLUME_PERMISSION")))).isEqualTo(76);
            assertThat(exposure(write("ec2", "ModifySnapshotAttribute").parameters(Map.of("snapshotId", "snap-1",
                    "createVolumePermission",
                    Map.of("add", Map.of("items", List.of(Map.of("userId", EventBuilder.ACCOUNT)))))))).isEqualTo(34);
            assertThat(exposure(write("rds", "ModifyDBSnapshotAttribute").parameters(Map.of("dBSnapshotIdentifier",
                    "s", "attributeName", "restore", "valuesToAdd", List.of("all"))))).isGreaterThanOrEqualTo(70);
        }

        @Test
        void accessLists_byGrantOrCanned() {
            assertThat(exposure(write("s3", "PutBucketAcl").parameters(Map.of("bucketName", "b", "x-amz-acl",
                    "public-read")))).isEqualTo(88);
            assertThat(exposure(write("s3", "PutBucketAcl").parameters(Map.of("bucketName", "b", "AccessControlPolicy",
                    Map.of("AccessControlList", Map.of("Grant", List.of(Map.of("Grantee",
                            Map.of("URI", "http://acs.amazonaws.com/groups/global/AllUsers")))))))))
                    .isEqualTo(88);
            assertThat(exposure(write("s3", "PutBucketAcl").parameters(Map.of("bucketName", "b", "x-amz-acl",
                    "private")))).isEqualTo(15);
        }

        @ParameterizedTest
        @CsvSource({"22, 80", "3389, 80", "3306, 72", "8080, 45", "443, 18", "80, 18"})
        void openIngress_byPort(int port, int score) {
            assertThat(exposure(ingress(port, "0.0.0.0/0"))).isEqualTo(score);
            assertThat(exposure(ingress(port, "208.236.235.254/0"))).isEqualTo(score);
            assertThat(exposure(ingress(port, "10.0.0.0/8"))).isEqualTo(10);
        }

        private static EventBuilder ingress(int port, String range) {
            return write("ec2", "AuthorizeSecurityGroupIngress").parameters(Map.of("groupId", "sg-1", "ipPermissions",
                    Map.of("items", List.of(Map.of("ipProtocol", "tcp", "fromPort", port, "toPort", port, "ipRanges",
                            Map.of("items", List.of(Map.of("cidrIp", range))))))));
        }

        @Test
        void objectsThatAreOnlyCalledPolicies_areLookedInto() {
            assertThat(signal("destructive-action", write("sagemaker", "DeleteDomain").parameters(Map.of("domainId",
                    "d-1", "retentionPolicy", Map.of("homeEfsFileSystem", "Delete"))))).isNotNull()
                    .returns("deleted a studio with everybody's files", Signal::headline);
            assertThat(signal("destructive-action", write("elasticfilesystem", "PutBackupPolicy").parameters(
                    Map.of("fileSystemId", "fs-1", "backupPolicy", Map.of("status", "DISABLED"))))).isNotNull();
        }
    }

    /// TrailSentry's own things, by whatever names them.
    @Nested
    class OwnMonitor {
        @ParameterizedTest
        @ValueSource(strings = {"trailsentry-detector", "arn:aws:lambda:us-east-1:111122223333:function:trailsentry",
                "arn:aws:lambda:us-east-1:111122223333:function:trailsentry-detector:live", "TrailSentry-Detector"})
        void itsFunction_isKnown(String name) {
            assertThat(signal("audit-tampering", write("lambda", "UpdateFunctionCode20150331v2").parameter(
                    "functionName", name))).isNotNull().returns(95, Signal::score);
        }

        @ParameterizedTest
        @ValueSource(strings = {"trailsentryx", "my-trailsentry", "orders"})
        void otherFunctions_areNot(String name) {
            assertThat(signal("audit-tampering", write("lambda", "UpdateFunctionCode20150331v2").parameter(
                    "functionName", name))).isNull();
        }

        private static @Nullable Signal tampering(EventBuilder event) {
            return signal("audit-tampering", event);
        }

        @ParameterizedTest
        @CsvSource({"iam, DetachRolePolicy, roleName, trailsentry-detector-us-east-1",
                "iam, PutRolePermissionsBoundary, roleName, trailsentry-detector-us-east-1",
                "iam, DeletePolicy, policyArn, arn:aws:iam::111122223333:policy/trailsentry-audit",
                "sts, AssumeRole, roleArn, arn:aws:iam::111122223333:role/trailsentry-detector-us-east-1",
                "lambda, PutFunctionConcurrency20171031, functionName, trailsentry-detector",
                "lambda, UpdateAlias20150331, functionName, trailsentry-detector",
                "events, DisableRule, name, trailsentry-agent-calls", "events, PutRule, name, trailsentry-agent-calls",
                "sqs, PurgeQueue, queueUrl, https://sqs.us-east-1.amazonaws.com/111122223333/trailsentry-events",
                "sqs, SetQueueAttributes, queueUrl, https://sqs.us-east-1.amazonaws.com/111122223333/trailsentry-events",
                "sns, DeleteTopic, topicArn, arn:aws:sns:us-east-1:111122223333:trailsentry-alerts",
                "sns, SetTopicAttributes, topicArn, arn:aws:sns:us-east-1:111122223333:trailsentry-pages",
                "sns, Unsubscribe, subscriptionArn, arn:aws:sns:us-east-1:111122223333:trailsentry-alerts:0f-1",
                "dynamodb, DeleteTable, tableName, trailsentry-memory",
                "dynamodb, UpdateTable, tableName, arn:aws:dynamodb:us-east-1:111122223333:table/trailsentry-memory",
                "monitoring, DeleteDashboards, dashboardNames, trailsentry",
                "logs, DeleteLogGroup, logGroupName, trailsentry-detector",
                "kms, DeleteAlias, aliasName, alias/trailsentry",
                "ssm, PutParameter, name, /trailsentry/configuration", "s3, PutObject, key, config/trailsentry.yaml",
                "cloudformation, DeleteStack, stackName, trailsentry",
                "cloudformation, UpdateStack, stackName, StackSet-trailsentry-forwarding-0f1e",
                "cloudformation, DeleteStackSet, stackSetName, trailsentry-forwarding",
                "chatbot, DeleteSlackChannelConfiguration, chatConfigurationArn, "
                        + "arn:aws:chatbot::111122223333:chat-configuration/slack-channel/trailsentry"})
        void eachOfItsParts_isKnown(String service, String operation, String field, String name) {
            EventBuilder event = write(service, operation).parameter(field, name);
            assertThat(tampering(event)).isNotNull().extracting(Signal::headline).asString().contains("TrailSentry");
            assertThat(tampering(event.parameter(field, name.replace("trailsentry", "orders")))).satisfies(
                    signal -> assertThat(signal == null ? "" : signal.headline()).doesNotContain("TrailSentry"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"UpdateEventSourceMapping20150331", "DeleteEventSourceMapping20150331"})
        void itsEventSourceMapping_isKnownByTheAnswer(String operation) {
            EventBuilder event = write("lambda", operation).parameter("uUID", "0f1e-2d3c").with("responseElements",
                    Map.of("uUID", "0f1e-2d3c", "functionArn",
                            "arn:aws:lambda:us-east-1:111122223333:function:trailsentry-detector:live"));
            assertThat(tampering(event)).isNotNull();
            assertThat(tampering(event.with("responseElements", Map.of("uUID", "0f1e-2d3c", "functionArn",
                    "arn:aws:lambda:us-east-1:111122223333:function:orders")))).isNull();
        }

        @Test
        void aBatchThatNamesItsAlarmAmongOthers_isKnown() {
            assertThat(tampering(write("monitoring", "DeleteAlarms").parameter("alarmNames",
                    List.of("orders", "trailsentry-dead-letters")))).isNotNull().returns(85, Signal::score);
        }

        @Test
        void aBatchThatTouchesItsTableAmongOthers_isKnown() {
            assertThat(signal("audit-tampering", write("dynamodb", "BatchWriteItem").with("resources",
                    List.of(Map.of("ARN", "arn:aws:dynamodb:us-east-1:111122223333:table/orders"),
                            Map.of("ARN", "arn:aws:dynamodb:us-east-1:111122223333:table/trailsentry-memory")))))
                    .isNotNull();
            assertThat(signal("audit-tampering", write("dynamodb", "BatchWriteItem").with("resources",
                    List.of(Map.of("ARN", "arn:aws:dynamodb:us-east-1:111122223333:table/orders"))))).isNull();
        }
    }

    /// What a refused call might have been, where only its parameters would tell.
    @Nested
    class Unknown {
        private static List<Signal> refused(String service, String operation) {
            return AGENT.signals(write(service, operation).error("AccessDenied", "User is not authorized"));
        }

        @ParameterizedTest
        @CsvSource({"rds, ModifyDBInstance", "dynamodb, UpdateTable", "es, UpdateDomainConfig",
                "sqs, SetQueueAttributes", "kms, CreateKey"})
        void callThatCanDoHarm_isWorthOneLine(String service, String operation) {
            assertThat(refused(service, operation)).singleElement().returns(20, Signal::score)
                    .returns(Outcome.DENIED, Signal::outcome).extracting(Signal::headline).asString()
                    .startsWith("was blocked when it tried to make a call that can ");
        }

        @Test
        void callWhoseParametersAreTold_isJudgedByThem() {
            assertThat(AGENT.signals(write("rds", "ModifyDBInstance").parameter("dBInstanceIdentifier", "d-1")
                    .error("AccessDenied", "no"))).isEmpty();
        }

        @Test
        void callThatOnlySomebodyElsesThingsMakeSuspicious_saysNothing() {
            assertThat(refused("sqs", "ReceiveMessage")).isEmpty();
            assertThat(refused("lambda", "Invoke")).isEmpty();
        }

        @Test
        void readsAndServices_sayNothing() {
            assertThat(AGENT.signals(EventBuilder.agent().call("logs", "GetLogEvents").error("AccessDenied", "no")))
                    .isEmpty();
            assertThat(AGENT.signals(EventBuilder.role("mcp-agent-role", "s").through("cloudformation.amazonaws.com")
                    .write("rds", "ModifyDBInstance").error("AccessDenied", "no"))).isEmpty();
        }

        @Test
        void failureOfAnotherKind_saysNothing() {
            assertThat(AGENT.signals(write("rds", "ModifyDBInstance").error("DBInstanceNotFound", "no"))).isEmpty();
        }
    }

    @Test
    void assumeRole_outsideTheList_isPrivilegeEscalation() {
        assertThat(signal("privilege-escalation", write("sts", "AssumeRole").parameter("roleArn",
                "arn:aws:iam::111122223333:role/admin"))).isNotNull().returns(60, Signal::score);
        assertThat(signal("privilege-escalation", write("sts", "AssumeRole").denied("sts:AssumeRole",
                "arn:aws:iam::999988887777:role/admin"))).isNotNull().returns(36, Signal::score);
        assertThat(signal("privilege-escalation", write("sts", "AssumeRole").parameter("roleArn",
                "arn:aws:iam::111122223333:role/ci/deployer-web"))).isNotNull().returns(5, Signal::score);
        assertThat(signal("privilege-escalation", write("sts", "AssumeRole").denied("sts:AssumeRole",
                "arn:aws:iam::111122223333:role/ci/deployer-web"))).isNotNull().returns(24, Signal::score);
        assertThat(Watched.patterns("mcp-agent-role").signals("privilege-escalation", write("sts", "AssumeRole")
                .parameter("roleArn", "arn:aws:iam::111122223333:role/admin")))
                .filteredOn(signal -> !signal.isLearned())
                .extracting(Signal::score).containsExactly(5);
    }

    @Test
    void premises_areOfWhatIsNotGrave() {
        assertThat(signal("audit-tampering", write("detective", "DeleteGraph").parameter("graphArn", "arn:x")))
                .isNotNull().returns(null, Signal::premise);
        assertThat(signal("credential-access", EventBuilder.agent()
                .call("cognito-identity", "GetCredentialsForIdentity").parameter("identityId", "x"))).isNotNull()
                .returns(null, Signal::premise);
    }

    /// The first secret that is read in a way in which the agent never read: worth less where it often does something new.
    @Test
    void firstSecret_isWorthMore_theLessTheMoreDaysBroughtANewWay() {
        Signal read = signal("credential-access",
                EventBuilder.agent().call("secretsmanager", "GetSecretValue").parameter("secretId", "prod"));
        assertThat(read).isNotNull();
        Sighting at = Objects.requireNonNull(read.at());
        Profile profile = new Profile();
        profile.calls().atLeast(at.second() / 900 - 20 * 96, new CallCounts.Count(300, 10));
        for (long day = at.day() - 10; day < at.day() - 1; day++) {
            profile.add(new Trait("reading", "ssm:GetParameter"), new Sighting(day * 86_400, "p" + day));
        }
        Detectors detectors = Detectors.of(Catalogue.load(), Map.of(), Map.of());
        assertThat(detectors.weighed(read, profile).score()).isEqualTo(read.score() + 20);
        profile.add(new Trait("reading", "ssm:GetParameters"), new Sighting((at.day() - 5) * 86_400, "q"));
        assertThat(detectors.weighed(read, profile).score()).isEqualTo(read.score() + 18);
        profile.add(new Trait("reading", "secretsmanager:GetSecretValue"), new Sighting((at.day() - 4) * 86_400, "r"));
        assertThat(detectors.weighed(read, profile).score()).isEqualTo(read.score());
    }
}
