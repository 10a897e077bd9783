package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// An agent's ordinary work wakes nobody.
class QuietTest {
    private static final Watched AGENT = Watched.agent();
    private static final Instant START = Instant.parse("2026-11-17T09:01:00Z");
    private static final String BUILDER = "arn:aws:iam::111122223333:role/service/web-worker";

    private static EventBuilder write(String service, String name) {
        return EventBuilder.agent().write(service, name);
    }

    private static EventBuilder at(int seconds, EventBuilder event) {
        return event.at(START.plusSeconds(seconds).toString(), "e" + seconds);
    }

    private static void wakesNobody(EventBuilder... events) {
        assertThat(AGENT.findings(events)).allSatisfy(finding -> assertThat(finding.severity()).as(finding.title())
                .isLessThan(Severity.MEDIUM));
    }

    @ParameterizedTest
    @CsvSource({"sts, GetCallerIdentity", "cloudtrail, LookupEvents", "cloudtrail, DescribeTrails",
            "ec2, DescribeInstances", "ec2, DescribeSecurityGroups", "ec2, DescribeSnapshots", "s3, ListBuckets",
            "s3, GetBucketPolicy", "s3, GetBucketAcl", "s3, GetObject", "iam, ListRoles", "iam, GetRole",
            "iam, GetRolePolicy", "iam, ListAttachedRolePolicies", "iam, GetPolicyVersion",
            "iam, SimulatePrincipalPolicy", "lambda, ListFunctions20150331",
            "lambda, GetFunctionConfiguration20150331v2",
            "rds, DescribeDBInstances", "dynamodb, DescribeTable", "cloudformation, DescribeStacks",
            "cloudformation, GetTemplate", "logs, FilterLogEvents", "logs, StartQuery", "monitoring, GetMetricData",
            "secretsmanager, ListSecrets", "secretsmanager, DescribeSecret", "ssm, DescribeParameters",
            "kms, DescribeKey", "kms, ListKeys", "organizations, DescribeOrganization", "ce, GetCostAndUsage",
            "guardduty, ListDetectors", "config, DescribeConfigurationRecorders", "bedrock, ListFoundationModels",
            "eks, DescribeCluster", "ecs, DescribeServices", "tagging, GetResources", "support, DescribeCases"})
    void reads_sayNothing(String service, String name) {
        assertThat(AGENT.signals(EventBuilder.agent().call(service, name))).isEmpty();
        assertThat(AGENT.findings(EventBuilder.role("mcp-agent-role", "s").call(service, name))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ec2, GetPasswordData, InvalidInstanceID.NotFound",
            "secretsmanager, GetSecretValue, ResourceNotFoundException", "ssm, GetParameter, ParameterNotFound",
            "s3, GetBucketPolicy, NoSuchBucketPolicy", "iam, GetRole, NoSuchEntityException",
            "s3, HeadObject, 404", "lambda, GetFunction20150331v2, ResourceNotFoundException"})
    void readsOfWhatIsNotThere_sayNothing(String service, String name, String code) {
        assertThat(AGENT.signals(EventBuilder.agent().call(service, name).error(code, "is not there"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Throttling", "ThrottlingException", "Client.RequestLimitExceeded", "SlowDown",
            "TooManyRequestsException"})
    void throttledCalls_wakeNobody(String code) {
        for (String action : List.of("iam:AttachRolePolicy", "cloudtrail:StopLogging", "kms:ScheduleKeyDeletion",
                "secretsmanager:GetSecretValue", "ec2:RunInstances")) {
            String[] part = action.split(":", 2);
            wakesNobody(write(part[0], part[1]).parameter("roleName", "another").error(code, "Rate exceeded"));
        }
        wakesNobody(IntStream.range(0, 60).mapToObj(
                i -> at(i, EventBuilder.agent().call("ec2", "DescribeThing" + i).error(code, "Rate exceeded")))
                .toArray(EventBuilder[]::new));
    }

    /// What infrastructure code puts up, in the shapes in which CloudTrail writes it.
    private static List<EventBuilder> creates() {
        String trust = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},
                "Action":"sts:AssumeRole"}]}""";
        String policy = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],
                "Resource":"arn:aws:s3:::web-assets/*"}]}""";
        String topic = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},
                "Action":"sns:Publish","Resource":"arn:aws:sns:us-east-1:111122223333:web"}]}""";
        return List.of(write("ec2", "CreateVpc").parameter("cidrBlock", "10.0.0.0/16"),
                write("ec2", "CreateSubnet").parameters(Map.of("vpcId", "vpc-1", "cidrBlock", "10.0.1.0/24")),
                write("ec2", "ModifySubnetAttribute").parameters(
                        Map.of("subnetId", "subnet-1", "mapPublicIpOnLaunch", Map.of("value", true))),
                write("ec2", "CreateInternetGateway"),
                write("ec2", "AttachInternetGateway").parameters(
                        Map.of("internetGatewayId", "igw-1", "vpcId", "vpc-1")),
                write("ec2", "CreateRouteTable").parameter("vpcId", "vpc-1"),
                write("ec2", "CreateRoute").parameters(Map.of("routeTableId", "rtb-1", "destinationCidrBlock",
                        "0.0.0.0/0", "gatewayId", "igw-1")),
                write("ec2", "CreateSecurityGroup").parameters(Map.of("groupName", "web", "groupDescription", "web",
                        "vpcId", "vpc-1")),
                write("ec2", "AuthorizeSecurityGroupIngress").parameters(Map.of("groupId", "sg-1", "ipPermissions",
                        Map.of("items", List.of(Map.of("ipProtocol", "tcp", "fromPort", 443, "toPort", 443, "ipRanges",
                                Map.of("items", List.of(Map.of("cidrIp", "0.0.0.0/0")))))))),
                write("ec2", "AuthorizeSecurityGroupEgress").parameters(Map.of("groupId", "sg-1", "ipPermissions",
                        Map.of("items", List.of(Map.of("ipProtocol", "-1", "ipRanges",
                                Map.of("items", List.of(Map.of("cidrIp", "0.0.0.0/0")))))))),
                write("ec2", "CreateTags").parameters(Map.of("resourcesSet",
                        Map.of("items", List.of(Map.of("resourceId", "sg-1"))), "tagSet",
                        Map.of("items", List.of(Map.of("key", "Owner", "value", EventBuilder.ROLE_ARN))))),
                write("iam", "CreateRole").parameters(Map.of("roleName", "web-worker", "assumeRolePolicyDocument",
                        trust)),
                write("iam", "CreatePolicy").parameters(Map.of("policyName", "web-assets", "policyDocument", policy)),
                write("iam", "AttachRolePolicy").parameters(Map.of("roleName", "web-worker", "policyArn",
                        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")),
                write("iam", "PutRolePolicy").parameters(Map.of("roleName", "web-worker", "policyName", "assets",
                        "policyDocument", policy)),
                write("iam", "CreateInstanceProfile").parameter("instanceProfileName", "web-worker"),
                write("iam", "AddRoleToInstanceProfile").parameters(Map.of("instanceProfileName", "web-worker",
                        "roleName", "web-worker")),
                write("lambda", "CreateFunction20150331").parameters(Map.of("functionName", "web", "role", BUILDER,
                        "runtime", "java25", "handler", "web.Handler", "memorySize", 512)),
                write("lambda", "AddPermission20150331v2").parameters(Map.of("functionName", "web", "action",
                        "lambda:InvokeFunction", "principal", "events.amazonaws.com", "sourceArn",
                        "arn:aws:events:us-east-1:111122223333:rule/web")),
                write("ec2", "RunInstances").parameters(Map.of("instanceType", "t3.micro", "instancesSet",
                        Map.of("items", List.of(Map.of("imageId", "ami-1", "minCount", 1, "maxCount", 1))))),
                write("s3", "CreateBucket").parameters(Map.of("bucketName", "web-assets", "CreateBucketConfiguration",
                        Map.of("LocationConstraint", "eu-central-1"))),
                write("s3", "PutBucketVersioning").parameters(Map.of("bucketName", "web-assets",
                        "VersioningConfiguration", Map.of("Status", "Enabled"))),
                write("s3", "PutBucketEncryption").parameters(Map.of("bucketName", "web-assets",
                        "ServerSideEncryptionConfiguration",
                        Map.of("Rule",
                                Map.of("ApplyServerSideEncryptionByDefault", Map.of("SSEAlgorithm", "AES256"))))),
                write("s3", "PutBucketPublicAccessBlock").parameters(Map.of("bucketName", "web-assets",
                        "PublicAccessBlockConfiguration", Map.of("BlockPublicAcls", true, "BlockPublicPolicy", true,
                                "IgnorePublicAcls", true, "RestrictPublicBuckets", true))),
                write("s3", "PutBucketTagging").parameter("bucketName", "web-assets"),
                write("s3", "PutBucketLifecycle").parameters(Map.of("bucketName", "web-assets",
                        "LifecycleConfiguration",
                        Map.of("Rule", Map.of("Status", "Enabled", "Expiration", Map.of("Days", 90))))),
                write("s3", "PutBucketPolicy").parameters(Map.of("bucketName", "web-assets", "bucketPolicy",
                        Map.of("Version", "2012-10-17", "Statement",
                                List.of(Map.of("Effect", "Deny", "Principal", "*", "Action", "s3:*", "Resource", "*",
                                        "Condition", Map.of("Bool", Map.of("aws:SecureTransport", "false"))))))),
                write("dynamodb", "CreateTable").parameter("tableName", "web"),
                write("logs", "CreateLogGroup").parameter("logGroupName", "/aws/lambda/web"),
                write("logs", "PutRetentionPolicy").parameters(Map.of("logGroupName", "/aws/lambda/web",
                        "retentionInDays", 30)),
                write("events", "PutRule").parameters(Map.of("name", "web", "scheduleExpression", "rate(1 hour)",
                        "state", "ENABLED")),
                write("events", "PutTargets").parameters(Map.of("rule", "web", "targets", List.of(
                        Map.of("id", "1", "arn", "arn:aws:lambda:us-east-1:111122223333:function:web")))),
                write("sqs", "CreateQueue").parameters(Map.of("queueName", "web", "attributes",
                        Map.of("VisibilityTimeout", "60"))),
                write("sns", "CreateTopic").parameter("name", "web"),
                write("sns", "SetTopicAttributes").parameters(Map.of("topicArn",
                        "arn:aws:sns:us-east-1:111122223333:web", "attributeName", "Policy", "attributeValue", topic)),
                write("monitoring", "PutMetricAlarm").parameters(Map.of("alarmName", "web-errors", "threshold", 1)),
                write("kms", "CreateKey").parameters(Map.of("keyUsage", "ENCRYPT_DECRYPT", "origin", "AWS_KMS",
                        "policy",
                        """
                                {"Version":"2012-10-17","Statement":[{"Effect":"Allow",
                                "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}""")),
                write("kms", "CreateAlias").parameters(Map.of("aliasName", "alias/web", "targetKeyId", "1234-abcd")),
                write("apigateway", "CreateRestApi").parameter("createRestApiInput", Map.of("name", "web")),
                write("ecs", "CreateCluster").parameter("clusterName", "web"),
                write("ecs", "RegisterTaskDefinition").parameters(Map.of("family", "web", "taskRoleArn", BUILDER,
                        "executionRoleArn", BUILDER)),
                write("ecr", "CreateRepository").parameter("repositoryName", "web"),
                write("elasticloadbalancing", "CreateLoadBalancer").parameter("name", "web"),
                write("elasticloadbalancing", "CreateListener").parameter("port", 443),
                write("route53", "ChangeResourceRecordSets").parameters(Map.of("hostedZoneId", "Z1", "changeBatch",
                        Map.of("changes", List.of(Map.of("action", "CREATE", "resourceRecordSet",
                                Map.of("name", "web.example.com.", "type", "A")))))),
                write("rds", "CreateDBInstance").parameters(Map.of("dBInstanceIdentifier", "web",
                        "dBInstanceClass", "db.t4g.micro", "publiclyAccessible", false)),
                write("secretsmanager", "CreateSecret").parameter("name", "web/db"),
                write("ssm", "PutParameter").parameters(Map.of("name", "/web/level", "type", "String")),
                write("cloudformation", "CreateStack").parameter("stackName", "web"),
                write("ec2", "CreateLaunchTemplate").parameters(Map.of("CreateLaunchTemplateRequest",
                        Map.of("LaunchTemplateName", "web", "LaunchTemplateData",
                                Map.of("InstanceType", "t3.micro")))));
    }

    static Stream<Arguments> ordinaryCreates() {
        return creates().stream()
                .map(event -> Arguments.of(event.event().eventSource() + " " + event.event().eventName(), event));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ordinaryCreates")
    void ordinaryCreate_alone_wakesNobody(String name, EventBuilder event) {
        assertThat(name).isNotBlank();
        wakesNobody(event);
        wakesNobody(
                EventBuilder.role("mcp-agent-role", "s").with("userAgent", "APN/1.0 HashiCorp/1.0 Terraform/1.13.0"));
    }

    @Test
    void infrastructureCode_thatPutsUpAWholeApplicationInAQuarterHour_wakesNobody() {
        List<EventBuilder> creates = creates();
        List<EventBuilder> apply = IntStream.range(0, creates.size()).mapToObj(i -> at(i * 10, creates.get(i)))
                .toList();
        wakesNobody(apply.toArray(EventBuilder[]::new));
        // And nobody the next day, when it is taken down.
        List<EventBuilder> all = new ArrayList<>(apply);
        assertThat(AGENT.findings(all)).extracting(Finding::session).doesNotContainNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"memorySize", "timeout", "environment", "description", "loggingConfig", "tracingConfig"})
    void functionConfiguration_thatTouchesNoCodeAndNoRole_saysLittle(String field) {
        EventBuilder event = write("lambda", "UpdateFunctionConfiguration20150331v2").parameters(
                Map.of("functionName", "web", field, "x"));
        assertThat(AGENT.signals(event)).extracting(Signal::score).allMatch(score -> score < 20);
        assertThat(AGENT.findings(event)).isEmpty();
    }
}
