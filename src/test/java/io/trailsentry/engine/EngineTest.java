package io.trailsentry.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.agent.Roster.Entry;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Severity;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EngineTest {
    private static final Agent CODER = new Agent("coder", true, "dev", Set.of("eu-central-1", "us-east-1"),
            new Hours(ZoneOffset.UTC, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), LocalTime.of(8, 0),
                    LocalTime.of(18, 0)),
            false, null, Set.of());
    private static final Watch WATCH = Watch.of(Configuration.EMPTY,
            new Roster(List.of(new Entry(CODER, List.of(PrincipalPattern.of("mcp-agent-role")))), true, Map.of()),
            Catalogue.load());

    private final FakePublisher publisher = new FakePublisher();
    private final Map<String, Double> counted = new HashMap<>();
    private final List<String> log = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-17T10:00:00Z");
    private Memory memory = new InMemory();

    private Engine engine() {
        return new Engine(WATCH, memory, publisher, this::count, () -> now, log::add);
    }

    private void count(Metrics metrics) {
        for (Metrics.Datum datum : metrics.data()) {
            String name = datum.name() + (datum.value() == null ? "" : "/" + datum.value());
            datum.values().forEach(value -> counted.merge(name, value, Double::sum));
        }
    }

    private static Delivery delivery(String id, EventBuilder event) {
        return new Delivery(id, event.envelope());
    }

    private static EventBuilder attach(String time, String id) {
        return EventBuilder.agent().write("iam", "AttachRolePolicy").at(time, id).parameters(
                Map.of("roleName", "mcp-agent-role", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"));
    }

    private static final Delivery HEARTBEAT = new Delivery("heartbeat", """
            {"version":"0","id":"h","detail-type":"Scheduled Event","source":"aws.events","account":"111122223333",
            "time":"2026-11-17T10:30:00Z","region":"us-east-1","resources":[],"detail":{}}""");

    @Test
    void selfModification_isToldToEveryTopicAtOnce() {
        assertThat(engine().handle(List.of(delivery("m1", attach("2026-11-17T09:59:00Z", "e1"))))).isEmpty();
        assertThat(publisher.sent).extracting(FakePublisher.Sent::topic).containsExactly(Topic.ALERTS, Topic.PAGES,
                Topic.FINDINGS);
        assertThat(publisher.sent).allSatisfy(sent -> {
            assertThat(sent.notice().kind()).isEqualTo(Kind.CREATE);
            assertThat(sent.notice().finding().severity()).isEqualTo(Severity.CRITICAL);
            assertThat(sent.notice().finding().title()).isEqualTo(
                    "coder attached an administrator policy to itself");
        });
        assertThat(counted).containsEntry("AgentCalls", 1.0).containsEntry("Findings/critical", 1.0)
                .containsEntry("Findings/iam-self-modification", 1.0).containsEntry("AlertsPublished", 1.0)
                .containsEntry("EventAge/EventBridge", 60.0);
    }

    @Test
    void ordinaryCall_isCountedAndNothingIsTold() {
        engine().handle(List.of(delivery("m1", EventBuilder.agent())));
        assertThat(publisher.sent).isEmpty();
        assertThat(counted).containsEntry("AgentCalls", 1.0).doesNotContainKey("Heartbeat");
    }

    private static EventBuilder canary() {
        return EventBuilder.role("trailsentry-audit-eu-central-1", "trailsentry-audit").in("ap-south-1");
    }

    @Test
    void canary_isASignOfLifeOfItsRegion_andNothingElse() {
        Engine engine = new Engine(
                Watch.of(Configuration.EMPTY,
                        new Roster(List.of(new Entry(null, List.of(PrincipalPattern.of("*")))), true, Map.of()),
                        Catalogue.load()),
                memory, publisher, this::count, () -> now, log::add);
        assertThat(engine.handle(List.of(delivery("m1", canary())))).isEmpty();
        assertThat(counted).isEqualTo(Map.of("TrailHeartbeat/ap-south-1", 1.0));
        assertThat(publisher.sent).isEmpty();
    }

    @Test
    void canary_ofAnotherRoleCallOrAccount_orWithoutARegion_isNone() {
        engine().handle(List.of(delivery("m1", EventBuilder.role("auditor", "trailsentry-audit-eu-central-1")),
                delivery("m2", canary().call("sts", "GetSessionToken")),
                delivery("m3", canary().with("recipientAccountId", "444455556666")),
                delivery("m4", canary().call("iam", "GetCallerIdentity")),
                delivery("m5", canary().with("awsRegion", null)),
                delivery("m6", EventBuilder.user("trailsentry-audit-eu-central-1"))));
        assertThat(counted).isEmpty();
    }

    @Test
    void redelivery_tellsNothingTwice() {
        Engine engine = engine();
        List<Delivery> batch = List.of(delivery("m1", attach("2026-11-17T09:59:00Z", "e1")));
        engine.handle(batch);
        engine.handle(batch);
        engine.handle(batch);
        assertThat(publisher.sent).hasSize(3);
    }

    @Test
    void sameStepAgain_isOnlyCounted_andToldInOneClosingUpdate() {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", attach("2026-11-17T09:50:00Z", "e1"))));
        engine.handle(List.of(delivery("m2", attach("2026-11-17T09:51:00Z", "e2"))));
        now = Instant.parse("2026-11-17T10:14:59Z");
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE);
        now = Instant.parse("2026-11-17T10:15:00Z");
        engine.handle(List.of(HEARTBEAT));
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE, Kind.CLOSE);
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE, Kind.CLOSE);
        assertThat(publisher.kinds(Topic.PAGES)).containsExactly(Kind.CREATE);
        assertThat(publisher.sent.getLast().notice().finding().count()).isEqualTo(2);
        assertThat(counted).containsEntry("Heartbeat", 3.0);
    }

    @Test
    void newStepOfMedium_isAnUpdate_andPagesOnlyWhenSeverityRises() {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3")
                .at("2026-11-17T09:50:00Z", "e1"))));
        engine.handle(List.of(delivery("m2", EventBuilder.agent().write("ec2", "CreateVpc").in("eu-west-2")
                .at("2026-11-17T09:51:00Z", "e2"))));
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE, Kind.UPDATE);
        assertThat(publisher.kinds(Topic.PAGES)).containsExactly(Kind.CREATE);
        engine.handle(List.of(delivery("m3", attach("2026-11-17T09:52:00Z", "e3"))));
        assertThat(publisher.kinds(Topic.PAGES)).containsExactly(Kind.CREATE, Kind.UPDATE);
        assertThat(publisher.sent.getLast().notice().changes()).containsExactly(
                "severity rose from high to critical", "attached an administrator policy to itself");
        assertThat(publisher.sent).extracting(sent -> sent.notice().finding().id()).containsOnly(
                publisher.sent.getFirst().notice().finding().id());
    }

    @Test
    void sameDeedInAnotherStory_isKeptFromPeopleWithinRepeatAfter_butNotFromTheFeed() {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", attach("2026-11-17T09:40:00Z", "e1"))));
        now = now.plus(Duration.ofMinutes(30));
        engine.handle(List.of(delivery("m2", attach("2026-11-17T10:20:00Z", "e2"))));
        assertThat(publisher.kinds(Topic.ALERTS)).hasSize(1);
        assertThat(publisher.kinds(Topic.FINDINGS)).hasSize(2);
        assertThat(counted).containsEntry("AlertsSuppressed", 2.0);
        now = now.plus(Duration.ofMinutes(31));
        engine.handle(List.of(delivery("m3", attach("2026-11-17T11:00:00Z", "e3"))));
        assertThat(publisher.kinds(Topic.ALERTS)).hasSize(2);
    }

    @Test
    void exceptedStep_isCountedWhenItComes_notAgainWithWhatComesAfter() {
        Exceptions agreed = new Exceptions(List.of(new Exceptions.Entry("iam-self-modification", "coder", null, null,
                LocalDate.parse("2026-11-17"), "agreed")));
        Engine engine = new Engine(
                Watch.of(Configuration.EMPTY.withExceptions(agreed), WATCH.roster(), Catalogue.load()), memory,
                publisher, this::count, () -> now, log::add);
        engine.handle(List.of(delivery("m1", attach("2026-11-17T09:40:00Z", "e1")),
                delivery("m2", attach("2026-11-17T09:41:00Z", "e2"))));
        assertThat(counted).as("one step, whatever its events").containsEntry("AlertsSuppressed", 1.0);
        engine.handle(List.of(delivery("m3", EventBuilder.agent().at("2026-11-17T09:50:00Z", "e3"))));
        assertThat(counted).as("an ordinary call").containsEntry("AlertsSuppressed", 1.0);
        engine.handle(List.of(delivery("m4", attach("2026-11-17T10:20:00Z", "e4"))));
        assertThat(counted).as("in the next story").containsEntry("AlertsSuppressed", 2.0);
        assertThat(publisher.sent).isEmpty();
        engine.handle(List.of(delivery("m5", attach("2026-11-18T00:00:00Z", "e5"))));
        assertThat(publisher.kinds(Topic.PAGES)).as("the exception has run out").containsExactly(Kind.CREATE);
        assertThat(counted).containsEntry("AlertsSuppressed", 2.0);
    }

    @Test
    void dryRun_isKeptFromPeople_andWithAnExceptionFromTheFeedToo() {
        for (boolean excepted : new boolean[]{false, true}) {
            publisher.sent.clear();
            memory = new InMemory();
            Exceptions exceptions = excepted
                    ? new Exceptions(List.of(new Exceptions.Entry("iam-self-modification", null, null, null,
                            LocalDate.parse("2026-11-17"), "agreed")))
                    : Exceptions.NONE;
            Configuration empty = Configuration.EMPTY;
            Configuration configuration = new Configuration(empty.agents(), empty.accounts(), empty.people(),
                    Map.of("iam-self-modification", Mode.DRY_RUN), empty.thresholds(), exceptions, empty.alerting());
            new Engine(Watch.of(configuration, WATCH.roster(), Catalogue.load()), memory, publisher, this::count,
                    () -> now, log::add).handle(List.of(delivery("m1", attach("2026-11-17T09:40:00Z", "e1"))));
            assertThat(publisher.sent).as("excepted: %s", excepted).extracting(FakePublisher.Sent::topic)
                    .isEqualTo(excepted ? List.of() : List.of(Topic.FINDINGS));
        }
    }

    @Test
    void failedPublish_handsTheMessageBack_andARetrySendsOnlyTheRest() {
        Engine engine = engine();
        publisher.failing.add(Topic.PAGES);
        List<Delivery> batch = List.of(delivery("good", EventBuilder.agent().at("2026-11-17T09:58:00Z", "e0")),
                delivery("m1", attach("2026-11-17T09:59:00Z", "e1")));
        assertThat(engine.handle(batch)).containsExactly("m1");
        assertThat(counted).containsEntry("PublishFailures", 1.0);
        assertThat(engine.handle(batch.subList(1, 2))).isEmpty();
        assertThat(publisher.sent).extracting(FakePublisher.Sent::topic).containsExactly(Topic.ALERTS, Topic.FINDINGS,
                Topic.PAGES);
    }

    @Test
    void findingClaimedByAnother_handsTheMessageBack() throws Exception {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", attach("2026-11-17T09:50:00Z", "e1"))));
        String id = publisher.sent.getFirst().notice().finding().id();
        Delivery second = delivery("m2", EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3")
                .at("2026-11-17T09:51:00Z", "e2"));
        memory.claim(id, "another", now);
        assertThat(engine.handle(List.of(second))).containsExactly("m2");
        now = now.plus(Memory.LEASE);
        assertThat(engine.handle(List.of(second))).isEmpty();
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE, Kind.UPDATE);
    }

    @Test
    void poison_isHandedBackAlone() {
        assertThat(engine().handle(List.of(new Delivery("poison", "{\"detail\": {"),
                delivery("m1", attach("2026-11-17T09:59:00Z", "e1"))))).containsExactly("poison");
        assertThat(publisher.kinds(Topic.ALERTS)).hasSize(1);
        assertThat(log).anySatisfy(line -> assertThat(line).contains("message poison cannot be read"));
    }

    @Test
    void forgedEnvelopes_areRefusedAndCounted() {
        EventBuilder event = attach("2026-11-17T09:59:00Z", "e1");
        List<Delivery> forged = List.of(new Delivery("a", event.envelope("my.app", "111122223333")),
                new Delivery("b", event.envelope("aws.iam", "999988887777")), new Delivery("c", event.json()),
                new Delivery("d", event.envelope("awsx.iam", "111122223333")));
        assertThat(engine().handle(forged)).isEmpty();
        assertThat(publisher.sent).isEmpty();
        assertThat(counted).containsEntry("EventsRejected", 4.0).doesNotContainKey("AgentCalls");
    }

    @Test
    void offHoursBurst_isOneFinding_howeverItIsSplit() {
        List<Delivery> calls = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            calls.add(delivery("m" + i, EventBuilder.agent().call("ec2", "DescribeInstances").at(
                    "2026-11-17T01:%02d:%02dZ".formatted(20 + i / 12, (i % 12) * 5), "e" + i)));
        }
        now = Instant.parse("2026-11-17T01:26:00Z");
        Engine engine = engine();
        for (int i = 0; i < calls.size(); i += 7) {
            engine.handle(calls.subList(i, Math.min(calls.size(), i + 7)));
        }
        assertThat(publisher.kinds(Topic.ALERTS)).startsWith(Kind.CREATE);
        assertThat(publisher.sent).extracting(sent -> sent.notice().finding().id()).hasSizeGreaterThan(1)
                .containsOnly(publisher.sent.getFirst().notice().finding().id());
        now = Instant.parse("2026-11-17T02:00:00Z");
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.sent.getLast().notice().finding()).satisfies(finding -> {
            assertThat(finding.count()).isEqualTo(60);
            assertThat(finding.session()).isNull();
            assertThat(finding.leading().action()).isNull();
            assertThat(finding.leading().target()).isNull();
            assertThat(finding.firstSeen()).isEqualTo("2026-11-17T01:20:00Z");
            assertThat(finding.lastSeen()).isEqualTo("2026-11-17T01:24:55Z");
        });
    }

    @Test
    void lateSighting_supersedesAStoryThatWasTold() {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", EventBuilder.user("dana").mcp().at("2026-11-17T09:50:00Z", "e1"))));
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE);
        engine.handle(List.of(delivery("m2", EventBuilder.user("dana").mcp().at("2026-11-17T08:10:00Z", "e0"))));
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE, Kind.CREATE, Kind.SUPERSEDED);
        engine.handle(List.of(delivery("m3", EventBuilder.user("dana").mcp().at("2026-11-17T09:55:00Z", "e2"))));
        assertThat(publisher.kinds(Topic.FINDINGS)).hasSize(3);
    }

    private static EventBuilder stopLogging(String key) {
        return EventBuilder.role("admin", "s").identity("accessKeyId", key).write("cloudtrail", "StopLogging")
                .parameter("name", "main").at("2026-11-17T09:52:00Z", "e2");
    }

    @Test
    void whoStopsATrail_isToldOf_andCountsAsNoAgent() {
        engine().handle(List.of(delivery("m1", stopLogging("ASIAONE"))));
        assertThat(publisher.kinds(Topic.PAGES)).containsExactly(Kind.CREATE);
        assertThat(publisher.sent.getLast().notice().finding().title()).isEqualTo("admin stopped CloudTrail logging");
        assertThat(counted).containsEntry("Findings/audit-tampering", 1.0).doesNotContainKey("AgentCalls");
    }

    @Test
    void whoStopsATrail_asARoleThatAnAgentAssumed_isThatAgentAlone() {
        engine().handle(List.of(delivery("m1", stopLogging("ASIAONE")),
                delivery("m2", assume(EventBuilder.agent(), "e1", "ASIAONE"))));
        assertThat(publisher.sent).extracting(sent -> sent.notice().finding().agent()).containsOnly("coder");
        assertThat(publisher.sent.getLast().notice().finding().title())
                .startsWith("coder stopped CloudTrail logging as role admin");
    }

    private static EventBuilder assume(EventBuilder by, String id, String key) {
        return by.write("sts", "AssumeRole").at("2026-11-17T09:50:00Z", id)
                .parameter("roleArn", "arn:aws:iam::111122223333:role/admin")
                .with("responseElements", Map.of("credentials", Map.of("accessKeyId", key, "sessionToken", "secret")));
    }

    @Test
    void assumedRole_thatNobodyWatches_isTheAgentsDoing() {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", assume(EventBuilder.agent(), "e1", "ASIAONE"))));
        engine.handle(List.of(
                delivery("m2", EventBuilder.role("second", "s").write("iam", "CreateAccessKey").identity("accessKeyId",
                        "ASIATWO").parameter("userName", "dana").at("2026-11-17T09:52:00Z", "e3")),
                delivery("m3", assume(EventBuilder.role("admin", "s").identity("accessKeyId", "ASIAONE"), "e2",
                        "ASIATWO")),
                delivery("m4", EventBuilder.role("other", "s").write("iam", "CreateAccessKey").parameter("userName",
                        "dana").at("2026-11-17T09:52:00Z", "e4"))));
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE);
        assertThat(publisher.sent.getLast().notice().finding()).satisfies(finding -> {
            assertThat(finding.agent()).isEqualTo("coder");
            assertThat(finding.session()).isEqualTo("AROAEXAMPLE:coder-1");
            assertThat(finding.title()).isEqualTo("coder created an access key for another user as role second");
        });
    }

    @Test
    void eventMoreThanADayLate_isJudged_butNotCounted() {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", EventBuilder.agent().at("2026-11-17T09:59:00Z", "e1"))));
        assertThat(engine.handle(List.of(delivery("m2", attach("2026-11-16T09:58:59Z", "e2"))))).isEmpty();
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE);
        assertThat(counted).containsEntry("EventsUncounted", 1.0);
        engine.handle(List.of(delivery("m2", attach("2026-11-16T09:58:59Z", "e2"))));
        assertThat(publisher.kinds(Topic.FINDINGS)).as("redelivered").containsExactly(Kind.CREATE);
        engine.handle(List.of(delivery("m3", attach("2026-11-16T09:59:00Z", "e3"))));
        assertThat(counted).as("a day late to the second").containsEntry("EventsUncounted", 2.0);
    }

    @Test
    void eventsAfterTheLastWord_areToldInAnother() {
        Engine engine = engine();
        engine.handle(List.of(delivery("m1", attach("2026-11-17T09:50:00Z", "e1"))));
        now = Instant.parse("2026-11-17T10:20:00Z");
        engine.handle(List.of(HEARTBEAT));
        engine.handle(List.of(delivery("m2", attach("2026-11-17T09:51:00Z", "e2"))));
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE);
        now = Instant.parse("2026-11-17T10:25:00Z");
        engine.handle(List.of(HEARTBEAT));
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE, Kind.CLOSE);
        assertThat(publisher.sent.getLast().notice().finding().count()).isEqualTo(2);
    }

    @Test
    void twoFunctionsWithHalfABurstEach_findIt() {
        List<Delivery> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            calls.add(delivery("m" + i, EventBuilder.agent().call("ec2", "DescribeInstances").at(
                    "2026-11-17T01:%02d:%02dZ".formatted(14 + i / 20, (i % 20) * 3), "e" + i)));
        }
        memory = new Meanwhile(memory, () -> new Engine(WATCH, memory(), publisher, this::count, () -> now, log::add)
                .handle(calls.subList(20, 40)));
        assertThat(engine().handle(calls.subList(0, 20))).isEmpty();
        assertThat(publisher.kinds(Topic.ALERTS)).as("20 calls are no burst, 40 are").containsExactly(Kind.CREATE);
    }

    private Memory memory() {
        return memory instanceof Meanwhile meanwhile ? meanwhile.memory : memory;
    }

    @Test
    void memoryAway_alertsGoOut_andEventsCountAsUncounted() {
        memory = new Unreachable();
        assertThat(engine().handle(List.of(delivery("m1", attach("2026-11-17T09:59:00Z", "e1"))))).isEmpty();
        assertThat(publisher.sent).hasSize(3);
        assertThat(counted).containsEntry("EventsUncounted", 1.0);
    }

    @Test
    void memoryAway_whatOpensASession_andWhatIsDoneWithOne_comeBack_andAreTheAgentsDoing() {
        Memory reachable = memory;
        memory = new Unreachable();
        List<Delivery> opening = List.of(delivery("m1", assume(EventBuilder.agent(), "e1", "ASIAONE")));
        List<Delivery> borrowed = List.of(delivery("m2", stopLogging("ASIAONE")), delivery("m3", EventBuilder.agent()));
        assertThat(engine().handle(opening)).containsExactly("m1");
        assertThat(engine().handle(borrowed)).containsExactly("m2");
        assertThat(counted).as("of m3 alone").containsEntry("EventsUncounted", 1.0);

        memory = reachable;
        assertThat(engine().handle(opening)).isEmpty();
        assertThat(engine().handle(borrowed)).isEmpty();
        assertThat(publisher.sent.getLast().notice().finding().title())
                .startsWith("coder stopped CloudTrail logging as role admin");
    }

    @Test
    void twoFunctionsAtOnce_tellEachStepOnce() throws Exception {
        List<FakePublisher> publishers = List.of(new FakePublisher(), new FakePublisher());
        List<Delivery> batch = List.of(delivery("m1", attach("2026-11-17T09:59:00Z", "e1")));
        for (int round = 0; round < 200; round++) {
            Memory shared = new InMemory();
            publishers.forEach(p -> p.sent.clear());
            List<Thread> threads = publishers.stream().map(p -> Thread.ofPlatform().start(() -> {
                Engine engine = new Engine(WATCH, shared, p, metrics -> metrics.data(), () -> now, line -> {
                });
                List<Delivery> left = batch;
                for (int attempt = 0; attempt < 1_000_000 && !left.isEmpty(); attempt++) {
                    left = engine.handle(left).isEmpty() ? List.of() : batch;
                }
            })).toList();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(publishers.stream().mapToInt(p -> p.sent.size()).sum()).isEqualTo(3);
        }
    }

    /// Memory in which something happens between the first recall and what follows.
    private static final class Meanwhile implements Memory {
        private final Memory memory;
        private @Nullable Runnable what;

        Meanwhile(Memory memory, Runnable what) {
            this.memory = memory;
            this.what = what;
        }

        @Override
        public Recall recall(Map<Principal, Span> spans, Set<String> accessKeyIds) throws MemoryException {
            Recall recall = memory.recall(spans, accessKeyIds);
            Runnable now = what;
            what = null;
            if (now != null) {
                now.run();
            }
            return recall;
        }

        @Override
        public List<Due> due(Instant at) throws MemoryException {
            return memory.due(at);
        }

        @Override
        public Claim claim(String findingId, String owner, Instant at) throws MemoryException {
            return memory.claim(findingId, owner, at);
        }

        @Override
        public void settle(String findingId, String owner, Principal principal, Ledger ledger,
                @Nullable Instant answered, @Nullable Instant closes) throws MemoryException {
            memory.settle(findingId, owner, principal, ledger, answered, closes);
        }

        @Override
        public void reopen(String findingId, Instant closes) throws MemoryException {
            memory.reopen(findingId, closes);
        }

        @Override
        public AlertWindow alerts(UnaryOperator<AlertWindow> change) throws MemoryException {
            return memory.alerts(change);
        }

        @Override
        public String note(String name) throws MemoryException {
            return memory.note(name);
        }

        @Override
        public String note(String name, UnaryOperator<String> change) throws MemoryException {
            return memory.note(name, change);
        }
    }

    /// Memory that cannot be reached.
    private static final class Unreachable implements Memory {
        private static MemoryException away() {
            return new MemoryException("away", new IllegalStateException());
        }

        @Override
        public Recall recall(Map<Principal, Span> spans, Set<String> accessKeyIds) throws MemoryException {
            throw away();
        }

        @Override
        public List<Due> due(Instant at) throws MemoryException {
            throw away();
        }

        @Override
        public Claim claim(String findingId, String owner, Instant at) throws MemoryException {
            throw away();
        }

        @Override
        public void settle(String findingId, String owner, Principal principal, Ledger ledger,
                @Nullable Instant answered, @Nullable Instant closes) throws MemoryException {
            throw away();
        }

        @Override
        public void reopen(String findingId, Instant closes) throws MemoryException {
            throw away();
        }

        @Override
        public AlertWindow alerts(UnaryOperator<AlertWindow> change) throws MemoryException {
            throw away();
        }

        @Override
        public String note(String name) throws MemoryException {
            throw away();
        }

        @Override
        public String note(String name, UnaryOperator<String> change) throws MemoryException {
            throw away();
        }
    }
}
