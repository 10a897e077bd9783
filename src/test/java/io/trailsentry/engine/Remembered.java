package io.trailsentry.engine;

import io.trailsentry.agent.Principal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Observation;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What events left in memory.
///
/// @param calls how many are counted, by principal's name and quarter hour since 1970
/// @param findings what is judged of it, in the order of `replay`
public record Remembered(Map<String, Integer> calls, List<Finding> findings) {
    /// Copies the list.
    public Remembered {
        findings = List.copyOf(findings);
    }

    /// Reads it.
    ///
    /// @param events whose principals and quarter hours are read
    /// @param span all quarter hours that judging may need
    public static Remembered of(Watch watch, Memory memory, List<EventBuilder> events, Span span)
            throws MemoryException {
        Map<String, Integer> calls = new TreeMap<>();
        List<Finding> findings = new ArrayList<>();
        Map<Principal, History> histories = new HashMap<>();
        for (Observation observation : observations(watch, events)) {
            Principal principal = observation.principal();
            History history = histories.get(principal);
            if (history == null) {
                history = memory.recall(Map.of(principal, span), Set.of()).history(principal);
                histories.put(principal, history);
                watch.judge().judge(watch.roster().agentOf(principal), principal, history, Long.MIN_VALUE).findings()
                        .values().forEach(judged -> findings.add(judged.finding()));
            }
            if (observation.isCounted() && observation.at() != null) {
                calls.put(key(observation),
                        history.profile().calls().of(observation.at().second() / 900).calls());
            }
        }
        findings.sort(Judge.FIRST_SEEN);
        return new Remembered(calls, findings);
    }

    /// How many calls there were.
    static Map<String, Integer> made(Watch watch, List<EventBuilder> events) {
        Map<String, Set<String>> made = new TreeMap<>();
        observations(watch, events).stream().filter(one -> one.isCounted() && one.at() != null)
                .forEach(one -> made.computeIfAbsent(key(one), key -> new HashSet<>()).add(one.eventId()));
        Map<String, Integer> counts = new TreeMap<>();
        made.forEach((key, ids) -> counts.put(key, ids.size()));
        return counts;
    }

    private static List<Observation> observations(Watch watch, List<EventBuilder> events) {
        return events.stream().flatMap(event -> watch.observe(event.event()).stream()).toList();
    }

    private static String key(Observation observation) {
        return observation.principal().name() + " " + (observation.at() == null ? "" : observation.at().second() / 900);
    }

    /// What `replay` finds in the same events.
    ///
    /// @param folder takes them as a file
    public static List<Finding> replayed(Watch watch, Path folder, List<EventBuilder> events) throws IOException {
        Path file = folder.resolve("events.jsonl");
        Files.write(file, events.stream().map(EventBuilder::json).toList());
        TrailFiles reader = new TrailFiles();
        return new Replay(watch, new Replay.Listener() {
            @Override
            public void file(String name, int number, int of) {
                // nobody waits for it
            }

            @Override
            public void remark(Position position, String what, boolean lost) {
                throw new AssertionError(position + ": " + what);
            }
        }).run(reader, reader.files(List.of(file.toString()))).findings();
    }
}
