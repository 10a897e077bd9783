package io.trailsentry.posture;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Roster;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Story;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.publish.SafeText;
import io.trailsentry.publish.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The end-to-end probe: makes one call with an agent's credentials that can change nothing, and follows it to the finding,
/// or says where it stopped. Confined to one thread.
///
/// The call is `dynamodb:DeleteTable` of a table whose name is made up at random. Whether AWS refuses it or finds no such
/// table, it is a management event, and by itself a finding of low severity: told to the SIEM's topic, and to nobody else.
public final class Probe {
    /// What is called.
    static final String ACTION = "dynamodb:DeleteTable";

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    /// Not one of TrailSentry's own names, for to delete those is no small matter.
    private static final String PREFIX = "nonexistent-probe-";
    private static final int LONG = 400;

    private final Place place;
    private final Roster roster;
    private final Ports ports;
    private final Memory memory;
    private final InstantSource clock;
    private final AwsLastAccessed.Pause pause;
    private final Consumer<String> out;

    /// What the probe goes over.
    public interface Ports {
        /// Whose credentials the call is made with.
        ///
        /// @throws RefusedException when there are none, or they are not accepted
        Principal caller() throws RefusedException;

        /// Deletes a table that is not there, with those credentials.
        ///
        /// @throws RefusedException when AWS was not reached
        Made deleteTable(String region, String table) throws RefusedException;

        /// Whether CloudTrail's event history of a Region has the call.
        boolean recorded(String region, Made made) throws RefusedException;

        /// What CloudWatch counted of a metric since a time; 0 for what it does not know.
        ///
        /// @param dimension its only one
        double count(String region, String namespace, String metric, String dimension, String value, Instant since)
                throws RefusedException;
    }

    /// The call as it was made.
    ///
    /// @param requestId by which its event is known
    /// @param result the error that AWS answered
    public record Made(String requestId, String result) {
    }

    /// @param roster whose agents' calls are followed
    /// @param memory what the function remembers
    /// @param pause waits between two questions
    /// @param out takes a line for each stage
    public Probe(Place place, Roster roster, Ports ports, Memory memory, InstantSource clock,
            AwsLastAccessed.Pause pause, Consumer<String> out) {
        this.place = place;
        this.roster = roster;
        this.ports = ports;
        this.memory = memory;
        this.clock = clock;
        this.pause = pause;
        this.out = out;
    }

    /// Calls, and follows the call.
    ///
    /// @param region where to call
    /// @param most how long to follow it
    /// @return whether it became a finding that the topic of findings was told
    /// @throws RefusedException when no call was made
    public boolean run(String region, Duration most) throws RefusedException, InterruptedException {
        if (!place.watchedRegions().contains(region)) {
            throw new RefusedException(region + " is no watched Region, so nothing there would be seen; watched: "
                    + String.join(", ", place.watchedRegions()));
        }
        Principal caller = ports.caller();
        Agent agent = roster.agentOf(caller);
        if (!agent.listed()) {
            throw new RefusedException(safe(caller.arn()) + " is no agent by the configuration, so its calls are not "
                    + "watched; no call was made");
        }
        String table = PREFIX + UUID.randomUUID();
        out.accept("calling " + ACTION + " in " + region + " as " + safe(caller.arn()) + " (agent "
                + safe(agent.name()) + ") on " + table + ", which does not exist: nothing can change");
        Instant called = clock.instant();
        Made made = ports.deleteTable(region, table);
        line("called", called, "AWS answered " + safe(made.result()) + ", request " + safe(made.requestId()));
        Followed followed = follow(caller, made, called, most);
        if (!followed.told()) {
            line("stopped", called, "no finding was told; looking where it stopped");
            new Stop(region, made, called, followed).say();
        }
        return followed.told();
    }

    /// How far the call was seen to get.
    ///
    /// @param judged whether the function made a signal of it
    /// @param refusal why that cannot be told; null when it can
    private record Followed(boolean judged, boolean told, @Nullable String refusal) {
    }

    private Followed follow(Principal caller, Made made, Instant called, Duration most) throws InterruptedException {
        Instant end = called.plus(most);
        boolean judged = false;
        String refusal;
        do {
            refusal = null;
            try {
                Seen seen = seen(caller, made, called);
                if (seen != null && !judged) {
                    line("judged", called, "the function saw it");
                    judged = true;
                }
                if (seen != null && seen.ledger() != null) {
                    line("told", called, told(seen.finding(), seen.ledger()));
                    return new Followed(true, true, null);
                }
            } catch (MemoryException e) {
                refusal = safe(String.valueOf(e.getMessage()));
            }
            pause.of(INTERVAL);
        } while (clock.instant().isBefore(end));
        return new Followed(judged, false, refusal);
    }

    /// What memory has of the call.
    ///
    /// @param ledger what was told of its finding; null while the topic of findings was not
    private record Seen(String finding, @Nullable Ledger ledger) {
    }

    private @Nullable Seen seen(Principal caller, Made made, Instant called) throws MemoryException {
        long quarter = Story.Key.quarterOf(called.getEpochSecond());
        History history = memory.recall(Map.of(caller, new Span(quarter - 1, quarter + 1)), Set.of()).history(caller);
        for (Map.Entry<Story.Key, Story> story : history.stories().entrySet()) {
            if (story.getValue().signals().stream()
                    .anyMatch(signal -> made.requestId().equals(signal.evidence().requestId()))) {
                for (Map.Entry<String, Ledger> told : history.told().entrySet()) {
                    if (told.getValue().story().filter(story.getKey()::equals).isPresent()
                            && told.getValue().told(Topic.FINDINGS.name()) != null) {
                        return new Seen(told.getKey(), told.getValue());
                    }
                }
                return new Seen("", null);
            }
        }
        return null;
    }

    private static String told(String finding, Ledger ledger) {
        List<String> topics = new ArrayList<>();
        new TreeMap<>(ledger.byTopic()).forEach((topic, told) -> topics.add("trailsentry-"
                + topic.toLowerCase(Locale.ROOT) + " (" + told.severity().label()
                + (told.quiet() ? ", as known already" : "") + ")"));
        return "finding " + safe(finding) + " went to " + String.join(", ", topics);
    }

    private void line(String stage, Instant since, String text) {
        out.accept(String.format(Locale.ROOT, "%-12s %6d s  %s", stage,
                Duration.between(since, clock.instant()).toSeconds(), text));
    }

    private static String safe(String text) {
        return SafeText.PLAIN.text(text, LONG);
    }

    /// Whether something came by a stage.
    private interface Question {
        double ask() throws RefusedException;
    }

    /// Looks along the way for the first stage by which nothing came. Counts are of all events since the call: where there
    /// are none, it did not come either; where there are some, it may be among them.
    private final class Stop {
        private final String region;
        private final Made made;
        private final Followed followed;
        private final Instant since;
        private boolean found;

        Stop(String region, Made made, Instant called, Followed followed) {
            this.region = region;
            this.made = made;
            this.followed = followed;
            // CloudWatch counts by the minute.
            this.since = called.truncatedTo(ChronoUnit.MINUTES);
        }

        void say() {
            String home = place.region();
            boolean away = !region.equals(home);
            String rule = place.agentNames().isEmpty() ? "everything" : "agent-calls";
            if (followed.judged()) {
                stopped("told", "the function saw it, and told trailsentry-findings nothing of it",
                        "See whether an exception covers " + ACTION + ", and the log group trailsentry-detector.");
                return;
            }
            stage("recorded", "CloudTrail's event history of " + region,
                    () -> ports.recorded(region, made) ? 1 : 0,
                    "Event history can be 15 minutes late: look again with `aws cloudtrail lookup-events --region "
                            + region + " --lookup-attributes AttributeKey=EventName,AttributeValue=DeleteTable`.",
                    "cloudtrail:LookupEvents");
            if (away) {
                rule(region, "trailsentry-forward-" + rule, "matched", "forwarded");
            }
            rule(home, "trailsentry-" + rule, away ? "arrived" : "matched", "sent");
            stage("queued", "trailsentry-events", () -> count(home, "AWS/SQS", "NumberOfMessagesSent", "QueueName",
                    Deployment.EVENTS), "Run ./trailsentry doctor: it looks at the queue's policy and key.");
            stage("handled", Deployment.DETECTOR, () -> count(home, "AWS/Lambda", "Invocations", "FunctionName",
                    Deployment.DETECTOR), "Run ./trailsentry doctor: it looks at what feeds the function.");
            faulty("handled", home, "AWS/Lambda", "Errors", "FunctionName", Deployment.DETECTOR,
                    "See the log group trailsentry-detector, and trailsentry-dead-letters.");
            if (!found && followed.refusal() != null) {
                out.accept(String.format(Locale.ROOT, "%-12s %8s  %s", "judged", "",
                        "cannot tell: " + followed.refusal()));
            } else if (!found) {
                stopped("judged", "other events came by every stage, and the function remembers nothing of this call",
                        "See that the detector destructive-action is not off, the log group trailsentry-detector, and "
                                + "trailsentry-dead-letters.");
            }
        }

        private void rule(String where, String name, String matched, String sent) {
            stage(matched, "rule " + name + " in " + where,
                    () -> count(where, "AWS/Events", "MatchedEvents", "RuleName", name),
                    "Run ./trailsentry doctor: it looks at the trails and at this rule. See that AgentNames has the "
                            + "name of the agent's role.");
            stage(sent, "the target of " + name + " in " + where,
                    () -> count(where, "AWS/Events", "Invocations", "RuleName", name),
                    "Run ./trailsentry doctor: it looks at the rule's target.");
            faulty(sent, where, "AWS/Events", "FailedInvocations", "RuleName", name,
                    "See the dead letters of the rule, and the policy and key of its target.");
        }

        private double count(String where, String namespace, String metric, String dimension, String value)
                throws RefusedException {
            return ports.count(where, namespace, metric, dimension, value, since);
        }

        private void stage(String name, String what, Question question, String mend) {
            stage(name, what, question, mend, "cloudwatch:GetMetricData");
        }

        private void stage(String name, String what, Question question, String mend, String action) {
            if (found) {
                return;
            }
            try {
                double count = question.ask();
                if (count > 0) {
                    text(name, "yes: " + what + (name.equals("recorded")
                            ? " has it"
                            : " counted " + (long) count + " since, this one or others"));
                } else {
                    stopped(name, what + (name.equals("recorded") ? " does not have it" : " counted nothing since"),
                            mend);
                }
            } catch (RefusedException e) {
                text(name, "cannot tell: " + safe(e.reason()) + ". Allow " + action + " to who runs the probe.");
            }
        }

        /// Tells of failures beside what went well.
        private void faulty(String name, String where, String namespace, String metric, String dimension, String value,
                String mend) {
            if (found) {
                return;
            }
            try {
                double failed = count(where, namespace, metric, dimension, value);
                if (failed > 0) {
                    stopped(name, value + " in " + where + " failed " + (long) failed + " times since", mend);
                }
            } catch (RefusedException e) {
                // The stage itself has told that it cannot be asked.
            }
        }

        private void stopped(String name, String what, String mend) {
            found = true;
            text(name, "STOPPED HERE: " + what + ". " + mend);
        }

        private void text(String name, String text) {
            out.accept(String.format(Locale.ROOT, "%-12s %8s  %s", name, "", text));
        }
    }
}
