package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Reach;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.DescribeRuleResponse;
import software.amazon.awssdk.services.eventbridge.model.ListTargetsByRuleResponse;
import software.amazon.awssdk.services.eventbridge.model.ResourceNotFoundException;

/// The rules that deliver events: those of the stack at home, and those of a forwarder in each other watched Region.
final class Delivery {
    /// Plain `ENABLED` withholds read-only calls.
    private static final String STATE = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> OF_AGENTS = List.of("agent-calls", "perimeter-changes", "monitor-changes");
    private static final String AGENT_CALLS = "agent-calls";
    private static final String UNNAMED = "Calls of an agent that no rule names are not seen.";
    private static final int MOST_PAGES = 20;

    private Delivery() {
    }

    /// A rule.
    ///
    /// @param state as EventBridge names it
    /// @param pattern JSON; empty when it has none
    /// @param targets what each target's ARN gets: whether it is the event as it came
    record EventRule(String state, String pattern, Map<String, Boolean> targets) {
        EventRule {
            targets = Map.copyOf(targets);
        }
    }

    /// Rules by name; one that is not there has no entry.
    static SortedMap<String, Answer<Map<String, EventRule>>> read(Regions regions, Coverage.Scope scope) {
        return Everywhere.ask(scope.place().watchedRegions(), scope.place().region(), region -> {
            try (EventBridgeClient client = regions.client(EventBridgeClient.builder(), region)) {
                Map<String, EventRule> rules = new LinkedHashMap<>();
                for (String name : names(scope, region)) {
                    EventRule rule = rule(client, name);
                    if (rule != null) {
                        rules.put(name, rule);
                    }
                }
                return rules;
            }
        });
    }

    private static @Nullable EventRule rule(EventBridgeClient client, String name) throws RefusedException {
        DescribeRuleResponse rule = Answers.find(() -> client.describeRule(request -> request.name(name)),
                ResourceNotFoundException.class::isInstance);
        if (rule == null) {
            return null;
        }
        Map<String, Boolean> targets = new TreeMap<>();
        String next = null;
        for (int page = 0; page < MOST_PAGES && (page == 0 || next != null); page++) {
            @Nullable
            String token = next;
            ListTargetsByRuleResponse found = Answers.find(
                    () -> client.listTargetsByRule(request -> request.rule(name).nextToken(token)),
                    ResourceNotFoundException.class::isInstance);
            if (found == null) {
                return null; // It was removed in between.
            }
            found.targets().forEach(target -> targets.merge(target.arn(), target.input() == null
                    && target.inputPath() == null && target.inputTransformer() == null, Boolean::logicalOr));
            next = found.nextToken();
        }
        return new EventRule(String.valueOf(rule.stateAsString()),
                rule.eventPattern() == null ? "" : rule.eventPattern(), targets);
    }

    private static List<String> names(Coverage.Scope scope, String region) {
        String prefix = region.equals(scope.place().region()) ? "trailsentry-" : "trailsentry-forward-";
        return (scope.place().agentNames().isEmpty() ? List.of("everything") : OF_AGENTS).stream().map(prefix::concat)
                .toList();
    }

    /// What is wrong with a rule, and how it is mended in the Region `REGION`.
    private record Fault(int score, String said, String reason, String mend) {
    }

    /// A check for each rule's name, which tells the Regions where it is not as it should be.
    static List<Check> judge(Coverage.Scope scope, SortedMap<String, Answer<Map<String, EventRule>>> found) {
        Map<String, Faults> byName = new LinkedHashMap<>();
        Map<String, Integer> standing = new LinkedHashMap<>();
        Map<String, Map<Fault, List<String>>> faults = new LinkedHashMap<>();
        Map<String, Map<String, RefusedException>> refused = new LinkedHashMap<>();
        found.forEach((region, answer) -> {
            for (String name : names(scope, region)) {
                byName.computeIfAbsent(name, rule -> new Faults(Rule.RULE_STATE, scope.subject(), rule));
                standing.merge(name, 1, Integer::sum);
                if (answer.refusal() != null) {
                    refused.computeIfAbsent(name, rule -> new TreeMap<>()).put(region, answer.refusal());
                }
                if (answer.value() != null) {
                    for (Fault fault : faults(scope, region, name, answer.value().get(name))) {
                        faults.computeIfAbsent(name, rule -> new LinkedHashMap<>())
                                .computeIfAbsent(fault, same -> new ArrayList<>()).add(region);
                    }
                }
            }
        });
        List<Check> checks = new ArrayList<>();
        byName.forEach((name, gathered) -> {
            faults.getOrDefault(name, Map.of()).forEach((fault, regions) -> gathered.failure(fault.score(),
                    fault.said() + " in " + Faults.names(regions), fault.reason(),
                    fault.mend().replace("REGION", regions.getFirst())
                            + (regions.size() > 1 ? " The same in each of these Regions." : "")));
            Map<String, RefusedException> silent = refused.getOrDefault(name, Map.of());
            gathered.refused(silent, "events:DescribeRule and events:ListTargetsByRule");
            checks.add(gathered.check("has rule " + name + " as deployed in " + standing.get(name)
                    + (standing.getOrDefault(name, 0) == 1 ? " Region" : " Regions")));
        });
        return List.copyOf(checks);
    }

    /// Whether the rules can deliver the calls of every configured principal, and of everybody whom a glob means.
    static List<Check> reach(Coverage.Scope scope) {
        Reach reach = new Reach(scope.place().agentNames());
        List<Reach.Gap> gaps = reach.gaps(scope.roster());
        Map<String, Check> checks = new LinkedHashMap<>();
        for (Reach.Gap gap : gaps) {
            String name = gap.principal().toString();
            checks.computeIfAbsent(name, same -> Check.failure(Rule.AGENT_MATCHED, scope.subject(), 80, name,
                    "has no rule that delivers the calls of " + name, UNNAMED,
                    gap.mend().substring(0, 1).toUpperCase(Locale.ROOT) + gap.mend().substring(1) + "."));
        }
        for (Coverage.Agent agent : scope.agents()) {
            Principal principal = agent.subject().principal();
            if (!reach.delivers(principal) && gaps.stream().noneMatch(gap -> gap.principal().matches(principal))) {
                checks.computeIfAbsent(principal.arn(), same -> Check.failure(Rule.AGENT_MATCHED, scope.subject(), 80,
                        principal.arn(), "has no rule that delivers the calls of " + principal.name(), UNNAMED,
                        "Add " + principal.name() + " to AgentNames, or set Watch to everything."));
            }
        }
        return checks.isEmpty()
                ? List.of(Check.ok(Rule.AGENT_MATCHED, scope.subject(), null,
                        "has rules that deliver the calls of every agent"))
                : List.copyOf(checks.values());
    }

    private static List<Fault> faults(Coverage.Scope scope, String region, String name, @Nullable EventRule rule) {
        boolean home = region.equals(scope.place().region());
        int score = name.endsWith(AGENT_CALLS) || name.endsWith("everything") ? 80 : 70;
        if (rule == null) {
            return List.of(new Fault(score, "has no rule " + name, "What it would deliver is not seen.",
                    "Deploy once with the other value of Watch and once with this one, which makes the rule anew."));
        }
        List<Fault> faults = new ArrayList<>();
        if (!rule.state().equals(STATE)) {
            faults.add(new Fault(rule.state().equals("ENABLED") ? 60 : score,
                    "has rule " + name + " in the state " + rule.state(),
                    rule.state().equals("ENABLED")
                            ? "In this state EventBridge withholds read-only calls."
                            : "What it would deliver is not seen.",
                    "Run `aws events put-rule --region REGION --name " + name + " --state " + STATE
                            + " --event-pattern \"$(aws events describe-rule --region REGION --name " + name
                            + " --query EventPattern --output text)\"`."));
        }
        String target = home ? scope.arn("sqs", "trailsentry-events") : scope.arn("events", "event-bus/default");
        Boolean whole = rule.targets().get(target);
        if (!Boolean.TRUE.equals(whole)) {
            faults.add(new Fault(score,
                    whole == null
                            ? "has rule " + name + " without its target"
                            : "has rule " + name + " that changes what it sends",
                    "What it would deliver is not seen.",
                    "Deploy once with the other value of Watch and once with this one, which makes the rule anew."));
        }
        if (name.endsWith(AGENT_CALLS)) {
            TreeSet<String> unnamed = new TreeSet<>(scope.place().agentNames());
            unnamed.removeAll(named(rule.pattern()));
            if (!unnamed.isEmpty()) {
                faults.add(new Fault(score, "has rule " + name + " that does not deliver all calls of "
                        + Faults.names(unnamed), UNNAMED,
                        "Deploy with these names in AgentNames; if they are in it, deploy once without and once with "
                                + "them."));
            }
        }
        return faults;
    }

    /// Names whose calls a pattern delivers, whether roles or users have them; none when it is narrower than deployed.
    static List<String> named(String pattern) {
        try {
            JsonNode root = JSON.readTree(pattern);
            boolean wide = root.path("source").equals(JSON.readTree("[{\"prefix\":\"aws.\"}]"))
                    && root.path("detail-type").equals(JSON.readTree("[{\"suffix\":\" via CloudTrail\"}]"))
                    && root.size() == 3 && root.path("detail").size() == 1;
            List<String> roles = new ArrayList<>();
            List<String> users = new ArrayList<>();
            for (JsonNode branch : root.at("/detail/$or")) {
                if (wide && branch.size() == 1 && branch.path("userIdentity").size() == 1) {
                    JsonNode context = branch.at("/userIdentity/sessionContext");
                    if (context.size() == 1 && context.path("sessionIssuer").size() == 1) {
                        context.at("/sessionIssuer/userName").forEach(name -> roles.add(name.asText()));
                    }
                    branch.at("/userIdentity/userName").forEach(name -> users.add(name.asText()));
                }
            }
            roles.retainAll(users);
            return List.copyOf(roles);
        } catch (JsonProcessingException e) {
            return List.of();
        }
    }
}
