package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.posture.Selectors.Advanced;
import io.trailsentry.posture.Selectors.Basic;
import io.trailsentry.posture.Selectors.DataResource;
import io.trailsentry.posture.Selectors.Extent;
import io.trailsentry.posture.Selectors.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectorsTest {
    private static final String TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/orders";

    /// An advanced selector as in `eventCategory Equals Data|resources.ARN NotStartsWith a b`.
    static Advanced advanced(String text) {
        List<Field> fields = new ArrayList<>();
        for (String field : text.split("\\|", -1)) {
            String[] part = field.strip().split(" ", -1);
            List<String> values = List.of(part).subList(Math.min(2, part.length), part.length);
            String operator = part.length > 1 ? part[1] : "";
            fields.add(new Field(part[0], only("Equals", operator, values), only("StartsWith", operator, values),
                    only("EndsWith", operator, values), only("NotEquals", operator, values),
                    only("NotStartsWith", operator, values), only("NotEndsWith", operator, values)));
        }
        return new Advanced(fields);
    }

    private static List<String> only(String operator, String given, List<String> values) {
        return operator.equals(given) ? values : List.of();
    }

    private static Selectors of(String text) {
        return new Selectors(List.of(), List.of(advanced(text)));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            '', ALL
            |resources.ARN Equals arn:aws:s3:::b/key, PARTLY
            |resources.ARN Equals arn:aws:s3:::c/key, NONE
            |resources.ARN StartsWith arn:aws:s3:::b/, ALL
            |resources.ARN StartsWith arn:aws:s3:::b, ALL
            |resources.ARN StartsWith arn:aws:s3:::b/x/, PARTLY
            |resources.ARN StartsWith arn:aws:s3:::bb/, NONE
            |resources.ARN StartsWith arn:aws:s3:::c/ arn:aws:s3:::b/, ALL
            |resources.ARN EndsWith .csv, PARTLY
            |resources.ARN NotEquals arn:aws:s3:::b/key, PARTLY
            |resources.ARN NotEquals arn:aws:s3:::c/key, ALL
            |resources.ARN NotStartsWith arn:aws:s3:::b/, NONE
            |resources.ARN NotStartsWith arn:aws:s3:::c/, ALL
            |resources.ARN NotStartsWith arn:aws:s3:::b/x, PARTLY
            |resources.ARN NotEndsWith .csv, PARTLY
            |readOnly Equals true, PARTLY
            |readOnly Equals true false, ALL
            |eventName Equals GetObject, PARTLY
            |eventName NotEquals GetObject, PARTLY
            |eventSource Equals s3.amazonaws.com, ALL
            |eventSource NotEquals s3.amazonaws.com, NONE
            |eventType NotEquals AwsServiceEvent, ALL
            |userIdentity.arn StartsWith arn:aws:iam, PARTLY
            |resources.ARN, PARTLY
            |somethingNew Equals x, PARTLY
            """)
    void objects_areRecorded_asFieldsSay(String fields, Extent extent) {
        String text = "eventCategory Equals Data|resources.type Equals AWS::S3::Object" + fields;

        assertThat(of(text).objects("aws", "b")).isEqualTo(extent);
        assertThat(of(text).items(TABLE)).isEqualTo(Extent.NONE);
        assertThat(of(text).management(true).extent()).isEqualTo(Extent.NONE);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            '', ALL
            |resources.ARN Equals arn:aws:dynamodb:us-east-1:111122223333:table/orders, ALL
            |resources.ARN Equals arn:aws:dynamodb:us-east-1:111122223333:table/order, NONE
            |resources.ARN StartsWith arn:aws:dynamodb:us-east-1:, ALL
            |resources.ARN EndsWith orders, ALL
            |resources.ARN EndsWith /prices, NONE
            |resources.ARN NotEndsWith orders, NONE
            |resources.ARN NotStartsWith arn:aws:dynamodb:eu-, ALL
            """)
    void items_areRecorded_asFieldsSay(String fields, Extent extent) {
        assertThat(of("eventCategory Equals Data|resources.type Equals AWS::DynamoDB::Table" + fields).items(TABLE))
                .isEqualTo(extent);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            All, arn:aws:s3, ALL
            All, arn:aws:s3:::, ALL
            All, arn:aws:s3:::b/, ALL
            All, arn:aws:s3:::b, PARTLY
            All, arn:aws:s3:::b/x, PARTLY
            All, arn:aws:s3:::c/, NONE
            All, arn:aws-cn:s3, NONE
            ReadOnly, arn:aws:s3, PARTLY
            WriteOnly, arn:aws:s3, PARTLY
            All, '', NONE
            """)
    void objects_ofBasicSelectors_areRecordedByPrefix(String type, String value, Extent extent) {
        Selectors selectors = new Selectors(
                List.of(new Basic(type, false, Set.of(), List.of(new DataResource("AWS::S3::Object", List.of(value))))),
                List.of());

        assertThat(selectors.objects("aws", "b")).isEqualTo(extent);
    }

    @Test
    void readsAndWrites_ofTwoSelectors_areAll() {
        String data = "eventCategory Equals Data|resources.type Equals AWS::S3::Object|readOnly Equals ";

        assertThat(new Selectors(List.of(), List.of(advanced(data + "true"), advanced(data + "false")))
                .objects("aws", "b")).isEqualTo(Extent.ALL);
    }

    @Test
    void items_ofBasicSelectors_areAllOrByArn() {
        for (String value : List.of("arn:aws:dynamodb", TABLE)) {
            assertThat(new Selectors(List.of(new Basic("All", true, Set.of(),
                    List.of(new DataResource("AWS::DynamoDB::Table", List.of(value))))), List.of()).items(TABLE))
                    .isEqualTo(Extent.ALL);
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            eventCategory Equals Management, ALL, ALL
            eventCategory Equals Management|readOnly Equals true, ALL, NONE
            eventCategory Equals Management|readOnly Equals false, NONE, ALL
            eventCategory Equals Management|readOnly NotEquals true, NONE, ALL
            eventCategory Equals Management|eventSource NotEquals kms.amazonaws.com, ALL, ALL
            eventCategory Equals Management|eventSource Equals iam.amazonaws.com, PARTLY, PARTLY
            eventCategory Equals Management|userIdentity.arn EndsWith x, PARTLY, PARTLY
            eventCategory Equals Data, NONE, NONE
            readOnly Equals true, NONE, NONE
            '', NONE, NONE
            """)
    void management_isRecorded_asFieldsSay(String text, Extent reads, Extent writes) {
        assertThat(of(text).management(true).extent()).isEqualTo(reads);
        assertThat(of(text).management(false).extent()).isEqualTo(writes);
    }

    @Test
    void management_withoutSelectors_isAll() {
        assertThat(new Selectors(List.of(), List.of()).management(true).extent()).isEqualTo(Extent.ALL);
    }

    @Test
    void exclusions_thatAnotherSelectorRecords_areNone() {
        Advanced without = advanced("eventCategory Equals Management|eventSource NotEquals kms.amazonaws.com");

        assertThat(new Selectors(List.of(), List.of(without)).management(true).excluded())
                .containsExactly("kms.amazonaws.com");
        assertThat(new Selectors(List.of(), List.of(without, advanced("eventCategory Equals Management")))
                .management(true).excluded()).isEmpty();
    }
}
