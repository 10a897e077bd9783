package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.testing.Notices;
import io.trailsentry.trail.TrailEntry.Announced;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Notices of new objects, in all their forms.
class AnnouncedTest {
    private static final String KEY = "a b+c/ü.json.gz";

    private static List<TrailEntry> read(String text) {
        return new RecordReader().read(text);
    }

    static List<String> read_everyForm_namesBucketAndKey() {
        return List.of(Notices.eventBridge("trail", KEY), Notices.sns(Notices.eventBridge("trail", KEY)),
                Notices.s3("trail", KEY), Notices.sns(Notices.s3("trail", KEY)), Notices.trail("trail", KEY),
                Notices.sns(Notices.trail("trail", KEY)), Notices.snsToFunction(Notices.trail("trail", KEY)),
                Notices.sns(Notices.sns(Notices.trail("trail", KEY))));
    }

    @ParameterizedTest
    @MethodSource
    void read_everyForm_namesBucketAndKey(String text) {
        assertThat(read(text)).singleElement().isInstanceOfSatisfying(Announced.class, announced -> {
            assertThat(announced.bucket()).isEqualTo("trail");
            assertThat(announced.keys()).containsExactly(KEY);
        });
    }

    @Test
    void read_severalObjects_areAllThere() {
        assertThat(read(Notices.trail("trail", "k1", "k2", "k3"))).singleElement()
                .isInstanceOfSatisfying(Announced.class, a -> assertThat(a.keys()).containsExactly("k1", "k2", "k3"));
        assertThat(read(Notices.s3("trail", "k1", "k2"))).hasSize(2).hasOnlyElementsOfType(Announced.class);
    }

    @Test
    void read_envelope_isKept() {
        assertThat(read(Notices.eventBridge("aws.s3", "Object Created", "trail", KEY))).singleElement()
                .isInstanceOfSatisfying(Announced.class, announced -> {
                    assertThat(announced.envelope()).isNotNull();
                    assertThat(String.valueOf(announced.envelope())).contains("aws.s3", "Object Created");
                });
    }

    @Test
    void read_trialsOfAws_nameNoObject() {
        for (String trial : List.of(Notices.s3Test("trail"), Notices.sns(Notices.s3Test("trail")),
                Notices.sns("CloudTrail validation message."))) {
            assertThat(read(trial)).singleElement().isInstanceOfSatisfying(Announced.class,
                    announced -> assertThat(announced.keys()).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"s3Bucket\":\"b\"}", "{\"s3Bucket\":\"b\",\"s3ObjectKey\":\"k\"}",
            "{\"s3Bucket\":\"b\",\"s3ObjectKey\":[]}", "{\"s3Bucket\":\"b\",\"s3ObjectKey\":[1,{},[]]}",
            "{\"s3Bucket\":[\"b\"],\"s3ObjectKey\":[\"k\"]}", "{\"bucket\":\"b\",\"object\":{\"key\":\"k\"}}",
            "{\"bucket\":{\"name\":1},\"object\":{\"key\":\"k\"}}", "{\"bucket\":{\"name\":\"b\"}}",
            "{\"Records\":[{\"eventSource\":\"aws:s3\",\"s3\":1}]}",
            "{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"%zz\"}}}]}",
            "{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectRemoved:Delete\",\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"k\"}}}]}"})
    void read_malformedNotice_isSkipped(String text) {
        assertThat(read(text)).singleElement().isInstanceOf(Skipped.class);
    }

    @Test
    void read_fieldTwice_isReported() {
        assertThat(read("{\"s3Bucket\":\"trail\",\"s3ObjectKey\":[\"k\"],\"s3Bucket\":\"other\"}")).singleElement()
                .isInstanceOf(Unreadable.class);
    }
}
