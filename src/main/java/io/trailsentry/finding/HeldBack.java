package io.trailsentry.finding;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What people were not told one by one because there was too much of it. Immutable; adds up in any order.
///
/// @param from when the time began in which so many were told; the epoch when nothing was held back
/// @param last when something was held back last
/// @param severities number of findings' steps that were held back, by the severity of what is new in them
/// @param topics the same, by the name of the topic whose readers were not told
/// @param agents the same, by the agent's name; beyond [#MOST_NAMES] names under the empty one, and so the next two
/// @param detectors the same, by the leading detector
/// @param accounts the same, by account
/// @param said of how many steps a topic's readers were told in sum, by the topic's name
public record HeldBack(Instant from, Instant last, Map<Severity, Integer> severities, Map<String, Integer> topics,
        Map<String, Integer> agents, Map<String, Integer> detectors, Map<String, Integer> accounts,
        Map<String, Integer> said) {
    /// Most names of a kind that are counted by themselves.
    public static final int MOST_NAMES = 50;
    /// Characters of a name that are kept.
    private static final int LONGEST_NAME = 128;

    /// Nothing.
    public static final HeldBack NONE = new HeldBack(Instant.EPOCH, Instant.EPOCH, Map.of(), Map.of(), Map.of(),
            Map.of(), Map.of(), Map.of());

    /// Sorts and copies the maps.
    public HeldBack {
        severities = Collections.unmodifiableMap(new TreeMap<>(severities));
        topics = Collections.unmodifiableMap(new TreeMap<>(topics));
        agents = Collections.unmodifiableMap(new TreeMap<>(agents));
        detectors = Collections.unmodifiableMap(new TreeMap<>(detectors));
        accounts = Collections.unmodifiableMap(new TreeMap<>(accounts));
        said = Collections.unmodifiableMap(new TreeMap<>(said));
    }

    /// One step of a finding.
    ///
    /// @param topics names of the topics whose readers are not told
    public static HeldBack of(Finding finding, Severity urgency, Iterable<String> topics, Instant at) {
        Map<String, Integer> byTopic = new TreeMap<>();
        topics.forEach(topic -> byTopic.put(topic, 1));
        return new HeldBack(at, at, Map.of(urgency, 1), byTopic, one(finding.agent()),
                one(finding.leading().detector()), one(finding.account()), Map.of());
    }

    private static Map<String, Integer> one(String name) {
        return Map.of(name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name, 1);
    }

    /// Whether nothing was held back.
    public boolean isEmpty() {
        return severities.isEmpty();
    }

    /// Number of steps that were held back.
    public int total() {
        return severities.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// The highest severity of what was held back; informational when nothing was.
    public Severity worst() {
        return severities.keySet().stream().reduce(Severity.INFORMATIONAL, (a, b) -> a.isAtLeast(b) ? a : b);
    }

    /// Whether a topic's readers miss something and were told nothing of it yet.
    public boolean isUnknownTo(String topic) {
        return topics.containsKey(topic) && !said.containsKey(topic);
    }

    /// Whether a topic's readers miss something and know another number of it.
    public boolean isNewsTo(String topic) {
        return topics.containsKey(topic) && said.getOrDefault(topic, 0) != total();
    }

    /// Whether all who miss something know how much.
    boolean isSettled() {
        return topics.keySet().stream().noneMatch(this::isNewsTo);
    }

    /// Both together.
    public HeldBack and(HeldBack other) {
        if (isEmpty() || other.isEmpty()) {
            return isEmpty() ? other : this;
        }
        return new HeldBack(from.isBefore(other.from) ? from : other.from, last.isAfter(other.last) ? last : other.last,
                sum(severities, other.severities), sum(topics, other.topics), named(agents, other.agents),
                named(detectors, other.detectors), named(accounts, other.accounts), sum(said, other.said));
    }

    /// The same, of a time that began then.
    HeldBack since(Instant begin) {
        return isEmpty()
                ? this
                : new HeldBack(begin, last, severities, topics, agents, detectors, accounts, said);
    }

    /// The same, when topics' readers were told of so many steps more.
    public HeldBack saying(Map<String, Integer> more) {
        return new HeldBack(from, last, severities, topics, agents, detectors, accounts, sum(said, more));
    }

    private static <K extends Comparable<K>> Map<K, Integer> sum(Map<K, Integer> one, Map<K, Integer> other) {
        Map<K, Integer> sum = new TreeMap<>(one);
        other.forEach((key, number) -> sum.merge(key, number, Integer::sum));
        return sum;
    }

    private static Map<String, Integer> named(Map<String, Integer> one, Map<String, Integer> other) {
        Map<String, Integer> sum = new TreeMap<>(one);
        other.forEach((name, number) -> sum.merge(sum.containsKey(name) || sum.size() < MOST_NAMES ? name : "", number,
                Integer::sum));
        return sum;
    }
}
