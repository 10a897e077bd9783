package io.trailsentry.finding;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.DistinctCount;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Window;
import io.trailsentry.finding.Story.Part;
import io.trailsentry.finding.Story.Step;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Judges a principal's history: which stories are findings, how severe, and what names them. A pure function of the
/// history, so the same events give the same findings however they arrived. Immutable and thread-safe.
public final class Judge {
    private static final int LEAST = 20;
    private static final int CRITICAL = 90;
    /// What is added when a deed succeeds that was refused before.
    private static final int FOUND_THE_WAY = 10;
    /// Score of `new-service` from which it tells of more than new work.
    private static final int MANY_NEW = 30;
    private static final int LONGEST_TITLE = 200;

    private final Detectors detectors;
    private final Map<String, Mode> modes;
    private final Exceptions exceptions;

    /// A judge.
    ///
    /// @param detectors those that judge how many calls there are are asked here
    /// @param modes of the detectors that are not live
    /// @param exceptions what is in order
    public Judge(Detectors detectors, Map<String, Mode> modes, Exceptions exceptions) {
        this.detectors = detectors;
        this.modes = Map.copyOf(modes);
        this.exceptions = exceptions;
    }

    /// A finding and its story.
    ///
    /// @param story the finding's story
    /// @param finding the finding
    public record Judged(Story.Key story, Finding finding) {
    }

    /// What a judgement found.
    ///
    /// @param findings the stories that are findings, by id, in the order of first event and id
    /// @param excepted the steps that exceptions took out, in no order
    /// @param reach first quarter hour that must be known for that to be right; the largest long when no window of calls
    ///         reaches back
    public record Judgement(Map<String, Judged> findings, List<Excepted> excepted, long reach) {
    }

    /// A step that exceptions took out of a story.
    ///
    /// @param story the story
    /// @param signals those that would have counted, strongest first; as many as were kept
    public record Excepted(Story.Key story, List<Signal> signals) {
        /// Copies the list.
        public Excepted {
            signals = List.copyOf(signals);
        }

        /// Ids of events that carried it.
        public Set<String> eventIds() {
            return signals.stream().map(signal -> signal.evidence().eventId()).collect(Collectors.toSet());
        }
    }

    /// How many quarter hours before the ones that are judged must be known: a story's score compounds with the one before
    /// it, and both begin with windows of calls that may reach back.
    public int quartersBefore() {
        return 1 + quartersOfWindow();
    }

    private int quartersOfWindow() {
        return (detectors.ofRates().stream().mapToInt(Detector.OfRates::minutes).max().orElse(1) + 14) / 15;
    }

    /// Judges the stories of a principal.
    ///
    /// @param agent what is expected of it
    /// @param principal whose history it is
    /// @param since second since 1970: stories that ended before are not judged, but for those of windows of calls that
    ///         reach beyond it
    public Judgement judge(Agent agent, Principal principal, History history, long since) {
        Map<Story.Key, List<Part>> stories = new HashMap<>();
        Profile profile = history.profile();
        Set<Story.Key> reaching = new HashSet<>();
        long reach = Long.MAX_VALUE;
        history.stories().forEach((key, story) -> stories.put(key,
                story.holding(profile, signal -> detectors.weighed(signal, profile))));
        for (Detector.OfRates detector : detectors.ofRates()) {
            if (modes.get(detector.id()) != Mode.OFF) {
                for (Signal signal : detector.examine(agent, principal, history.activity(), profile)) {
                    Story.Key story = Story.Key.of(null, signal.at());
                    Window window = Objects.requireNonNull(signal.window());
                    stories.computeIfAbsent(story, key -> new ArrayList<>()).add(Part.of(signal, window));
                    if (story.end() > since || window.last().second() >= since) {
                        reaching.add(story);
                        reach = Math.min(reach, Math.min(story.quarter() - quartersBefore(),
                                Story.Key.quarterOf(window.first().second()) - quartersOfWindow()));
                    }
                }
            }
        }
        Map<Story.Key, Chapter> chapters = new HashMap<>();
        List<Excepted> excepted = new ArrayList<>();
        stories.forEach((key, parts) -> {
            Story.Key previous = key.previous();
            List<Part> before = previous == null ? List.of() : stories.getOrDefault(previous, List.of());
            chapters.put(key, chapter(agent, afterRefusal(apart(parts, before), before),
                    signals -> excepted.add(new Excepted(key, signals))));
        });
        Map<String, Judged> findings = new LinkedHashMap<>();
        chapters.entrySet().stream()
                .filter(entry -> entry.getKey().end() > since || reaching.contains(entry.getKey())).flatMap(entry -> {
                    Story.Key previous = entry.getKey().previous();
                    Chapter before = previous == null ? null : chapters.get(previous);
                    Finding finding = finding(agent, principal, entry.getKey(), entry.getValue(), before);
                    return finding == null ? Stream.of() : Stream.of(new Judged(entry.getKey(), finding));
                }).sorted(Comparator.comparing(Judged::finding, FIRST_SEEN))
                .forEach(judged -> findings.put(judged.finding().id(), judged));
        return new Judgement(findings, excepted, reach);
    }

    /// Judges what an audit found of a state that lasts; empty when it is no finding, or the detector is off.
    ///
    /// @param detector whose signals these are
    /// @param signals one for each step, dated when they were found
    /// @param since when it was found first: the finding's id follows from it, so that it stays as long as the state does
    public Optional<Judged> judgeState(Agent agent, Principal principal, String detector, List<Signal> signals,
            Instant since) {
        if (modes.get(detector) == Mode.OFF) {
            return Optional.empty();
        }
        List<Part> parts = new ArrayList<>();
        for (Signal signal : signals) {
            DistinctCount found = new DistinctCount();
            found.add(Step.of(signal).text());
            parts.add(new Part(List.of(signal), found, new Sighting(since.getEpochSecond(), ""), signal.at()));
        }
        Story.Key key = new Story.Key(detector, Story.Key.quarterOf(since.getEpochSecond()));
        Finding finding = finding(agent, principal, key, chapter(agent, parts, excepted -> {
        }), null);
        return finding == null ? Optional.empty() : Optional.of(new Judged(key, finding.ofState()));
    }

    /// The order of findings: undated ones first, then by first event, then by id.
    public static final Comparator<Finding> FIRST_SEEN = Comparator
            .comparing((Finding finding) -> finding.firstSeen() == null ? Instant.MIN : finding.firstSeen())
            .thenComparing(Finding::id);

    /// A deed that succeeds after it was refused, in this or the previous quarter hour, is worth more than one that succeeds
    /// at once: somebody found the way. Never enough to become critical; and what was only learned keeps its bounds.
    private static List<Part> afterRefusal(List<Part> parts, List<Part> before) {
        List<Signal> refused = Stream.concat(parts.stream(), before.stream())
                .flatMap(part -> part.signals().stream())
                .filter(signal -> signal.outcome() == Outcome.DENIED && signal.action() != null).toList();
        return refused.isEmpty()
                ? parts
                : parts.stream().map(part -> part.mapped(s -> afterRefusal(s, refused))).toList();
    }

    private static Signal afterRefusal(Signal signal, List<Signal> refused) {
        Sighting at = signal.at();
        if (signal.outcome() != Outcome.SUCCEEDED || at == null || signal.score() >= CRITICAL || signal.isLearned()) {
            return signal;
        }
        long times = refused.stream()
                .filter(other -> other.at() != null && other.at().compareTo(at) < 0
                        && other.detector().equals(signal.detector())
                        && Objects.equals(other.action(), signal.action()))
                .count();
        return times == 0
                ? signal
                : signal.with(Math.min(CRITICAL - 1, signal.score() + FOUND_THE_WAY),
                        "; it was refused " + (times == 1 ? "once" : times + " times") + " before it succeeded");
    }

    /// Takes out what is merely new beside what a rule tells, in this or the previous quarter hour: new work brings both,
    /// and the same call would count twice.
    private static List<Part> apart(List<Part> parts, List<Part> before) {
        boolean told = Stream.concat(parts.stream(), before.stream()).flatMap(part -> part.signals().stream())
                .anyMatch(signal -> signal.score() >= LEAST && !signal.isLearned());
        return told
                ? parts.stream().map(part -> part.without(Judge::isMerelyNew)).flatMap(Optional::stream).toList()
                : parts;
    }

    /// Whether a signal tells of one or a few new things, not of many at once.
    private static boolean isMerelyNew(Signal signal) {
        return signal.detector().equals(Detectors.NEW_SERVICE) && signal.score() < MANY_NEW;
    }

    /// What counts of one story.
    ///
    /// @param strongest the strongest signal of each step, leading one first
    /// @param all all signals, leading one first
    /// @param parts the parts they are from
    private record Chapter(List<Signal> strongest, List<Signal> all, List<Part> parts) {
    }

    /// @param excepted takes the signals of each step that exceptions take out
    private Chapter chapter(Agent agent, List<Part> parts, Consumer<List<Signal>> excepted) {
        List<Part> counting = new ArrayList<>();
        for (Part part : parts) {
            List<Signal> grave = part.signals().stream().filter(signal -> signal.score() >= LEAST).toList();
            List<Signal> signals = grave.stream().filter(signal -> !exceptions.cover(agent.name(), signal)).toList();
            if (signals.isEmpty() && !grave.isEmpty()) {
                excepted.accept(grave);
            } else if (!signals.isEmpty()) {
                counting.add(new Part(signals, part.events(), part.first(), part.last()));
            }
        }
        List<Signal> all = counting.stream().flatMap(part -> part.signals().stream()).sorted(LEADING).toList();
        Map<Step, Signal> strongest = new LinkedHashMap<>();
        all.forEach(signal -> strongest.putIfAbsent(Step.of(signal), signal));
        return new Chapter(List.copyOf(strongest.values()), all, counting);
    }

    /// Highest score first; equals in the order of the detectors' table, then of events.
    private static final Comparator<Signal> LEADING = Comparator.comparingInt(Signal::score).reversed()
            .thenComparingInt(signal -> Detectors.order(signal.detector())).thenComparing(Signal.STRONGEST)
            .thenComparing(signal -> Step.of(signal).text());

    private @Nullable Finding finding(Agent agent, Principal principal, Story.Key key, Chapter chapter,
            @Nullable Chapter before) {
        List<Signal> signals = chapter.strongest();
        if (signals.isEmpty()) {
            return null;
        }
        Signal leading = signals.getFirst();
        List<Signal> earlier = before == null
                ? List.of()
                : before.strongest().stream().filter(signal -> !isMerelyNew(signal)).toList();
        int score = score(signals, earlier);
        List<Signal> live = signals.stream().filter(this::isLive).toList();
        int liveScore = live.isEmpty() ? 0 : score(live, earlier.stream().filter(this::isLive).toList());
        DistinctCount events = new DistinctCount();
        Sighting first = null;
        Sighting last = null;
        for (Part part : chapter.parts()) {
            events.merge(part.events());
            first = Story.earlier(first, part.first());
            last = Story.later(last, part.last());
        }
        Window window = leading.window();
        String account = principal.account().isEmpty()
                ? String.valueOf(leading.evidence().account())
                : principal.account();
        return new Finding(hash(account, principal.arn(), text(key.session()), String.valueOf(key.quarter())),
                hash(account, principal.arn(), leading.detector(), text(leading.action()), text(leading.target())),
                Severity.of(score), score, Severity.of(liveScore), title(agent, leading, signals.size()),
                agent.name(), agent.listed(), principal, key.session(), leading.evidence().channel(), account,
                leading.evidence().awsRegion(), leading.evidence().human(),
                first == null ? null : first.time(), last == null ? null : last.time(),
                window != null ? window.count() : events.count(), signals, eventIds(chapter));
    }

    private boolean isLive(Signal signal) {
        return modes.get(signal.detector()) != Mode.DRY_RUN;
    }

    /// Noisy-or over the strongest signal of each detector in this quarter hour and the one before. Compounding raises severity by one step at most over this quarter hour's own strongest signal, and
    /// never into critical, which needs a succeeded signal of 90 or more of this quarter hour.
    static int score(List<Signal> now, List<Signal> before) {
        Map<String, Integer> strongest = new HashMap<>();
        for (List<Signal> signals : List.of(now, before)) {
            for (Signal signal : signals) {
                strongest.merge(signal.detector(), signal.score(), Math::max);
            }
        }
        double quiet = 1;
        for (int score : strongest.values().stream().sorted().toList()) {
            quiet *= 1 - score / 100.0;
        }
        int own = now.stream().mapToInt(Signal::score).max().orElse(0);
        boolean critical = now.stream()
                .anyMatch(signal -> signal.score() >= CRITICAL && signal.outcome() == Outcome.SUCCEEDED);
        Severity allowed = Severity.of(own).next();
        if (!critical && allowed == Severity.CRITICAL) {
            allowed = Severity.HIGH;
        }
        return Math.min((int) Math.round(100 * (1 - quiet)), allowed.most());
    }

    /// Ids of the events that carry a signal, strongest first: one for each step, then more as long as there is room.
    private static List<String> eventIds(Chapter chapter) {
        Set<String> chosen = new LinkedHashSet<>();
        chapter.strongest().stream().limit(Finding.MAX_EVENT_IDS)
                .forEach(signal -> chosen.add(signal.evidence().eventId()));
        for (Signal signal : chapter.all()) {
            if (chosen.size() >= Finding.MAX_EVENT_IDS) {
                break;
            }
            chosen.add(signal.evidence().eventId());
        }
        return chapter.all().stream().map(signal -> signal.evidence().eventId()).distinct().filter(chosen::contains)
                .toList();
    }

    private static String title(Agent agent, Signal leading, int steps) {
        String more = steps == 1 ? "" : ", and " + (steps - 1) + " more";
        if (steps > 1 && !Detectors.isOfState(leading.detector())) {
            more += steps == 2 ? " step" : " steps";
        }
        String title = (agent.name() + " " + leading.headline()).codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .limit(LONGEST_TITLE - more.length()).mapToObj(Character::toString).collect(Collectors.joining());
        return title + more;
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    /// A stable name of sixteen hexadecimal digits for parts that an agent may choose: each is preceded by its length,
    /// so that no two lists of parts read the same.
    static String hash(String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                digest.update((part.length() + ":" + part).getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }
}
