package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class DenialTest {
    private static final String WHO = "User: arn:aws:sts::111122223333:assumed-role/mcp-agent-role/run-17 ";
    private static final String ROLE_ARN = "arn:aws:iam::111122223333:role/agents/mcp-agent-role";

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
            "is not authorized to perform: iam:PutRolePolicy on resource: role mcp-agent-role because no identity-based"
                    + " policy allows the iam:PutRolePolicy action, iam:PutRolePolicy, role, mcp-agent-role",
            "is not authorized to perform: iam:DeleteUser on resource: user Dana because no, iam:DeleteUser, user, Dana",
            "is not authorized to perform: iam:X on resource: group admins because no, iam:X, group, admins",
            "is not authorized to perform: iam:X on resource: policy p with an explicit deny, iam:X, policy, p",
            "is not authorized to perform: iam:X on resource: policy arn:aws:iam::1:policy/p because, iam:X, policy,"
                    + " arn:aws:iam::1:policy/p",
            "is not authorized to perform: iam:AddRoleToInstanceProfile on resource: instance profile web because,"
                    + " iam:AddRoleToInstanceProfile, instance profile, web",
            "is not authorized to perform: iam:X on resource: role agents/mcp-agent-role because, iam:X, role,"
                    + " agents/mcp-agent-role",
            "is not authorized to perform: iam:CreateUser on resource: user  because no, iam:CreateUser, user,",
            "is not authorized to perform: iam:PassRole on resource: " + ROLE_ARN
                    + " with an explicit deny in a service control policy, iam:PassRole,, " + ROLE_ARN,
            "is not authorized to perform: iam:PassRole on resource: " + ROLE_ARN
                    + " with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/x, iam:PassRole,, "
                    + ROLE_ARN,
            "is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" because no, s3:GetObject,,"
                    + " arn:aws:s3:::b/k",
            "is not authorized to perform: kms:Decrypt on resource: role \"r\" because, kms:Decrypt, role, r",
            "is not authorized to perform: SNS:ListSubscriptions on resource: arn:aws:sns:x because,"
                    + " SNS:ListSubscriptions,, arn:aws:sns:x",
            "is not authorized to perform: ec2:DescribeInstances because no policy, ec2:DescribeInstances,,",
            "is not authorized to perform: organizations:ListRoots on resource: * because, organizations:ListRoots,, *",
            "is not authorized to perform: iam:ListUsers on the specified resource, iam:ListUsers,,",
            "is not authorized to perform: config:DeleteConfigRule on resource: rule because no,"
                    + " config:DeleteConfigRule,, rule",
            "is not authorized to perform: sts:AssumeRole on resource: " + ROLE_ARN + ", sts:AssumeRole,, " + ROLE_ARN})
    void parse_message_tellsActionAndTarget(String message, String action, @Nullable String kind,
            @Nullable String resource) {
        assertThat(Denial.parse(WHO + message)).isEqualTo(new Denial(action, kind, resource));
    }

    @Test
    void parse_ec2MessageWithEncodedPart_tellsActionAndTarget() {
        String instance = "arn:aws:ec2:eu-central-1:111122223333:instance/*";
        assertThat(Denial.parse("You are not authorized to perform this operation. " + WHO
                + "is not authorized to perform: ec2:RunInstances on resource: " + instance
                + " because no identity-based policy allows the ec2:RunInstances action."
                + " Encoded authorization failure message: " + "9dK-x_".repeat(200)))
                .isEqualTo(new Denial("ec2:RunInstances", null, instance));
        assertThat(Denial.parse("You are not authorized to perform this operation. " + WHO
                + "is not authorized to perform: iam:PassRole on resource: " + ROLE_ARN + " because no"))
                .isEqualTo(new Denial("iam:PassRole", null, ROLE_ARN));
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {"Access Denied", "You are not authorized to perform this operation.",
            "is not authorized to perform: everything", "Cross-account pass role is not allowed."})
    void parse_otherMessage_tellsNothing(@Nullable String message) {
        assertThat(Denial.parse(message)).isEqualTo(new Denial(null, null, null));
    }

    @Test
    void parse_messageWithoutEnd_isCut() {
        String longest = "is not authorized to perform: iam:X on resource: " + "x".repeat(1_000_000);
        assertThat(Denial.parse(longest).resource()).hasSizeLessThan(8_192);
        assertThat(Denial.parse("is not authorized to perform: ".repeat(100_000)).action()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation",
            "UnauthorizedOperation", "accessdenied", "AuthorizationError", "ForbiddenException", "VpceAccessDenied"})
    void isDenied_refusedPermission_isTrue(String errorCode) {
        assertThat(Denial.isDenied(errorCode)).isTrue();
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {"NoSuchEntity", "NoSuchBucket", "ThrottlingException", "Client.InvalidInstanceID.Malformed",
            "ExpiredToken", "ValidationException", "Client.DryRunOperation", "ResourceNotFoundException",
            "Client.RequestLimitExceeded"})
    void isDenied_otherError_isFalse(@Nullable String errorCode) {
        assertThat(Denial.isDenied(errorCode)).isFalse();
    }
}
