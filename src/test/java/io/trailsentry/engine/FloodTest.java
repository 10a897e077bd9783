package io.trailsentry.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.config.Configuration;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.config.Configuration.Flood;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.FakePublisher.Summary;
import io.trailsentry.finding.HeldBack;
import io.trailsentry.finding.Severity;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Seed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Beyond so many alerts in a time people get one summary, while the feed gets everything.
class FloodTest {
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Delivery HEARTBEAT = new Delivery("heartbeat",
            "{\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\",\"detail\":{}}");
    private static final List<Severity> LOUD = List.of(Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL);

    private final FakePublisher publisher = new FakePublisher();
    private final Map<String, Double> counted = new HashMap<>();
    private final Memory memory = new InMemory();
    private Instant now = Instant.parse("2026-11-17T10:01:00Z");

    private Engine engine(int alerts) {
        return engine(alerts, publisher, counted);
    }

    private Engine engine(int alerts, FakePublisher to, Map<String, Double> counts) {
        Configuration empty = Configuration.EMPTY;
        Watch watch = Watch.of(
                new Configuration(empty.agents(), empty.accounts(), empty.people(), empty.modes(), empty.thresholds(),
                        empty.exceptions(),
                        new Alerting(Severity.HIGH, Duration.ofHours(1), new Flood(alerts, Duration.ofMinutes(10)))),
                empty.roster(), CATALOGUE);
        return new Engine(watch, memory, to, metrics -> count(metrics, counts), () -> now, line -> {
        });
    }

    private static void count(Metrics metrics, Map<String, Double> counts) {
        metrics.data().forEach(datum -> datum.values().forEach(
                value -> counts.merge(datum.name() + (datum.value() == null ? "" : "/" + datum.value()), value,
                        Double::sum)));
    }

    /// The deed of the agent of an account of its own, so that each is a finding.
    private static Delivery deed(int number, Severity severity) {
        EventBuilder agent = EventBuilder
                .roleAt("arn:aws:iam::" + (100_000_000_000L + number) + ":role/mcp-agent-role", "s").mcp();
        EventBuilder deed = switch (severity) {
            case CRITICAL -> agent.write("iam", "AttachRolePolicy").parameters(Map.of("roleName", "mcp-agent-role",
                    "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"));
            case HIGH -> agent.write("iam", "CreateAccessKey").parameter("userName", "dana");
            default -> agent.write("iam", "PutRolePolicy").denied("iam:PutRolePolicy", "role mcp-agent-role");
        };
        return new Delivery("m" + number, deed.at("2026-11-17T10:00:%02dZ".formatted(number % 60), "e" + number)
                .envelope("aws.iam", String.valueOf(100_000_000_000L + number)));
    }

    private static List<Delivery> deeds(int from, int to, Severity severity) {
        return Stream.iterate(from, i -> i < to, i -> i + 1).map(i -> deed(i, severity)).toList();
    }

    private List<Severity> told(Topic topic) {
        return publisher.sent.stream().filter(sent -> sent.topic() == topic)
                .map(sent -> sent.notice().finding().severity()).toList();
    }

    @Test
    void deeds_areOfTheSeverityThatTheyAreFor() {
        for (Severity severity : LOUD) {
            publisher.sent.clear();
            engine(20).handle(List.of(deed(LOUD.indexOf(severity), severity)));
            assertThat(told(Topic.FINDINGS)).containsExactly(severity);
        }
    }

    @Test
    void beyondTheCap_peopleGetOneSummary_andTheFeedGetsEverything() {
        assertThat(engine(5).handle(deeds(0, 12, Severity.HIGH))).isEmpty();
        assertThat(told(Topic.ALERTS)).hasSize(5);
        assertThat(told(Topic.PAGES)).hasSize(5);
        assertThat(told(Topic.FINDINGS)).hasSize(12);
        assertThat(publisher.summaries).extracting(Summary::topic).containsExactly(Topic.ALERTS, Topic.PAGES);
        HeldBack held = publisher.summaries.getFirst().notice().held();
        assertThat(held.total()).isEqualTo(7);
        assertThat(held.severities()).isEqualTo(Map.of(Severity.HIGH, 7));
        assertThat(held.agents()).isEqualTo(Map.of("mcp-agent-role", 7));
        assertThat(held.detectors()).isEqualTo(Map.of("privilege-escalation", 7));
        assertThat(counted).containsEntry("AlertsPublished", 5.0).containsEntry("AlertsSuppressed", 14.0)
                .containsEntry("Findings/high", 12.0);
    }

    @Test
    void whatGoesOn_isCounted_andToldOnceMoreWhenTheTimeIsOver() {
        Engine engine = engine(5);
        engine.handle(deeds(0, 12, Severity.HIGH));
        engine.handle(deeds(12, 40, Severity.HIGH));
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.summaries).as("while it lasts").hasSize(2);
        now = now.plus(Duration.ofMinutes(10));
        engine.handle(List.of(HEARTBEAT));
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.summaries).hasSize(3).last().satisfies(last -> {
            assertThat(last.topic()).isEqualTo(Topic.ALERTS);
            assertThat(last.notice().over()).isTrue();
            assertThat(last.notice().held().total()).isEqualTo(35);
        });
    }

    @Test
    void nothingHeldBackSince_needsNoFinalCount() {
        Engine engine = engine(5);
        engine.handle(deeds(0, 12, Severity.HIGH));
        now = now.plus(Duration.ofMinutes(10));
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.summaries).hasSize(2);
    }

    @Test
    void redelivery_takesNoRoom_andIsNotCountedTwice() {
        Engine engine = engine(5);
        List<Delivery> batch = deeds(0, 3, Severity.HIGH);
        publisher.failing.addAll(List.of(Topic.ALERTS, Topic.ALERTS, Topic.PAGES));
        for (int i = 0; i < 5; i++) {
            engine.handle(batch);
        }
        assertThat(told(Topic.ALERTS)).hasSize(3);
        engine.handle(deeds(3, 12, Severity.HIGH));
        engine.handle(deeds(3, 12, Severity.HIGH));
        assertThat(told(Topic.ALERTS)).hasSize(5);
        assertThat(told(Topic.PAGES)).hasSize(5);
        assertThat(publisher.summaries.getFirst().notice().held().total()).isEqualTo(7);
        assertThat(counted).containsEntry("AlertsSuppressed", 14.0);
    }

    @Test
    void moreSevere_getsThrough_andARiseToo() {
        Engine engine = engine(3);
        engine.handle(deeds(0, 20, Severity.MEDIUM));
        engine.handle(deeds(20, 22, Severity.CRITICAL));
        assertThat(told(Topic.ALERTS)).containsExactly(Severity.MEDIUM, Severity.MEDIUM, Severity.MEDIUM,
                Severity.CRITICAL, Severity.CRITICAL);
        engine.handle(List.of(new Delivery("rise", deed(0, Severity.CRITICAL).body().replace("\"e0\"", "\"e0b\""))));
        assertThat(publisher.kinds(Topic.ALERTS)).hasSize(6).endsWith(Kind.UPDATE);
        assertThat(publisher.kinds(Topic.PAGES)).containsExactly(Kind.CREATE, Kind.CREATE, Kind.CREATE);
        assertThat(publisher.summaries).as("no page was held back").extracting(Summary::topic)
                .containsExactly(Topic.ALERTS);
    }

    @Test
    void heldBack_isToldAsNewWhenItGrowsLater_andHasNoLastWordBefore() {
        Engine engine = engine(1);
        engine.handle(deeds(0, 3, Severity.MEDIUM));
        engine.handle(List.of(new Delivery("again", deed(1, Severity.MEDIUM).body().replace("\"e1\"", "\"e1b\""))));
        now = now.plus(Duration.ofMinutes(45));
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE);
        assertThat(publisher.kinds(Topic.FINDINGS)).containsExactly(Kind.CREATE, Kind.CREATE, Kind.CREATE, Kind.CLOSE);
        engine.handle(List.of(new Delivery("rise", deed(1, Severity.CRITICAL).body().replace("\"e1\"", "\"e1c\""))));
        assertThat(publisher.kinds(Topic.ALERTS)).containsExactly(Kind.CREATE, Kind.CREATE);
        assertThat(publisher.kinds(Topic.FINDINGS)).endsWith(Kind.UPDATE);
    }

    @Test
    void summaryThatFails_isToldByTheNext() {
        Engine engine = engine(1);
        engine.handle(deeds(0, 1, Severity.MEDIUM));
        publisher.failing.add(Topic.ALERTS);
        engine.handle(deeds(1, 3, Severity.MEDIUM));
        assertThat(publisher.summaries).isEmpty();
        assertThat(counted).containsEntry("PublishFailures", 1.0);
        engine.handle(List.of(HEARTBEAT));
        assertThat(publisher.summaries).singleElement()
                .satisfies(summary -> assertThat(summary.notice().held().total()).isEqualTo(2));
    }

    /// 10,000 findings in a minute, each delivered twice, to two functions with one memory.
    @Test
    void storm_reachesPeopleUpToTheCap_andTheFeedWhole() throws Exception {
        int cap = 20;
        int many = 10_000;
        Random random = Seed.random("FloodTest.storm", 5);
        List<Delivery> deeds = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            Delivery deed = deed(i, LOUD.get(random.nextInt(LOUD.size())));
            deeds.add(deed);
            deeds.add(new Delivery(deed.id() + "b", deed.body()));
        }
        Collections.shuffle(deeds, random);
        List<FakePublisher> publishers = List.of(new FakePublisher(), new FakePublisher());
        List<Map<String, Double>> counts = List.of(new HashMap<>(), new HashMap<>());
        List<Thread> functions = new ArrayList<>();
        for (int function = 0; function < 2; function++) {
            Engine engine = engine(cap, publishers.get(function), counts.get(function));
            List<Delivery> left = new ArrayList<>(
                    deeds.subList(function * many, (function + 1) * many));
            functions.add(Thread.ofPlatform().start(() -> {
                while (!left.isEmpty()) {
                    List<Delivery> batch = List.copyOf(left.subList(0, Math.min(100, left.size())));
                    Set<String> back = Set.copyOf(engine.handle(batch));
                    left.removeAll(new HashSet<>(batch));
                    batch.stream().filter(delivery -> back.contains(delivery.id())).forEach(left::add);
                }
            }));
        }
        for (Thread function : functions) {
            function.join();
        }
        publishers.forEach(one -> {
            publisher.sent.addAll(one.sent);
            publisher.summaries.addAll(one.summaries);
        });

        assertThat(publisher.sent.stream().filter(sent -> sent.topic() == Topic.FINDINGS)
                .map(sent -> sent.notice().finding().id())).hasSize(many).doesNotHaveDuplicates();
        for (Topic topic : List.of(Topic.ALERTS, Topic.PAGES)) {
            for (Severity severity : LOUD) {
                assertThat(told(topic)).as("%s of %s and above", topic, severity)
                        .filteredOn(told -> told.isAtLeast(severity)).hasSizeLessThanOrEqualTo(3 * cap);
                assertThat(told(topic)).filteredOn(severity::equals).hasSizeLessThanOrEqualTo(cap);
            }
            assertThat(told(topic)).filteredOn(Severity.CRITICAL::equals).hasSize(cap);
        }
        assertThat(publisher.summaries).extracting(Summary::topic).containsExactlyInAnyOrder(Topic.ALERTS,
                Topic.PAGES);
        now = now.plus(Duration.ofMinutes(10));
        List<Thread> heartbeats = new ArrayList<>();
        publisher.summaries.clear();
        for (int function = 0; function < 2; function++) {
            Engine engine = engine(cap, publishers.get(function), counts.get(function));
            publishers.get(function).summaries.clear();
            heartbeats.add(Thread.ofPlatform().start(() -> engine.handle(List.of(HEARTBEAT))));
        }
        for (Thread heartbeat : heartbeats) {
            heartbeat.join();
        }
        publishers.forEach(one -> publisher.summaries.addAll(one.summaries));
        HeldBack held = publisher.summaries.getFirst().notice().held();
        assertThat(publisher.summaries).hasSize(1);
        int alerts = told(Topic.ALERTS).size();
        int pages = told(Topic.PAGES).size();
        assertThat(held.total()).isEqualTo(many - alerts);
        int paging = (int) told(Topic.FINDINGS).stream().filter(told -> told.isAtLeast(Severity.HIGH)).count();
        assertThat(held.topics())
                .isEqualTo(Map.of("ALERTS", many - alerts, "PAGES", paging - pages));
        assertThat(sum(counts, "AlertsPublished")).isEqualTo(alerts);
        assertThat(sum(counts, "AlertsSuppressed")).isEqualTo(many - alerts + paging - pages);
        assertThat(LOUD.stream().mapToDouble(severity -> sum(counts, "Findings/" + severity.label())).sum())
                .isEqualTo(many);
    }

    private static double sum(List<Map<String, Double>> counts, String name) {
        return counts.stream().mapToDouble(count -> count.getOrDefault(name, 0.0)).sum();
    }
}
