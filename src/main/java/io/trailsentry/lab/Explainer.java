package io.trailsentry.lab;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.finding.Story;
import io.trailsentry.lab.Explanation.Change;
import io.trailsentry.lab.Explanation.Opinion;
import io.trailsentry.lab.Explanation.Told;
import io.trailsentry.lab.Explanation.View;
import io.trailsentry.lab.Opinions.Keys;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Tells what was thought of one event in a history. Reads the history as `replay` does; a second time where the event was
/// made with credentials that somebody assumed. Not thread-safe.
public final class Explainer {
    private final TrailFiles reader = new TrailFiles();
    private final Source source;
    private final Watch watch;
    private final Replay.Listener listener;

    /// The configuration that is explained.
    ///
    /// @param file its name; null when there is none
    /// @param lines in which line each key stands
    /// @param requested patterns that stand in place of its roster; empty when they do not
    public record Source(Configuration configuration, @Nullable String file, Map<String, Integer> lines,
            List<PrincipalPattern> requested) {
        /// Copies the collections.
        public Source {
            lines = Map.copyOf(lines);
            requested = List.copyOf(requested);
        }
    }

    /// An explanation.
    ///
    /// @param unreadable values of the history that could not be read
    public record Explained(Explanation explanation, long unreadable) {
    }

    /// @param watch what the configuration asks for
    /// @param listener hears of the input on the way
    public Explainer(Source source, Watch watch, Replay.Listener listener) {
        this.source = source;
        this.watch = watch;
        this.listener = listener;
    }

    /// The events of a file with an id, or all of them; each once.
    ///
    /// @param id null: any
    public List<CloudTrailEvent> events(List<String> files, @Nullable String id) {
        Map<String, CloudTrailEvent> found = new LinkedHashMap<>();
        for (String file : files) {
            reader.read(file, (entry, position) -> {
                if (entry instanceof Recorded recorded && (id == null || id.equals(recorded.event().eventId()))) {
                    found.putIfAbsent(recorded.event().eventId(), recorded.event());
                }
            });
        }
        return List.copyOf(found.values());
    }

    /// Explains an event.
    ///
    /// @param files the history, the event's own file among them
    /// @throws IOException when temporary files cannot be used
    public Explained explain(CloudTrailEvent event, List<String> files) throws IOException {
        Map<Principal, Context> contexts = new LinkedHashMap<>();
        Map<Principal, Observation> showed = new LinkedHashMap<>();
        Sighting at = event.eventTime() == null
                ? null
                : new Sighting(event.eventTime().getEpochSecond(), event.eventId());
        watch.observe(event).forEach(observation -> contexts.put(observation.principal(), new Context(at)));
        Replay.Result result = replay(event, files, contexts, showed, listener);
        if (!contexts.keySet().containsAll(showed.keySet())) {
            // Whose role it was somebody's is known only now.
            showed.keySet().forEach(principal -> contexts.put(principal, new Context(at)));
            replay(event, files, contexts, new LinkedHashMap<>(), SILENT);
        }
        List<View> views = new ArrayList<>();
        showed.forEach((principal, observation) -> views
                .add(view(event, at, observation, Objects.requireNonNull(contexts.get(principal)), result.findings())));
        String error = event.errorCode() == null ? "" : " (" + event.errorCode() + ")";
        return new Explained(new Explanation(event.eventId(), ApiAction.of(event.eventSource(), event.eventName()),
                event.eventTime() == null ? null : event.eventTime().toString(), event.awsRegion(), event.account(),
                Outcome.of(event).label() + error, views, views.isEmpty() ? nobody(event) : "",
                views.isEmpty() ? listing(event) : null), result.unreadable());
    }

    private Replay.Result replay(CloudTrailEvent event, List<String> files, Map<Principal, Context> contexts,
            Map<Principal, Observation> showed, Replay.Listener hears) throws IOException {
        return new Replay(watch, new Replay.Listener() {
            @Override
            public void file(String file, int number, int of) {
                hears.file(file, number, of);
            }

            @Override
            public void remark(Position position, String what, boolean lost) {
                hears.remark(position, what, lost);
            }

            @Override
            public void observed(Observation observation) {
                Context context = contexts.get(observation.principal());
                if (context != null) {
                    context.add(observation);
                }
                if (observation.eventId().equals(event.eventId())) {
                    showed.putIfAbsent(observation.principal(), observation);
                }
            }
        }).run(reader, files);
    }

    private static final Replay.Listener SILENT = new Replay.Listener() {
        @Override
        public void file(String file, int number, int of) {
            // Said already.
        }

        @Override
        public void remark(Position position, String what, boolean lost) {
            // Said already.
        }
    };

    private static @Nullable Principal principal(CloudTrailEvent event) {
        return Principal.of(event.userIdentity(), event.recipientAccountId());
    }

    private String nobody(CloudTrailEvent event) {
        Principal principal = principal(event);
        if (principal == null) {
            return "nobody's: the event names no caller";
        }
        if (principal.kind() == Kind.SERVICE) {
            return "nobody's: the AWS service " + principal.name() + " acted for itself";
        }
        return "nobody's: " + principal.arn() + (source.requested().isEmpty()
                ? " is on no roster, and the call came by " + Channel.of(event).name() + ", not through an MCP server"
                : " is none of those that --agent names");
    }

    private @Nullable Change listing(CloudTrailEvent event) {
        Principal principal = principal(event);
        return principal == null || principal.kind() == Kind.SERVICE || !source.requested().isEmpty()
                ? null
                : keys(null).at("agents", "list " + principal.arn());
    }

    private Keys keys(@Nullable String agent) {
        return new Keys(source.file(), source.lines(), agent);
    }

    private View view(CloudTrailEvent event, @Nullable Sighting at, Observation observation, Context context,
            List<Finding> findings) {
        Principal principal = observation.principal();
        Agent agent = watch.roster().agentOf(principal);
        Call own = watch.roster().recognise(event);
        boolean anybody = own == null && principal.equals(principal(event));
        boolean borrowed = !anybody && (own == null || !own.principal().equals(principal));
        boolean victim = observation.marks().isEmpty() && observation.traits().isEmpty()
                && observation.signals().stream().anyMatch(signal -> signal.detector().equals("perimeter-change"));
        Call call = own != null && !borrowed
                ? own
                : watch.roster().recognise(event, new Lender(principal, observation.session()));
        Recognised recognised = recognised(principal, agent);
        String because = victim
                ? "somebody else, " + name(event) + ", changed its perimeter" + (observation.signals().stream()
                        .anyMatch(signal -> signal.headline().startsWith("may have ")) ? ", or may have" : "")
                : anybody
                        ? "it is on no roster, but changed what watches agents"
                        : borrowed
                                ? recognised.because() + "; it assumed " + name(event) + ", whose session this is"
                                : recognised.because();
        Keys keys = keys(recognised.key());
        List<Signal> windows = findings.stream().filter(finding -> finding.principal().equals(principal))
                .flatMap(finding -> finding.signals().stream())
                .filter(signal -> at != null && Opinions.covers(signal, at)).toList();
        Opinions all = new Opinions(source.configuration(), watch.detectors(), call, context, windows, keys, at);
        List<Opinion> opinions = victim || anybody ? all.of(observation.signals()) : all.all();
        return new View(agent.name(), principal.arn(), because, call.channel().name(), observation.session(),
                call.human(), context.toString(), opinions, stories(observation, at, opinions, findings));
    }

    private static String name(CloudTrailEvent event) {
        Principal principal = principal(event);
        return principal == null ? "somebody" : principal.arn();
    }

    /// Why a principal is an agent.
    ///
    /// @param key of its entry in the configuration; null when it has none
    private record Recognised(String because, @Nullable String key) {
    }

    private Recognised recognised(Principal principal, Agent agent) {
        for (PrincipalPattern pattern : source.requested()) {
            if (pattern.matches(principal)) {
                return new Recognised("--agent " + pattern + " means it", null);
            }
        }
        List<Roster.Entry> entries = source.configuration().agents();
        for (int i = 0; i < entries.size(); i++) {
            List<PrincipalPattern> principals = entries.get(i).principals();
            for (int j = 0; j < principals.size(); j++) {
                if (principals.get(j).matches(principal)) {
                    String key = "agents[" + i + "].principals[" + j + "]";
                    Integer line = source.lines().get(key);
                    boolean itself = principals.get(j).toString().equals(principal.arn());
                    return new Recognised(
                            key + (line == null ? "" : ", " + source.file() + ":" + line)
                                    + (itself ? "" : ", " + principals.get(j) + " means it"),
                            "agents[" + i + "]");
                }
            }
        }
        return new Recognised(agent.listed()
                ? Roster.DEFAULT_ROLE + " is watched where no agent is configured"
                : "it is on no roster, and came through an MCP server", null);
    }

    /// The stories that an event is part of, and the one of its session and quarter hour in any case.
    private List<Told> stories(Observation observation, @Nullable Sighting at, List<Opinion> opinions,
            List<Finding> findings) {
        List<Told> stories = new ArrayList<>();
        for (Finding finding : findings) {
            if (!finding.principal().equals(observation.principal())) {
                continue;
            }
            boolean spoke = finding.signals().stream()
                    .anyMatch(signal -> opinions.stream().anyMatch(opinion -> opinion.score() != null
                            && opinion.score() >= 20 && opinion.detector().equals(signal.detector())));
            if (finding.session() == null) {
                if (at != null && spoke && finding.signals().stream().anyMatch(signal -> Opinions.covers(signal, at))) {
                    stories.add(new Told(finding, true, told(finding)));
                }
            } else if (finding.session().equals(observation.session())
                    && Story.Key.of(finding.session(), first(finding)).equals(
                            Story.Key.of(observation.session(), at))) {
                stories.add(new Told(finding, spoke, told(finding)));
            }
        }
        return stories;
    }

    private static @Nullable Sighting first(Finding finding) {
        Instant first = finding.firstSeen();
        return first == null ? null : new Sighting(first.getEpochSecond(), "");
    }

    private List<String> told(Finding finding) {
        List<String> readers = new ArrayList<>();
        readers.add("feed");
        if (finding.liveSeverity().isAtLeast(Severity.MEDIUM)) {
            readers.add("people");
        }
        if (finding.liveSeverity().isAtLeast(source.configuration().alerting().pageAt())) {
            readers.add("pager");
        }
        return readers;
    }
}
