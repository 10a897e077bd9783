package io.trailsentry.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.agent.Roster.Entry;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.Finding;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Notice.Arrival;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.testing.Notices;
import io.trailsentry.trail.LogFileStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Events that come from the trail's log files, beside and instead of EventBridge.
class LogFilesTest {
    private static final Watch WATCH = Watch.of(Configuration.EMPTY,
            new Roster(List.of(new Entry(
                    new Agent("coder", true, "dev", Set.of("us-east-1"), null, false, null, Set.of()),
                    List.of(PrincipalPattern.of("mcp-agent-role")))), true, Map.of()),
            Catalogue.load());

    private final FakeLogFiles files = new FakeLogFiles();
    private final FakePublisher publisher = new FakePublisher();
    private Memory memory = new InMemory();
    private final Map<String, Double> counted = new HashMap<>();
    private final List<String> log = new ArrayList<>();
    private final Instant now = Instant.parse("2026-11-17T10:00:00Z");

    private Engine engine() {
        return engine(files);
    }

    private Engine engine(LogFileStore store) {
        return new Engine(WATCH, store, memory, publisher, this::count, () -> now, log::add);
    }

    private void count(Metrics metrics) {
        for (Metrics.Datum datum : metrics.data()) {
            String name = datum.name() + (datum.value() == null ? "" : "/" + datum.value());
            datum.values().forEach(value -> counted.merge(name, value, Double::sum));
        }
    }

    private static EventBuilder attach(String time, String id) {
        return EventBuilder.agent().write("iam", "AttachRolePolicy").at(time, id).parameters(
                Map.of("roleName", "mcp-agent-role", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"));
    }

    private static Delivery notice(String id, String... keys) {
        return new Delivery(id, Notices.trail(FakeLogFiles.BUCKET, keys));
    }

    private static Delivery event(String id, EventBuilder event) {
        return new Delivery(id, event.envelope());
    }

    private Finding last() {
        return publisher.sent.getLast().notice().finding();
    }

    static List<String> notice_inEveryForm_isRead() {
        String key = FakeLogFiles.key("us-east-1", "one");
        return List.of(Notices.eventBridge("trail", key), Notices.s3("trail", key),
                Notices.sns(Notices.s3("trail", key)),
                Notices.trail("trail", key), Notices.sns(Notices.trail("trail", key)),
                Notices.sns(Notices.eventBridge("trail", key)));
    }

    @ParameterizedTest
    @MethodSource
    void notice_inEveryForm_isRead(String body) {
        files.deliver("one", EventBuilder.role("somebody", "s"), attach("2026-11-17T09:50:00Z", "e1"),
                EventBuilder.role("somebody", "s").at("2026-11-17T09:50:01Z", "e2"));

        assertThat(engine().handle(List.of(new Delivery("m1", body)))).isEmpty();

        assertThat(publisher.sent).hasSize(3).allSatisfy(sent -> {
            assertThat(sent.notice().finding().title()).isEqualTo("coder attached an administrator policy to itself");
            assertThat(sent.notice().arrival())
                    .isEqualTo(new Arrival(Instant.parse("2026-11-17T09:50:00Z"), true));
        });
        assertThat(counted).containsEntry("AgentCalls", 1.0).containsEntry("TrailFiles/us-east-1", 1.0)
                .containsEntry("EventAge/S3", 600.0)
                .doesNotContainKeys("EventAge/EventBridge", "EventsRejected", "TrailFilesSkipped");
    }

    @Test
    void eventOfBothWays_countsOnce_andIsToldOnce() {
        Engine engine = engine();
        List<EventBuilder> both = List.of(attach("2026-11-17T09:50:00Z", "e1"), attach("2026-11-17T09:51:00Z", "e2"));
        engine.handle(List.of(event("m1", both.getFirst()), event("m2", both.getLast())));
        assertThat(last().count()).isEqualTo(2);

        String key = files.deliver("one", both.toArray(EventBuilder[]::new));
        engine.handle(List.of(notice("m3", key)));
        engine.handle(List.of(notice("m4", key), event("m5", both.getFirst())));

        assertThat(publisher.sent).as("a second sighting changes nothing").hasSize(3);
        assertThat(counted).containsEntry("AgentCalls", 2.0);
        engine.handle(List.of(event("m6", EventBuilder.agent().write("iam", "CreateAccessKey")
                .parameter("userName", "dana").at("2026-11-17T09:52:00Z", "e3"))));
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE, Kind.UPDATE);
        assertThat(last().count()).isEqualTo(3);
    }

    @Test
    void eventThatEventBridgeLost_isAdded() {
        Engine engine = engine();
        List<EventBuilder> calls = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            calls.add(EventBuilder.agent().call("ec2", "DescribeInstances").denied("ec2:DescribeInstances", "*")
                    .call("secretsmanager", "GetSecretValue")
                    .at("2026-11-17T09:50:%02dZ".formatted(i), "e" + i));
        }
        for (int i = 0; i < calls.size(); i += 2) {
            engine.handle(List.of(event("m" + i, calls.get(i))));
        }
        double before = counted.getOrDefault("AgentCalls", 0.0);
        engine.handle(List.of(notice("file", files.deliver("one", calls.toArray(EventBuilder[]::new)))));

        assertThat(before).isEqualTo(6);
        assertThat(counted).containsEntry("AgentCalls", 12.0);
        assertThat(publisher.sent.stream().map(FakePublisher.Sent::notice).map(Notice::finding)
                .filter(finding -> finding.leading().detector().equals("denied-burst"))).isNotEmpty()
                .allSatisfy(finding -> assertThat(finding.count()).isEqualTo(12));
    }

    @Test
    void arrival_isOfTheNewestEventThatCausesTheStep() {
        Engine engine = engine();
        engine.handle(List.of(event("m1", EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3")
                .at("2026-11-17T09:58:00Z", "e1"))));
        assertThat(publisher.sent.getLast().notice().arrival())
                .isEqualTo(new Arrival(Instant.parse("2026-11-17T09:58:00Z"), false));

        engine.handle(List.of(notice("m2", files.deliver("one", attach("2026-11-17T09:46:00Z", "e0"),
                EventBuilder.agent().at("2026-11-17T09:59:00Z", "e2")))));

        assertThat(publisher.sent.getLast().notice()).satisfies(notice -> {
            assertThat(notice.kind()).isEqualTo(Kind.UPDATE);
            assertThat(notice.arrival()).isEqualTo(new Arrival(Instant.parse("2026-11-17T09:46:00Z"), true));
        });
    }

    @Test
    void severalObjects_andEventsBesideThem_areAllRead() {
        String first = files.deliver("one", EventBuilder.agent().at("2026-11-17T09:50:00Z", "e1"));
        String second = files.put(FakeLogFiles.key("eu-west-1", "two"), "{\"Records\":[]}");
        assertThat(engine().handle(List.of(notice("m1", first, second),
                event("m2", EventBuilder.agent().at("2026-11-17T09:51:00Z", "e2"))))).isEmpty();
        assertThat(counted).containsEntry("AgentCalls", 2.0).containsEntry("TrailFiles/us-east-1", 1.0)
                .containsEntry("TrailFiles/eu-west-1", 1.0).containsEntry("EventAge/S3", 600.0)
                .containsEntry("EventAge/EventBridge", 540.0);
    }

    @Test
    void neighbours_arePassedOverWithoutAWord_andCounted() {
        assertThat(engine().handle(List.of(notice("m1",
                "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/17/x.json.gz",
                "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/11/17/x.json.gz", "readme.txt"),
                new Delivery("m2", Notices.eventBridge("aws.s3", "Object Deleted", "trail",
                        FakeLogFiles.key("us-east-1", "one"))),
                new Delivery("m3", Notices.s3Test("trail")), new Delivery("m4", "CloudTrail validation message."),
                new Delivery("m5", Notices.sns("CloudTrail validation message."))))).isEmpty();
        assertThat(files.opened).isEmpty();
        assertThat(log).isEmpty();
        assertThat(counted).containsEntry("TrailFilesSkipped", 4.0).doesNotContainKeys("EventsRejected",
                "TrailFiles/us-east-1");
    }

    @Test
    void forgedNotices_areRefused_andNothingIsOpened() {
        String key = FakeLogFiles.key("us-east-1", "one");
        assertThat(engine().handle(List.of(new Delivery("a", Notices.trail("elsewhere", key)),
                new Delivery("b", Notices.trail("trail", "upload/x.json.gz", "up\nload.json.gz")),
                new Delivery("c", Notices.eventBridge("my.app", "Object Created", "trail", key)),
                new Delivery("d", Notices.trail("", key))))).isEmpty();
        assertThat(engine(LogFileStore.NONE).handle(List.of(notice("e", key)))).isEmpty();
        assertThat(files.opened).isEmpty();
        assertThat(counted).containsEntry("EventsRejected", 6.0);
        assertThat(log).anySatisfy(line -> assertThat(line).contains("s3://elsewhere/" + key, "TRAIL_BUCKET is trail"))
                .anySatisfy(line -> assertThat(line).contains("s3://trail/upload/x.json.gz", "AWSLogs/"))
                .anySatisfy(line -> assertThat(line).contains("aws.s3"))
                .anySatisfy(line -> assertThat(line).contains("TRAIL_BUCKET names no bucket"))
                .noneSatisfy(line -> assertThat(line).contains("\n"));
    }

    @Test
    void recordsOfAnotherAccount_areRefused() {
        String key = files.deliver("one",
                attach("2026-11-17T09:50:00Z", "e1").with("recipientAccountId", "999988887777"),
                attach("2026-11-17T09:50:01Z", "e2").with("recipientAccountId", "999988887777"),
                EventBuilder.agent().at("2026-11-17T09:50:02Z", "e3"));
        assertThat(engine().handle(List.of(notice("m1", key)))).isEmpty();
        assertThat(publisher.sent).isEmpty();
        assertThat(counted).containsEntry("EventsRejected", 2.0).containsEntry("AgentCalls", 1.0);
        assertThat(log).singleElement().asString().contains("2 times", "s3://trail/" + key, "another account");
    }

    @Test
    void objectThatIsNotThereYet_comesBack_andIsReadThen() {
        Engine engine = engine();
        Delivery notice = notice("m1", FakeLogFiles.key("us-east-1", "one"));
        List<Delivery> batch = List.of(event("m0", attach("2026-11-17T09:49:00Z", "e0")), notice);

        assertThat(engine.handle(batch)).as("alone").containsExactly("m1");
        assertThat(log).singleElement().asString().contains("s3://trail/" + FakeLogFiles.key("us-east-1", "one"),
                "NoSuchKey");
        files.failing.add("S3 did not answer: time-out");
        assertThat(engine.handle(List.of(notice))).containsExactly("m1");
        files.deliver("one", EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3")
                .at("2026-11-17T09:50:00Z", "e1"));
        assertThat(engine.handle(List.of(notice))).isEmpty();
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE, Kind.UPDATE);
        assertThat(counted).containsEntry("TrailFiles/us-east-1", 1.0);
    }

    @Test
    void streamThatBreaks_comesBack_andWhatWasReadCountsOnce() {
        Engine engine = engine();
        EventBuilder[] calls = new EventBuilder[200];
        for (int i = 0; i < calls.length; i++) {
            calls[i] = EventBuilder.agent().at("2026-11-17T09:%02d:00Z".formatted(20 + i / 10), "e" + i);
        }
        calls[0] = attach("2026-11-17T09:20:00Z", "e0");
        Delivery notice = notice("m1", files.deliver("one", calls));
        files.breaking.add(2_000);

        assertThat(engine.handle(List.of(notice))).containsExactly("m1");
        assertThat(log).anySatisfy(line -> assertThat(line).contains("s3://trail/", "connection reset"));
        assertThat(publisher.kinds(Topic.ALERTS)).as("what could be read is told").containsExactly(Kind.CREATE);
        assertThat(engine.handle(List.of(notice))).isEmpty();
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE);
        assertThat(counted).containsEntry("AgentCalls", 200.0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "{\"configurationItems\":[]}", "{\"Records\":[{\"a\":1}]}",
            "{\"Records\":[{\"eventVersion\":\"1.11\""})
    void whatIsNoTrailFile_isHandedBackForTheDeadLetterQueue(String text) {
        String key = files.put(FakeLogFiles.key("us-east-1", "one"), text);
        assertThat(engine().handle(List.of(notice("m1", key)))).containsExactly("m1");
        assertThat(log).anySatisfy(line -> assertThat(line).contains("message m1 cannot be read: s3://trail/" + key));
        assertThat(counted).doesNotContainKey("TrailFiles/us-east-1");
    }

    @Test
    void emptyObject_andOneThatIsNotPacked() {
        String empty = files.put(FakeLogFiles.key("us-east-1", "one"), new byte[0]);
        String plain = files.put(FakeLogFiles.key("us-east-1", "two"),
                ("{\"Records\":[" + attach("2026-11-17T09:50:00Z", "e1").json() + "]}")
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(engine().handle(List.of(notice("m1", empty), notice("m2", plain)))).containsExactly("m1");
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE);
    }

    @Test
    void brokenRecord_costsItselfAlone() {
        String key = files.put(FakeLogFiles.key("us-east-1", "one"), "{\"Records\":["
                + attach("2026-11-17T09:50:00Z", "e1").json() + ",{\"eventVersion\":\"1.11\",\"eventName\":nonsense},"
                + EventBuilder.agent().at("2026-11-17T09:50:02Z", "e2").json() + "]}");
        assertThat(engine().handle(List.of(notice("m1", key)))).containsExactly("m1");
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE);
        assertThat(counted).containsEntry("AgentCalls", 2.0);
        assertThat(log).singleElement().asString().contains(key + ", record 2, byte ");
    }

    @Test
    void gzipBomb_isGivenUp_andTheRestOfTheBatchIsHandled() {
        byte[] zeros = new byte[1 << 20];
        java.util.Arrays.fill(zeros, (byte) ' ');
        String bomb = files.put(FakeLogFiles.key("us-east-1", "bomb"), FakeLogFiles.packed(out -> {
            for (long i = 0; i <= Intake.MOST_BYTES >> 20; i++) {
                out.write(zeros);
            }
        }));
        String next = files.deliver("next", EventBuilder.agent());
        assertThat(engine().handle(List.of(event("m1", attach("2026-11-17T09:50:00Z", "e1")), notice("m2", bomb),
                notice("m3", next)))).containsExactly("m2", "m3");
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE);
        assertThat(log).anySatisfy(line -> assertThat(line).contains(bomb, "longer than 268435456 bytes"))
                .anySatisfy(line -> assertThat(line).contains(next, "no room for it in this batch"));
        assertThat(engine().handle(List.of(notice("m3", next)))).isEmpty();
    }

    @Test
    void moreCallsThanABatchTakes_areGivenUp_andWhatFitsIsKept() {
        String record = EventBuilder.agent().json();
        String key = files.put(FakeLogFiles.key("us-east-1", "one"), FakeLogFiles.packed(out -> {
            out.write("{\"Records\":[".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i <= Intake.MOST_CALLS; i++) {
                out.write((i == 0 ? record : "," + record).getBytes(StandardCharsets.UTF_8));
            }
            out.write("]}".getBytes(StandardCharsets.UTF_8));
        }));
        assertThat(engine().handle(List.of(notice("m1", key)))).containsExactly("m1");
        assertThat(log).singleElement().asString().contains(key, "no room for its calls");
        assertThat(counted).containsEntry("AgentCalls", 1.0);
    }

    private static EventBuilder assume(EventBuilder by, String id, String key) {
        return by.write("sts", "AssumeRole").at("2026-11-17T09:50:00Z", id)
                .parameter("roleArn", "arn:aws:iam::111122223333:role/admin")
                .with("responseElements", Map.of("credentials", Map.of("accessKeyId", key, "sessionToken", "secret")));
    }

    @Test
    void assumedRoles_areFollowed_throughFilesInAnyOrder() {
        EventBuilder second = EventBuilder.role("second", "s").write("iam", "CreateAccessKey")
                .identity("accessKeyId", "ASIATWO").parameter("userName", "dana").at("2026-11-17T09:52:00Z", "e3");
        String third = files.deliver("three", second, EventBuilder.role("other", "s").write("iam", "CreateAccessKey")
                .identity("accessKeyId", "ASIATHREE").parameter("userName", "dana").at("2026-11-17T09:52:01Z", "e4"));
        String first = files.deliver("one", assume(EventBuilder.role("admin", "s").identity("accessKeyId", "ASIAONE"),
                "e2", "ASIATWO"), assume(EventBuilder.agent(), "e1", "ASIAONE"));

        assertThat(engine().handle(List.of(notice("m1", third), notice("m2", first)))).isEmpty();

        assertThat(publisher.sent.stream().map(sent -> sent.notice().finding().title()).distinct())
                .anySatisfy(title -> assertThat(title).contains("as role second"));
        assertThat(counted).as("but for the one of role other").containsEntry("AgentCalls", 3.0);
    }

    private static EventBuilder call(String id) {
        return attach("2026-11-17T09:50:00Z", id).with("requestID", "request-" + id);
    }

    private static EventBuilder tool(String... requestIds) {
        return EventBuilder.toolCall("aws___run_script", requestIds).at("2026-11-17T09:50:02Z", "tool-call");
    }

    private static final ToolCall SCRIPT = new ToolCall("aws___run_script", "claude-code/2.1.280", "203.0.113.24");

    private @Nullable ToolCall behind() {
        return last().leading().evidence().toolCall();
    }

    @Test
    void callAndItsToolCall_inOneFile_inAnyOrder_areJoined() {
        engine().handle(List.of(notice("m1", files.deliver("one", call("e1"), tool("request-e1")))));
        assertThat(behind()).isEqualTo(SCRIPT);

        memory = new InMemory();
        engine().handle(List.of(notice("m1", files.deliver("two", tool("request-e1"), call("e1")))));
        assertThat(behind()).isEqualTo(SCRIPT);
    }

    @Test
    void toolCall_beforeItsCall_inAnotherFile_isRemembered() {
        Engine engine = engine();
        engine.handle(List.of(notice("m1", files.deliver("one", tool("request-e0", "request-e1")))));
        engine.handle(List.of(event("m2", call("e1"))));
        assertThat(behind()).isEqualTo(SCRIPT);
    }

    @Test
    void toolCall_behindItsCall_isToldWithTheNextStep_andByItselfIsNoStep() {
        Engine engine = engine();
        engine.handle(List.of(event("m1", call("e1"))));
        assertThat(behind()).as("EventBridge is first").isNull();
        engine.handle(List.of(notice("m2", files.deliver("one", tool("request-e1"), call("e1")))));
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE);
        engine.handle(List.of(event("m3", EventBuilder.agent().write("iam", "CreateAccessKey")
                .parameter("userName", "dana").with("requestID", "request-e2").at("2026-11-17T09:51:00Z", "e2"))));
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE, Kind.UPDATE);
        assertThat(behind()).isEqualTo(SCRIPT);
        assertThat(last().signals().getLast().evidence().toolCall()).as("nobody knows of the other call").isNull();
    }

    @Test
    void toolCall_isNotCounted() {
        String key = files.deliver("one", tool("request-e1"));
        engine().handle(List.of(notice("m1", key)));
        assertThat(counted).doesNotContainKey("AgentCalls").containsEntry("TrailFiles/us-east-1", 1.0);
    }
}
