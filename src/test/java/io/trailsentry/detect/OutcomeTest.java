package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.testing.EventBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutcomeTest {
    private static final Roster ROSTER = new Roster(
            List.of(new Roster.Entry(Agent.learned("coder"), List.of(PrincipalPattern.of("mcp-agent-role")))), true,
            Map.of());

    @ParameterizedTest
    @CsvSource({"SUCCEEDED, 70, , 70", "SUCCEEDED, 70, 90, 70", "DENIED, 70, , 42", "DENIED, 70, 50, 50",
            "DENIED, 70, 30, 42", "DENIED, 92, , 55", "DENIED, 1, , 1", "FAILED, 70, , 28", "FAILED, 70, 60, 28",
            "FAILED, 100, , 40", "FAILED, 49, , 20", "FAILED, 48, , 19", "FAILED, 1, , 0"})
    void worth_isAPartOfTheScore(Outcome outcome, int score, @Nullable Integer denied, int worth) {
        assertThat(outcome.worth(score, denied)).isEqualTo(worth);
    }

    @ParameterizedTest
    @CsvSource({", SUCCEEDED, false", "AccessDenied, DENIED, false", "ValidationException, FAILED, false",
            "NoSuchBucket, FAILED, true", "ResourceNotFoundException, FAILED, true", "404, FAILED, true",
            "AWS.SimpleQueueService.NonExistentQueue, FAILED, true", "EntityDoesNotExist, FAILED, true",
            "403404, FAILED, false"})
    void of_isToldByTheErrorCode(@Nullable String code, Outcome outcome, boolean notFound) {
        var event = EventBuilder.agent().call("s3", "ListBuckets").with("errorCode", code).event();
        assertThat(Outcome.of(event)).isEqualTo(outcome);
        assertThat(Outcome.isNotFound(event)).isEqualTo(notFound);
    }

    @Test
    void of_signInThatFailed_isAFailure() {
        for (Map.Entry<String, Outcome> one : Map.of("Failure", Outcome.FAILED, "Success", Outcome.SUCCEEDED)
                .entrySet()) {
            assertThat(Outcome.of(EventBuilder.agent().call("signin", "ConsoleLogin")
                    .with("responseElements", Map.of("ConsoleLogin", one.getKey())).event())).isEqualTo(one.getValue());
        }
    }

    @ParameterizedTest
    @CsvSource({"50, 30, 30, 50", "50, 59, 30, 50", "50, 60, 30, 60", "50, 119, 30, 60", "50, 120, 30, 70",
            "50, 240, 30, 80", "50, 10000, 30, 80", "50, 3, 30, 50", "75, 60, 30, 80"})
    void grown_isTenMoreForEachDoubling(int base, int measured, int threshold, int score) {
        assertThat(Signals.grown(base, measured, threshold)).isEqualTo(score);
    }

    private static Signal signal(EventBuilder event, String target, String reason) {
        Call call = Objects.requireNonNull(ROSTER.recognise(event.event()));
        return Signals.of("unusual-region", call, 50).target(target).says("did something", reason)
                .attack(List.of("T1")).signal();
    }

    /// What an agent names may be of any length; what is remembered must not.
    @Test
    void signal_longTexts_areCut() {
        Signal whole = signal(EventBuilder.agent(), "x".repeat(512), "y".repeat(512));
        Signal cut = signal(EventBuilder.agent().with("userAgent", "z".repeat(513)), "x".repeat(5_000),
                "y".repeat(5_000));
        assertThat(whole.target()).hasSize(512);
        assertThat(cut.target()).startsWith("xxx").hasSizeLessThanOrEqualTo(4_096);
        assertThat(cut.evidence().userAgent()).hasSize(512).endsWith("z...");
        assertThat(signal(EventBuilder.agent().with("userAgent", "z".repeat(512)), "x", "y").evidence().userAgent())
                .isEqualTo("z".repeat(512));
        assertThat(cut.weight()).isGreaterThan(cut.reason().length()).isLessThan(12_000);
    }

    @Test
    void signal_ofASessionThatItBorrowed_saysAsWhichRole() {
        assertThat(signal(EventBuilder.agent(), "x", "y").headline()).isEqualTo("did something");
        Call lent = ROSTER.recognise(EventBuilder.role("deployer", "s").event(), new io.trailsentry.agent.Lender(
                Objects.requireNonNull(ROSTER.recognise(EventBuilder.agent().event())).principal(), "s"));
        assertThat(Signals.of("unusual-region", lent, 50).says("did something", "y").signal().headline())
                .isEqualTo("did something as role deployer");
        assertThat(Signals.of(PerimeterChange.ID, lent, 50).says("did something", "y").signal().headline())
                .isEqualTo("did something");
    }

    @Test
    void policyDocument_allowsEverything_onlyWhereItPlainlyDoes() {
        String all = "{'Statement':{'Effect':'Allow','Action':'*','Resource':'*'}}".replace('\'', '"');
        assertThat(PolicyDocument.allowsEverything(all)).isTrue();
        assertThat(PolicyDocument.allowsEverything(all.replace("\"*\",\"R", "[\"s3:Get\",\"iam:*\"],\"R"))).isTrue();
        assertThat(PolicyDocument.allowsEverything(all.replace("{\"E", "[{\"E").replace("}}", "}]}"))).isTrue();
        for (String one : new String[]{all.replace("Allow", "Deny"), all.replace("\"*\",\"R", "\"s3:*\",\"R"),
                all.replace("\"*\"}", "\"arn:aws:s3:::b\"}"), all.replace("}}", ",\"Condition\":{}}}"), "no policy",
                ""}) {
            assertThat(PolicyDocument.allowsEverything(one)).as(one).isFalse();
        }
    }
}
