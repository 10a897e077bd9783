package io.trailsentry.lab;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Gauge;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Exceptions.Gap;
import io.trailsentry.finding.Mode;
import io.trailsentry.lab.Explanation.Change;
import io.trailsentry.lab.Explanation.Opinion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What each detector thought of one call, and which line of the configuration would change that. Confined to one
/// explanation.
final class Opinions {
    /// What is worth less does not count.
    private static final int LEAST = 20;

    private final Configuration configuration;
    private final Detectors detectors;
    private final Call call;
    private final Context context;
    private final List<Signal> windows;
    private final Keys keys;
    private final @Nullable Sighting at;

    /// @param windows signals about many calls around this one, as they were found
    /// @param keys where the agent and everything else stand in the configuration
    /// @param at when the call was; null when it has no time
    Opinions(Configuration configuration, Detectors detectors, Call call, Context context, List<Signal> windows,
            Keys keys, @Nullable Sighting at) {
        this.windows = List.copyOf(windows);
        this.configuration = configuration;
        this.detectors = detectors;
        this.call = call;
        this.context = context;
        this.keys = keys;
        this.at = at;
    }

    /// All opinions, in the order of the detectors.
    List<Opinion> all() {
        List<Opinion> opinions = new ArrayList<>();
        for (String id : Detectors.IDS) {
            List<Detector.OfCalls> ofCalls = detectors.ofCalls().stream().filter(one -> one.id().equals(id)).toList();
            List<Detector.OfRates> ofRates = detectors.ofRates().stream().filter(one -> one.id().equals(id)).toList();
            if (ofCalls.isEmpty() && ofRates.isEmpty()) {
                continue;
            }
            if (configuration.modes().get(id) == Mode.OFF) {
                opinions.add(new Opinion(id, null, "off", keys.at("detectors." + id + ".mode", "live")));
                continue;
            }
            if (!ofCalls.isEmpty()) {
                List<Signal> signals = ofCalls.stream().flatMap(detector -> detector.examine(call).stream()).toList();
                opinions.addAll(signals.isEmpty() ? List.of(silent(ofCalls.getFirst())) : of(signals));
            }
            for (Detector.OfRates detector : ofRates) {
                if (!counted(detector).isEmpty()) {
                    opinions.addAll(of(detector));
                } else if (ofCalls.isEmpty()) {
                    opinions.add(new Opinion(id, null, "such a call does not count", null));
                }
            }
        }
        return opinions;
    }

    /// Opinions that were given.
    List<Opinion> of(List<Signal> signals) {
        return signals.stream().map(this::spoken).toList();
    }

    /// A signal of a detector, as far as it holds.
    private Opinion spoken(Signal signal) {
        Premise premise = signal.premise();
        if (premise != null && at != null && context.profile().seenBefore(premise.unseen(), at, premise.days())) {
            Sighting last = context.last(premise.unseen());
            return new Opinion(signal.detector(), null,
                    "not new: " + premise.unseen().kind() + " " + premise.unseen().value() + " was seen within "
                            + premise.days() + " days before" + (last == null ? "" : ", last " + last.time()),
                    null);
        }
        if (signal.isLearned() && at == null) {
            return new Opinion(signal.detector(), null, "a call without a time has nothing before it to be new beside",
                    null);
        }
        Signal weighed = detectors.weighed(signal, context.profile());
        String words = weighed.headline() + ": " + weighed.reason();
        return weighed.score() == 0
                ? new Opinion(signal.detector(), null, weighed.reason(), null)
                : weighed(weighed, words, change(signal));
    }

    /// A signal that holds, by what exceptions, its score and its detector's mode make of it.
    private Opinion weighed(Signal signal, String words, @Nullable Change change) {
        String detector = signal.detector();
        int score = signal.score();
        if (score < LEAST) {
            return new Opinion(detector, score, words + "; under " + LEAST + ", so it does not count", change);
        }
        List<Exceptions.Entry> entries = configuration.exceptions().entries();
        for (int i = 0; i < entries.size(); i++) {
            Exceptions.Entry entry = entries.get(i);
            Gap gap = entry.gap(call.agent().name(), signal);
            if (gap == null) {
                return new Opinion(detector, null,
                        "excepted: " + entry.reason() + (entry.until() == null ? "" : ", until " + entry.until())
                                + "; else " + score + ", " + words,
                        keys.at("exceptions[" + i + "]", "delete it"));
            }
            String near = switch (gap) {
                case OVER -> "an exception ran out on " + entry.until();
                case CRITICAL -> "an exception without end silences nothing critical";
                case UNDATED -> "an exception with an end silences nothing undated";
                case TARGET -> "an exception is for another target, " + entry.target();
                case DETECTOR, ACTION, AGENT -> "";
            };
            if (!near.isEmpty()) {
                return new Opinion(detector, score, words + "; " + near,
                        keys.at("exceptions[" + i + "]", "change it, if this is in order"));
            }
        }
        return configuration.modes().get(detector) == Mode.DRY_RUN
                ? new Opinion(detector, score, words + "; dry-run, so people are not told",
                        keys.at("detectors." + detector + ".mode", "live"))
                : new Opinion(detector, score, words, change);
    }

    /// The line that would have kept a signal away.
    private @Nullable Change change(Signal signal) {
        String target = signal.target();
        return switch (signal.detector()) {
            case "unusual-region" -> keys.ofAgent("regions",
                    (call.agent().regions() == null ? "list its Regions, with " : "add ") + target);
            case "unlisted-agent" -> keys.at("agents", "list " + call.principal().arn());
            case "credential-leak" -> signal.isLearned()
                    ? exception(signal)
                    : call.channel().name().equals(target)
                            ? keys.ofAgent("channel", "any")
                            : target != null && target.equals(call.event().account())
                                    ? keys.ofAgent("environment", "that of account " + target)
                                    : exception(signal);
            case "privilege-escalation" -> call.action().startsWith("sts:AssumeRole")
                    ? keys.ofAgent("assumable-roles", "add " + target)
                    : exception(signal);
            default -> exception(signal);
        };
    }

    private Change exception(Signal signal) {
        return keys.at("exceptions", "add { detector: " + signal.detector() + ", agent: "
                + ExceptionProposal.quoted(call.agent().name())
                + (signal.action() == null ? "" : ", action: " + ExceptionProposal.quoted(signal.action()))
                + (signal.target() == null ? "" : ", target: " + ExceptionProposal.quoted(signal.target()))
                + ", until: DATE, reason: TEXT }");
    }

    /// Why a detector has nothing to say of the call.
    private Opinion silent(Detector.OfCalls detector) {
        String id = detector.id();
        return switch (id) {
            case "unusual-region" -> region(detector);
            case "unlisted-agent" -> new Opinion(id, null, call.agent().listed()
                    ? "it is on the roster"
                    : "this call did not come through an MCP server", null);
            case "credential-leak" -> channel(id);
            default -> new Opinion(id, null, detectors.catalogue().serves(id)
                    ? uncatalogued(id)
                    : "has nothing to say of this call", null);
        };
    }

    private Opinion region(Detector.OfCalls detector) {
        Agent nowhere = new Agent(call.agent().name(), true, null, Set.of(), null, false, null, Set.of());
        if (detector.examine(new Call(nowhere, call.principal(), call.session(), call.channel(), call.human(),
                call.action(), call.event())).isEmpty()) {
            return new Opinion(detector.id(), null, "such a call does not say in which Region it works", null);
        }
        return call.agent().regions() == null
                ? new Opinion(detector.id(), null, "no Regions are listed for it",
                        keys.ofAgent("regions", "list its Regions"))
                : new Opinion(detector.id(), null, call.event().awsRegion() + " is one of its Regions",
                        keys.ofAgent("regions", "take " + call.event().awsRegion() + " out"));
    }

    private Opinion channel(String id) {
        if (!call.agent().mcpOnly()) {
            return new Opinion(id, null, "any channel is allowed", keys.ofAgent("channel", "mcp"));
        }
        return new Opinion(id, null, call.channel().equals(Channel.MCP)
                ? "it came through an MCP server, as it should"
                : call.channel().name() + " is allowed for such a call beside an MCP server", null);
    }

    private String uncatalogued(String id) {
        if (call.isRead() && Outcome.isNotFound(call.event())) {
            return "a read of something that is not there says nothing";
        }
        List<String> deeds = detectors.catalogue().deeds(id, call.action());
        if (deeds.isEmpty()) {
            return call.action() + " is not in its catalogue";
        }
        return (call.channel().isService()
                ? "a service made the call for it, and of those only grave ones count: "
                : "its catalogue knows the action, but this is none of: ") + String.join("; ", deeds);
    }

    private List<Opinion> of(Detector.OfRates detector) {
        List<Mark> marks = counted(detector);
        if (at == null) {
            return List.of(new Opinion(detector.id(), null, "a call without a time is in no window", null));
        }
        List<Gauge> gauges = detector.gauges(call.agent(), context.profile(), at);
        List<Signal> told = windows.stream().filter(signal -> signal.detector().equals(detector.id())).toList();
        List<Signal> signals = told.isEmpty()
                ? detector.examine(call.agent(), call.principal(), context.near(), context.profile()).stream()
                        .filter(signal -> covers(signal, at)).sorted(Signal.STRONGEST).toList()
                : told;
        if (!signals.isEmpty()) {
            Change lower = gauges.stream().max(Comparator.comparingDouble(gauge -> reached(gauge, marks)))
                    .map(gauge -> threshold(detector.id(), gauge, "raise above " + gauge.above(most(gauge, marks))))
                    .orElse(null);
            return signals.stream().map(signal -> weighed(signal, signal.headline() + ": " + signal.reason(),
                    lower == null ? exception(signal) : lower)).toList();
        }
        if (gauges.isEmpty()) {
            return List.of(call.agent().hours() == null && detector.id().equals("off-hours-burst")
                    ? new Opinion(detector.id(), null, "no hours are set for it, and too little is learned",
                            keys.ofAgent("hours", "say when it works"))
                    : new Opinion(detector.id(), null, "nothing unusual in the calls around it", null));
        }
        if (gauges.stream().noneMatch(gauge -> gauge.counted().test(at.minute()))) {
            return List.of(new Opinion(detector.id(), null,
                    (detector.id().equals("call-burst") ? "outside its hours" : "within its hours")
                            + (call.agent().hours() == null ? ", as learned" : ", " + call.agent().hours()),
                    keys.ofAgent("hours", "change them")));
        }
        List<Gauge> measured = gauges.stream().filter(gauge -> most(gauge, marks) > 0).toList();
        if (measured.isEmpty()) {
            return List.of(new Opinion(detector.id(), null, "such a call does not count", null));
        }
        Gauge nearest = measured.stream().max(Comparator.comparingDouble(gauge -> reached(gauge, marks)))
                .orElseThrow();
        return List.of(new Opinion(detector.id(), null, "most in one window around it: "
                + measured.stream().map(gauge -> most(gauge, marks) + " of " + gauge.threshold() + " "
                        + gauge.name() + " in " + gauge.minutes() + " min"
                        + (gauge.isLearned() ? ", as learned" : "")).collect(Collectors.joining(", ")),
                nearest.configured() < nearest.threshold()
                        ? null
                        : threshold(detector.id(), nearest, "lower from " + nearest.configured())));
    }

    /// What the call counts as for a detector.
    private List<Mark> counted(Detector.OfRates detector) {
        return call.event().isMcpToolCall() ? List.of() : detector.marks(call);
    }

    private int most(Gauge gauge, List<Mark> marks) {
        return gauge.most().applyAsInt(context.around(gauge.minutes(), marks));
    }

    private double reached(Gauge gauge, List<Mark> marks) {
        return (double) most(gauge, marks) / gauge.threshold();
    }

    /// Whether an event lies in the window of a signal about many calls.
    static boolean covers(Signal signal, Sighting at) {
        Signal.Window window = signal.window();
        return window != null && window.first().compareTo(at) <= 0 && window.last().compareTo(at) >= 0;
    }

    private Change threshold(String detector, Gauge gauge, String what) {
        return keys.at("detectors." + detector + "." + gauge.name(), what);
    }

    /// Where things stand in the configuration.
    ///
    /// @param file null when there is none
    /// @param lines the lines by key
    /// @param agent key of the agent's entry, as in `agents[0]`; null when it has none
    record Keys(@Nullable String file, Map<String, Integer> lines, @Nullable String agent) {
        /// The line of a key, or that it is to be added.
        Change at(String key, String what) {
            return new Change(file, key, lines.get(key), what);
        }

        /// The same of a key of the agent's.
        Change ofAgent(String key, String what) {
            return agent == null
                    ? at("agents", "list the agent with " + key + ": " + what)
                    : at(agent + "." + key, what);
        }
    }
}
