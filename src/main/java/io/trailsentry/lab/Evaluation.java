package io.trailsentry.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Outcome;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Observation;
import io.trailsentry.lab.Case.Expected;
import io.trailsentry.lab.Form.Technique;
import io.trailsentry.lab.LabelledSet.Counts;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailEntry.Announced;
import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Judges labelled logs, so that what a build finds can be held against what is in them. The same files give the same
/// result. Not thread-safe.
public final class Evaluation {
    /// The tactic whose calls are an agent's daily work: by itself it must stay quiet.
    static final String DISCOVERY = "discovery";
    /// Labels that call a record ordinary.
    private static final Set<String> ORDINARY = Set.of("ordinary", "benign", "normal");

    private final Watch watch;
    private final Replay.Listener listener;
    private final TrailFiles reader = new TrailFiles();
    private final RecordReader records = new RecordReader();

    /// An evaluation of what a watch finds.
    ///
    /// @param listener hears of the input on the way
    public Evaluation(Watch watch, Replay.Listener listener) {
        this.watch = watch;
        this.listener = listener;
    }

    /// The files of one folder and form.
    private record Place(Path folder, Form form) {
    }

    /// Judges everything behind paths.
    ///
    /// @param paths files and folders, as [TrailFiles#files] takes them, but for standard input
    /// @return the sets in the order in which they were met
    /// @throws IOException when a path does not exist, or temporary files cannot be used
    public List<LabelledSet> run(List<String> paths) throws IOException {
        Map<Place, Gathering> sets = new LinkedHashMap<>();
        Set<Path> known = new HashSet<>();
        for (String path : paths) {
            for (String file : reader.files(List.of(path))) {
                Path absolute = Path.of(file).toAbsolutePath().normalize();
                if (known.add(absolute)) {
                    Path folder = Objects.requireNonNull(absolute.getParent());
                    sets.computeIfAbsent(new Place(folder, Form.of(absolute)),
                            place -> new Gathering(name(Path.of(path), folder), place)).files.add(file);
                }
            }
        }
        Progress progress = new Progress(known.size());
        List<LabelledSet> judged = new ArrayList<>();
        for (Gathering set : sets.values()) {
            judged.add(switch (set.place.form()) {
                case RECORDS -> records(set, progress);
                case TECHNIQUES -> techniques(set, progress);
                case TESTS -> tests(set, progress);
                case ORDINARY -> ordinary(set, progress);
            });
        }
        return judged;
    }

    /// A folder as it lies below the path that was given; its own name when it is that path, or holds it.
    private static String name(Path given, Path folder) {
        Path root = given.toAbsolutePath().normalize();
        Path below = folder.startsWith(root) && !folder.equals(root) ? root.relativize(folder) : folder.getFileName();
        return below == null ? folder.toString() : below.toString().replace('\\', '/');
    }

    private LabelledSet records(Gathering set, Progress progress) {
        Labels labels = new Labels(set);
        Path labelFile = set.place.folder().resolve(Form.LABELS);
        JsonLineFile.read(labelFile, labels);
        Set<String> seen = new HashSet<>();
        for (String file : set.files) {
            progress.file(file, 0, 0);
            if (Path.of(file).endsWith(Form.LABELS)) {
                continue;
            }
            read(file, set, event -> {
                Label label = labels.byEvent.get(event.eventId());
                if (label == null) {
                    set.unlabelled++;
                } else if (!seen.add(event.eventId())) {
                    set.duplicates++;
                } else {
                    set.add(List.of(event), label.expected(), event.eventId(), label.tactics());
                }
            });
        }
        return set.done(labels.byEvent.keySet().stream().filter(id -> !seen.contains(id)).count());
    }

    private LabelledSet techniques(Gathering set, Progress progress) {
        for (String file : set.files) {
            progress.file(file, 0, 0);
            Technique technique = Objects.requireNonNull(Technique.of(Path.of(file)));
            Map<String, CloudTrailEvent> events = new LinkedHashMap<>();
            read(file, set, event -> {
                if (events.putIfAbsent(event.eventId(), event) != null) {
                    set.duplicates++;
                }
            });
            set.add(List.copyOf(events.values()), Expected.FOUND, technique.id(), Set.of(technique.tactic()));
        }
        return set.done(0);
    }

    private LabelledSet tests(Gathering set, Progress progress) {
        for (String file : set.files) {
            progress.file(file, 0, 0);
            JsonLineFile.read(Path.of(file), set.in(file, (test, line) -> {
                List<CloudTrailEvent> events = test.path("expected").isBoolean()
                        ? records.read(test.path("event").toString()).stream()
                                .flatMap(entry -> entry instanceof Recorded recorded
                                        ? Stream.of(recorded.event())
                                        : Stream.of())
                                .toList()
                        : List.of();
                if (events.size() != 1) {
                    set.skipped++;
                    return;
                }
                String rule = test.path("rule").asText("line " + line);
                String name = test.path("test").asText("");
                set.add(events, test.path("expected").booleanValue() ? Expected.FOUND : Expected.QUIET,
                        name.isEmpty() ? rule : rule + ": " + name, Set.of());
            }));
        }
        return set.done(0);
    }

    private LabelledSet ordinary(Gathering set, Progress progress) throws IOException {
        Replay.Result result = new Replay(watch, progress).run(reader, set.files);
        return new LabelledSet(set.name, Form.ORDINARY,
                new Counts(result.calls(), result.records() - result.calls(), result.skipped(), result.duplicates(), 0,
                        result.unreadable(), 0),
                List.of(new Case(Expected.QUIET, set.name, Set.of(), Set.of(), null, result.calls(),
                        result.findings())));
    }

    /// Reads the records of a file.
    private void read(String file, Gathering set, Consumer<CloudTrailEvent> sink) {
        reader.read(file, (entry, position) -> {
            switch (entry) {
                case Recorded(CloudTrailEvent event, Envelope ignored, List<String> remarks) -> {
                    remarks.forEach(remark -> listener.remark(position, remark, false));
                    sink.accept(event);
                }
                case Skipped ignored -> set.skipped++;
                case Announced ignored -> set.skipped++;
                case Unreadable(long offset, String reason) ->
                    set.fault(new Position(position.file(), position.record(), position.offset() + offset), reason);
            }
        });
    }

    /// Judges calls as if nothing else had ever happened.
    private List<Finding> judge(List<Observation> observations) {
        Map<Principal, History> histories = new LinkedHashMap<>();
        observations.forEach(observation -> histories.computeIfAbsent(observation.principal(), key -> new History())
                .add(observation));
        List<Finding> findings = new ArrayList<>();
        histories.forEach((principal, history) -> watch.judge()
                .judge(watch.roster().agentOf(principal), principal, history, Long.MIN_VALUE).findings().values()
                .stream().map(Judged::finding).forEach(findings::add));
        findings.sort(Judge.FIRST_SEEN);
        return findings;
    }

    /// What a label says of a record.
    private record Label(Expected expected, Set<String> tactics) {
        /// Discovery by itself is what agents do all day; a label without a tactic says nothing, unless it says that the
        /// record is ordinary.
        static Label of(ObjectNode line) {
            Set<String> tactics = new TreeSet<>();
            for (JsonNode tactic : line.path("tactics")) {
                tactics.add(tactic.asText().strip().toLowerCase(Locale.ROOT).replace(' ', '-'));
            }
            Expected expected;
            if (tactics.isEmpty()) {
                boolean ordinary = ORDINARY.contains(line.path("label").asText().toLowerCase(Locale.ROOT));
                expected = ordinary ? Expected.QUIET : Expected.UNTOLD;
            } else {
                expected = tactics.equals(Set.of(DISCOVERY)) ? Expected.QUIET : Expected.FOUND;
            }
            return new Label(expected, tactics);
        }
    }

    /// The labels beside a set's records; of several for one record the first counts. Confined to one set.
    private static final class Labels implements JsonLineFile.Sink {
        private final Map<String, Label> byEvent = new HashMap<>();
        private final Gathering set;

        Labels(Gathering set) {
            this.set = set;
        }

        @Override
        public void object(ObjectNode line, long number) {
            if (line.path("eventID").isTextual()) {
                byEvent.putIfAbsent(line.path("eventID").asText(), Label.of(line));
            } else {
                fault("the label names no eventID", number);
            }
        }

        @Override
        public void fault(String reason, long line) {
            set.fault(new Position(set.place.folder().resolve(Form.LABELS).toString(), line, 0), reason);
        }
    }

    /// Tells which file is being read, counted over all sets. Confined to one run.
    private final class Progress implements Replay.Listener {
        private final int of;
        private int number;

        Progress(int of) {
            this.of = of;
        }

        @Override
        public void file(String file, int numberOfSet, int ofSet) {
            listener.file(file, ++number, of);
        }

        @Override
        public void remark(Position position, String what, boolean lost) {
            listener.remark(position, what, lost);
        }
    }

    /// Takes the lines of a file of tests.
    @FunctionalInterface
    private interface Test {
        void accept(ObjectNode test, long line);
    }

    /// What is known of a set so far. Confined to one run.
    private final class Gathering {
        private final String name;
        private final Place place;
        private final List<String> files = new ArrayList<>();
        private final List<Case> cases = new ArrayList<>();
        private long judged;
        private long unwatched;
        private long skipped;
        private long duplicates;
        private long unlabelled;
        private long unreadable;

        Gathering(String name, Place place) {
            this.name = name;
            this.place = place;
        }

        /// Judges events that belong together.
        void add(List<CloudTrailEvent> events, Expected expected, String caseName, Set<String> tactics) {
            List<Observation> observations = new ArrayList<>(events.size());
            int watched = 0;
            for (CloudTrailEvent event : events) {
                List<Observation> showed = watch.observe(event);
                observations.addAll(showed);
                watched += showed.isEmpty() ? 0 : 1;
            }
            judged += watched;
            unwatched += events.size() - watched;
            // A technique that nobody watched carried out is missed; a record of nobody's is no case at all.
            if (watched > 0 || place.form() == Form.TECHNIQUES) {
                Set<String> actions = events.stream()
                        .map(event -> ApiAction.of(event.eventSource(), event.eventName()))
                        .collect(Collectors.toSet());
                Outcome outcome = events.size() == 1 ? Outcome.of(events.getFirst()) : null;
                cases.add(new Case(expected, caseName, tactics, actions, outcome, watched,
                        judge(observations)));
            }
        }

        JsonLineFile.Sink in(String file, Test test) {
            return new JsonLineFile.Sink() {
                @Override
                public void object(ObjectNode line, long number) {
                    test.accept(line, number);
                }

                @Override
                public void fault(String reason, long line) {
                    Gathering.this.fault(new Position(file, line, 0), reason);
                }
            };
        }

        void fault(Position position, String reason) {
            unreadable++;
            listener.remark(position, reason, true);
        }

        LabelledSet done(long unmatched) {
            return new LabelledSet(name, place.form(),
                    new Counts(judged, unwatched, skipped, duplicates, unlabelled, unreadable, unmatched), cases);
        }
    }
}
