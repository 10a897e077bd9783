package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Judge.Judgement;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Exceptions and modes hold for every detector that speaks.
class ModesTest {
    private static final LocalDate DAY = LocalDate.parse("2026-11-17");
    private static final Agent AGENT = new Agent("coder", true, "dev", Set.of("us-east-1"),
            new Hours(ZoneOffset.UTC, Set.of(DayOfWeek.TUESDAY), LocalTime.of(12, 0), LocalTime.of(18, 0)), true,
            List.of("deployer-*"), Set.of(Watched.POLICY));

    /// What a detector is provoked with, and the action and target that its signal has.
    record Case(String detector, List<EventBuilder> events, @Nullable String action, @Nullable String target) {
        /// How severe it is by itself, at least.
        Severity least() {
            return detector.equals(Detectors.NEW_SERVICE) ? Severity.LOW : Severity.MEDIUM;
        }

        @Override
        public String toString() {
            return detector;
        }
    }

    private static EventBuilder write(String service, String name) {
        return EventBuilder.agent().write(service, name);
    }

    private static Case call(String detector, EventBuilder event, String action, String target) {
        return new Case(detector, List.of(event), action, target);
    }

    private static final List<Case> CASES = List.of(
            call("unusual-region", write("ec2", "CreateVpc").in("ap-southeast-3"), "ec2:CreateVpc", "ap-southeast-3"),
            new Case("off-hours-burst", repeated(40, "s3", "ListBuckets"), null, null),
            new Case("call-burst", burst(), null, null),
            new Case("denied-burst", refusals(), null, null),
            call("iam-self-modification", write("iam", "TagRole").parameter("roleName", "mcp-agent-role"),
                    "iam:TagRole", "mcp-agent-role"),
            call("privilege-escalation", write("iam", "CreateAccessKey").parameter("userName", "dana"),
                    "iam:CreateAccessKey", "dana"),
            call("destructive-action", write("kms", "ScheduleKeyDeletion").parameter("keyId", "key-1"),
                    "kms:ScheduleKeyDeletion", "key-1"),
            call("audit-tampering", write("guardduty", "DeleteDetector").parameter("detectorId", "det-1"),
                    "guardduty:DeleteDetector", "det-1"),
            call("credential-access",
                    EventBuilder.agent().call("ec2", "GetPasswordData").parameter("instanceId", "i-1"),
                    "ec2:GetPasswordData", "i-1"),
            call("data-exposure", write("ec2", "ModifySnapshotAttribute").parameters(Map.of("snapshotId", "snap-1",
                    "createVolumePermission", Map.of("add", Map.of("items", List.of(Map.of("group", "all")))))),
                    "ec2:ModifySnapshotAttribute", "snap-1"),
            call("remote-execution", write("ssm", "SendCommand").parameters(Map.of("instanceIds", List.of("i-1"),
                    "documentName", "AWS-RunShellScript")), "ssm:SendCommand", "i-1"),
            new Case("new-service", withPast(write("athena", "CreateNotebook")), "athena:CreateNotebook", "athena"),
            call("unlisted-agent", EventBuilder.user("dana").mcp().write("s3", "CreateBucket"), "s3:CreateBucket",
                    "arn:aws:iam::111122223333:user/dana"),
            call("credential-leak", EventBuilder.role("mcp-agent-role", "s").write("s3", "CreateBucket"),
                    "s3:CreateBucket", "sdk"),
            call("perimeter-change", EventBuilder.user("dana").write("iam", "TagRole").parameter("roleName",
                    "mcp-agent-role"), "iam:TagRole", "mcp-agent-role"));

    /// An event after twelve days of ordinary work.
    private static List<EventBuilder> withPast(EventBuilder event) {
        return Stream.concat(IntStream.range(0, 240).mapToObj(i -> EventBuilder.agent().call("ec2", "DescribeInstances")
                .at("2026-11-%02dT12:%02d:00Z".formatted(5 + i / 20, 2 * (i % 20)), "past-" + i)), Stream.of(event))
                .toList();
    }

    private static List<EventBuilder> repeated(int count, String service, String name) {
        return IntStream.range(0, count).mapToObj(
                i -> EventBuilder.agent().call(service, name).at("2026-11-17T09:00:00Z", "e" + i)).toList();
    }

    /// Three weeks of a few calls at noon, and then many.
    private static List<EventBuilder> burst() {
        return DAY
                .minusDays(21).datesUntil(DAY.plusDays(1)).flatMap(day -> IntStream.range(0, day.equals(DAY) ? 60 : 12)
                        .mapToObj(i -> EventBuilder.agent().call("s3", "ListBuckets").at(day + "T12:30:00Z",
                                day + "-" + i)))
                .toList();
    }

    private static List<EventBuilder> refusals() {
        return IntStream.range(0, 6)
                .mapToObj(i -> EventBuilder.agent().call("ec2", "DescribeThing" + "ABCDEF".charAt(i))
                        .error("AccessDenied", "").at("2026-11-17T09:00:00Z", "e" + i))
                .toList();
    }

    static Stream<Arguments> cases() {
        return CASES.stream().map(Arguments::of);
    }

    private static Watched watched(Map<String, Mode> modes, Exceptions.Entry... exceptions) {
        return Watched.with(AGENT, modes, new Exceptions(List.of(exceptions)));
    }

    private static List<Finding> of(Case one, List<Finding> findings) {
        return findings.stream().filter(finding -> finding.detectors().contains(one.detector())).toList();
    }

    private static Exceptions.Entry exception(Case one, @Nullable String action, @Nullable String target,
            @Nullable LocalDate until) {
        return new Exceptions.Entry(one.detector(), null, action, target, until, "agreed");
    }

    @Test
    void cases_areOfEveryDetectorThatSpeaks() {
        Set<String> speaking = new TreeSet<>(List.of(PerimeterChange.ID));
        Detectors detectors = Detectors.of(Catalogue.load(), Map.of(), Map.of());
        detectors.ofCalls().forEach(detector -> speaking.add(detector.id()));
        detectors.ofRates().forEach(detector -> speaking.add(detector.id()));
        assertThat(CASES).extracting(Case::detector).containsExactlyInAnyOrderElementsOf(speaking);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void live_isTold(Case one) {
        assertThat(of(one, watched(Map.of()).findings(one.events()))).singleElement().satisfies(finding -> {
            assertThat(finding.liveSeverity()).isEqualTo(finding.severity());
            assertThat(finding.severity()).isGreaterThanOrEqualTo(one.least());
            assertThat(finding.signals()).anySatisfy(signal -> {
                assertThat(signal.detector()).isEqualTo(one.detector());
                assertThat(signal.action()).isEqualTo(one.action());
                assertThat(signal.target()).isEqualTo(one.target());
            });
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void dryRun_isFound_andTellsNobody(Case one) {
        assertThat(of(one, watched(Map.of(one.detector(), Mode.DRY_RUN)).findings(one.events()))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isGreaterThanOrEqualTo(one.least());
                    assertThat(finding.signals()).filteredOn(signal -> !signal.detector().equals(one.detector()))
                            .isEmpty();
                    assertThat(finding.liveSeverity()).isEqualTo(Severity.INFORMATIONAL);
                });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void off_findsNothing(Case one) {
        assertThat(of(one, watched(Map.of(one.detector(), Mode.OFF)).findings(one.events()))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void exception_thatMeansTheStep_holds_andIsCounted(Case one) {
        for (Exceptions.Entry entry : List.of(exception(one, one.action(), one.target(), DAY),
                exception(one, null, null, null), exception(one, null, null, DAY))) {
            List<Judgement> judgements = watched(Map.of(), entry).judge(one.events());
            assertThat(judgements.stream().flatMap(judgement -> judgement.findings().values().stream())
                    .filter(judged -> judged.finding().detectors().contains(one.detector()))).isEmpty();
            assertThat(judgements.stream().mapToInt(judgement -> judgement.excepted().size()).sum()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void exception_thatMeansSomethingElse_doesNot(Case one) {
        List<Exceptions.Entry> others = new ArrayList<>(List.of(
                exception(one, "x:Other", null, DAY), exception(one, null, "another", DAY),
                exception(one, null, null, DAY.minusDays(1)),
                new Exceptions.Entry(one.detector(), "reviewer", null, null, DAY, "agreed"),
                new Exceptions.Entry(one.detector().equals("new-service") ? "call-burst" : "new-service", null, null,
                        null, DAY, "agreed")));
        for (Exceptions.Entry entry : others) {
            List<Judgement> judgements = watched(Map.of(), entry).judge(one.events());
            assertThat(judgements.stream().flatMap(judgement -> judgement.findings().values().stream())
                    .filter(judged -> judged.finding().detectors().contains(one.detector()))).as(entry.toString())
                    .hasSize(1);
            assertThat(judgements.stream().mapToInt(judgement -> judgement.excepted().size()).sum()).isZero();
        }
    }

    @Test
    void criticalSignal_isExceptedOnlyUntilADay() {
        EventBuilder event = write("iam", "AttachRolePolicy").parameters(Map.of("roleName", "mcp-agent-role",
                "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"));
        Exceptions.Entry forever = new Exceptions.Entry("iam-self-modification", "coder", "iam:*", "*", null, "agreed");
        Exceptions.Entry untilToday = new Exceptions.Entry("iam-self-modification", "coder", "iam:*", "*", DAY,
                "agreed");
        assertThat(watched(Map.of(), forever).findings(event)).singleElement().returns(Severity.CRITICAL,
                Finding::severity);
        assertThat(watched(Map.of(), untilToday).findings(event)).isEmpty();
        assertThat(watched(Map.of(), untilToday).findings(event.at("2026-11-18T00:00:00Z", "e"))).hasSize(1);
    }

    @Test
    void dryRunDetector_doesNotRaiseWhatPeopleAreTold() {
        List<EventBuilder> events = List.of(
                write("iam", "TagRole").parameter("roleName", "mcp-agent-role").at("2026-11-17T09:00:00Z", "a"),
                write("iam", "CreateAccessKey").parameter("userName", "dana").at("2026-11-17T09:00:01Z", "b"));
        assertThat(watched(Map.of("privilege-escalation", Mode.DRY_RUN)).findings(events)).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.HIGH);
                    assertThat(finding.liveSeverity()).isEqualTo(Severity.MEDIUM);
                });
    }
}
