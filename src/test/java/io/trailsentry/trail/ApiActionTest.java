package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiActionTest {
    @ParameterizedTest
    @CsvSource({"UpdateFunctionCode20150331v2, UpdateFunctionCode", "ListFunctions20150331, ListFunctions",
            "ListTags20170331, ListTags", "CreateDistribution2020_05_31, CreateDistribution",
            "UpdateFunctionConfiguration20150331v10, UpdateFunctionConfiguration",
            "CreateDistributionWithTags2016_11_25, CreateDistributionWithTags", "ListObjectsV2, ListObjectsV2",
            "ListBucketIntelligentTieringConfigurationsV2, ListBucketIntelligentTieringConfigurationsV2",
            "GetIntegrationv2, GetIntegrationv2", "AssociateVpcWithRoute53, AssociateVpcWithRoute53",
            "CreateDBInstance2014, CreateDBInstance2014", "Get2020_05, Get2020_05", "PutX2020-05-31, PutX2020-05-31",
            "20150331, 20150331", "2020_05_31, 2020_05_31", "20150331v2, 20150331v2", "v2, v2", "v, v", "'', ''",
            "Foo20150331v, Foo20150331v", "Foo20150331vv2, Foo20150331vv2"})
    void operation_withOrWithoutVersion_isIamsName(String eventName, String operation) {
        assertThat(ApiAction.operation(eventName)).isEqualTo(operation);
    }

    @ParameterizedTest
    @CsvSource({"iam.amazonaws.com, PutRolePolicy, iam:PutRolePolicy",
            "lambda.amazonaws.com, UpdateFunctionCode20150331v2, lambda:UpdateFunctionCode",
            "monitoring.amazonaws.com, DeleteAlarms, cloudwatch:DeleteAlarms",
            "cloudfront.amazonaws.com, CreateDistribution2020_05_31, cloudfront:CreateDistribution",
            "tagging.amazonaws.com, TagResources, tag:TagResources",
            "aws-mcp.us-east-1.api.aws, CallTool, aws-mcp.us-east-1.api.aws:CallTool",
            "aws-mcp.amazonaws.com, CallReadWriteTool, aws-mcp:CallReadWriteTool", "'', '', ':'"})
    void of_event_isAsIamWritesIt(String eventSource, String eventName, String action) {
        assertThat(ApiAction.of(eventSource, eventName)).isEqualTo(action);
    }
}
