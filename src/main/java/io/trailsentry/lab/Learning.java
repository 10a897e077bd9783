package io.trailsentry.lab;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Observation;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.Arn;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Learns a proposal for `trailsentry.yaml` from trail files. They are read several times: for the agents, for what these
/// do, and for what the proposal would have found. The order, doubling and splitting of the input change nothing. Not
/// thread-safe.
public final class Learning {
    private final TrailFiles reader = new TrailFiles();
    private final Catalogue catalogue;
    private final List<PrincipalPattern> requested;
    private final Replay.Listener listener;

    /// What was learned.
    ///
    /// @param yaml the proposal: a configuration without faults, evidence and what was left out in comments
    /// @param replay what it finds in the same files
    public record Learned(String yaml, Replay.Result replay) {
    }

    /// @param requested agents to learn beside those that came through a managed MCP server
    /// @param listener hears of the input on the way, once
    public Learning(Catalogue catalogue, List<PrincipalPattern> requested, Replay.Listener listener) {
        this.catalogue = catalogue;
        this.requested = List.copyOf(requested);
        this.listener = listener;
    }

    /// Learns from files.
    ///
    /// @param files as [TrailFiles#files] lists them, without standard input
    /// @throws IOException when temporary files cannot be used
    public Learned from(List<String> files) throws IOException {
        Collection<Habits> habits = habits(files);
        Proposal proposal = Proposal.of(habits, requested, Map.of());
        Thresholds thresholds = new Thresholds();
        Replay.Result result = replay(proposal, files, listener, thresholds);
        Map<String, Map<String, Thresholds.Raised>> raised = thresholds.raised();
        if (!raised.isEmpty()) {
            proposal = Proposal.of(habits, requested, raised);
            result = replay(proposal, files, SILENT, new Thresholds());
        }
        return new Learned(proposal.yaml() + Aftermath.comments(result.findings()), result);
    }

    private Replay.Result replay(Proposal proposal, List<String> files, Replay.Listener remarks,
            Thresholds thresholds) throws IOException {
        Configuration configuration = proposal.configuration();
        Watch watch = Watch.of(configuration, configuration.roster(), catalogue);
        Replay.Result result = new Replay(watch, new Replay.Listener() {
            @Override
            public void file(String file, int number, int of) {
                remarks.file(file, number, of);
            }

            @Override
            public void remark(Position position, String what, boolean lost) {
                remarks.remark(position, what, lost);
            }

            @Override
            public void observed(Observation observation) {
                thresholds.add(observation, watch);
            }
        }).run(reader, files);
        thresholds.finish(watch);
        return result;
    }

    /// What has been said of the files is true of the next reading.
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

    /// Reads the files for the principals that came through an MCP server, then for what these and the requested ones did,
    /// then for what they did in sessions of roles that they assumed.
    private Collection<Habits> habits(List<String> files) {
        Map<String, Habits> habits = new TreeMap<>();
        read(files, event -> {
            Principal principal = principal(event);
            if (principal != null && principal.kind() != Kind.SERVICE && Channel.of(event).equals(Channel.MCP)) {
                habits.putIfAbsent(key(principal), new Habits(principal));
            }
        });
        Detectors detectors = Detectors.of(catalogue, Map.of(), Map.of());
        Map<String, Lender> lenders = new HashMap<>();
        read(files, event -> {
            Principal principal = principal(event);
            Habits known = principal == null ? null : habits.get(key(principal));
            if (principal != null && known == null
                    && requested.stream().anyMatch(pattern -> pattern.matches(principal))) {
                known = new Habits(principal);
                habits.put(key(principal), known);
            }
            if (principal != null && known != null) {
                String session = event.userIdentity().principalId();
                note(call(event, principal, session == null ? principal.arn() : session), known, detectors, lenders);
            }
        });
        Set<String> followed = new HashSet<>();
        while (!followed.containsAll(lenders.keySet())) {
            Set<String> now = new HashSet<>(lenders.keySet());
            now.removeAll(followed);
            followed.addAll(now);
            read(files, event -> {
                String accessKey = Watch.borrowedKey(event);
                Lender lender = accessKey == null || !now.contains(accessKey) ? null : lenders.get(accessKey);
                Principal principal = principal(event);
                Habits known = lender == null ? null : habits.get(key(lender.principal()));
                if (lender != null && known != null && principal != null && !habits.containsKey(key(principal))) {
                    note(call(event, lender.principal(), lender.session()), known, detectors, lenders);
                }
            });
        }
        return habits.values();
    }

    private static void note(Call call, Habits habits, Detectors detectors, Map<String, Lender> lenders) {
        habits.add(call, detectors);
        String opened = call.openedKey();
        if (opened != null) {
            lenders.putIfAbsent(opened, new Lender(call.principal(), call.session()));
        }
    }

    /// A call by somebody of whom nothing at all is expected.
    private static Call call(CloudTrailEvent event, Principal principal, String session) {
        Agent agent = new Agent(principal.name(), true, null, Set.of(), null, true, List.of(), Set.of());
        return new Call(agent, principal, session, Channel.of(event), null,
                ApiAction.of(event.eventSource(), event.eventName()), event);
    }

    private static @Nullable Principal principal(CloudTrailEvent event) {
        return Principal.of(event.userIdentity(), event.recipientAccountId());
    }

    /// What a principal's records have in common, with and without its path.
    private static String key(Principal principal) {
        Arn arn = Arn.parse(principal.arn());
        return arn == null || arn.name().isEmpty()
                ? principal.arn()
                : String.join(":", arn.partition(), arn.account(), arn.kind(), arn.name()).toLowerCase(Locale.ROOT);
    }

    private void read(List<String> files, Consumer<CloudTrailEvent> sink) {
        for (int i = 0; i < files.size(); i++) {
            listener.file(files.get(i), i + 1, files.size());
            reader.read(files.get(i), (entry, position) -> {
                if (entry instanceof Recorded recorded) {
                    sink.accept(recorded.event());
                }
            });
        }
    }
}
