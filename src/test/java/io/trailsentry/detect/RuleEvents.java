package io.trailsentry.detect;

import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import io.trailsentry.testing.EventBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes, for a rule of the catalogue, a call that meets its conditions and says as little else as possible. What fields
/// it fills are the catalogue's own; conditions that look at any field are met in fields that no API has.
final class RuleEvents {
    /// An account that is nobody's here.
    static final String OUTSIDE = "999988887777";
    static final String USER = "agent-user";
    static final String USER_ARN = "arn:aws:iam::" + EventBuilder.ACCOUNT + ":user/" + USER;
    /// A managed policy that is attached to the agent.
    static final String ATTACHED = "arn:aws:iam::" + EventBuilder.ACCOUNT + ":policy/mcp-agent-policy";

    private static final String ANOTHER_ROLE = "arn:aws:iam::" + EventBuilder.ACCOUNT + ":role/another";
    private static final String EVERYBODY = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"x:Get*","Resource":"y"}]}""";
    private static final String EVERYTHING = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";
    /// Hosts whose first label is not the action's service.
    private static final Map<String, String> HOSTS = Map.of("cloudwatch", "monitoring", "ses", "email", "tag",
            "tagging");

    private final Catalogue catalogue;
    private final Entry entry;
    private final Rule rule;
    private final boolean inDocuments;
    private final boolean byUser;
    private @Nullable String resource;
    private final Map<String, Object> parameters = new LinkedHashMap<>();

    private RuleEvents(Catalogue catalogue, Entry entry, Rule rule, boolean inDocuments) {
        this.catalogue = catalogue;
        this.entry = entry;
        this.rule = rule;
        this.inDocuments = inDocuments;
        this.byUser = entry.kind() == Target.Kind.USER && rule.when().contains(Condition.Known.SELF);
    }

    /// Successful calls that meet a rule's conditions, the plainest first. The others leave the target out, name the caller
    /// within a document, or have what a stronger rule of the same detector asks to be missing.
    static List<EventBuilder> of(Catalogue catalogue, Entry entry, Rule rule) {
        List<EventBuilder> events = new ArrayList<>();
        events.add(new RuleEvents(catalogue, entry, rule, false).build(true, null));
        events.add(new RuleEvents(catalogue, entry, rule, true).build(true, null));
        events.add(new RuleEvents(catalogue, entry, rule, false).build(false, null));
        entry.rules().stream().flatMap(other -> other.when().stream()).distinct().forEach(condition -> {
            if (condition instanceof Condition.Not(Condition missing) && !rule.when().contains(condition)) {
                events.add(new RuleEvents(catalogue, entry, rule, false).build(true, missing));
            }
        });
        return events;
    }

    private EventBuilder build(boolean named, @Nullable Condition also) {
        if (named) {
            target(another());
        }
        rule.when().stream().filter(Condition.Known.class::isInstance).forEach(this::meet);
        rule.when().stream().filter(condition -> !(condition instanceof Condition.Known)).forEach(this::meet);
        if (also != null) {
            meet(also);
        }
        EventBuilder event = call(entry, byUser).parameters(parameters);
        return resource == null ? event : event.with("resources", List.of(Map.of("ARN", resource)));
    }

    /// The call of an entry's action, by its source and name as CloudTrail writes them, without parameters.
    static EventBuilder call(Entry entry, boolean byUser) {
        String[] action = entry.action().split(":", 2);
        return (byUser ? EventBuilder.user(USER) : EventBuilder.agent())
                .write(HOSTS.getOrDefault(action[0], action[0]), action[1]);
    }

    /// Puts a value at a path, into objects that are made on the way.
    static void put(Map<String, Object> parameters, String path, Object value) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            parameters.put(path, value);
            return;
        }
        Map<String, Object> inner = new LinkedHashMap<>();
        if (parameters.get(path.substring(0, dot)) instanceof Map<?, ?> known) {
            known.forEach((name, old) -> inner.put(String.valueOf(name), old));
        }
        put(inner, path.substring(dot + 1), value);
        parameters.put(path.substring(0, dot), inner);
    }

    private String another() {
        return switch (entry.kind()) {
            case POLICY -> "arn:aws:iam::" + EventBuilder.ACCOUNT + ":policy/another";
            case ROLE -> byArn() ? ANOTHER_ROLE : "another";
            case USER, RESOURCE -> "another";
        };
    }

    private boolean byArn() {
        return !entry.target().isEmpty() && entry.target().getFirst().endsWith("Arn");
    }

    private void target(String name) {
        if (entry.target().isEmpty()) {
            resource = "arn:aws:x:us-east-1:" + EventBuilder.ACCOUNT + ":thing/" + name;
            return;
        }
        String field = entry.target().getFirst();
        if (!rule.when().contains(new Condition.Not(new Condition.Has(field)))) {
            put(parameters, field, name);
        }
    }

    private void meet(Condition condition) {
        switch (condition) {
            case Condition.Has(String field) -> {
                if (!meets(field)) {
                    put(parameters, field, "something");
                }
            }
            case Condition.Is(String field, String value) -> put(parameters, field, value);
            case Condition.Outside(String field) -> put(parameters, field,
                    "arn:aws:kms:us-east-1:" + OUTSIDE + ":key/k-1");
            case Condition.Not ignored -> {
                // The target is another one already, and nothing else is filled that is not asked for.
            }
            case Condition.Known known -> known(known);
        }
    }

    private boolean meets(String field) {
        return call(entry, byUser).parameters(parameters).event().requestParameters().first(field) != null;
    }

    private void known(Condition.Known condition) {
        switch (condition) {
            case SELF -> target(byUser ? USER : byArn() ? EventBuilder.ROLE_ARN : "mcp-agent-role");
            case ATTACHED_POLICY -> target(ATTACHED);
            case OWN_MONITOR -> target("trailsentry-detector");
            case AUDIT_STORE -> target("company-cloudtrail-logs");
            case UNLISTED_ROLE -> target(ANOTHER_ROLE);
            case PASSES_SELF -> put(parameters, roleField(), EventBuilder.ROLE_ARN);
            case PASSES_ROLE -> put(parameters, roleField(), ANOTHER_ROLE);
            case NAMES_SELF -> put(parameters, "generatedGrantee",
                    inDocuments ? "{\"grantee\":\"" + EventBuilder.ROLE_ARN + "\"}" : EventBuilder.ROLE_ARN);
            case ADMINISTRATOR_POLICY -> {
                if (entry.action().contains(":Attach")) {
                    put(parameters, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
                } else {
                    put(parameters, "generatedDocument", EVERYTHING);
                }
            }
            case SET_AS_DEFAULT -> put(parameters, "setAsDefault", true);
            case PUBLIC -> put(parameters, "generatedDocument", EVERYBODY);
            case OUTSIDE_ACCOUNT -> put(parameters, "generatedAccount", OUTSIDE);
            case OPEN_INGRESS -> put(parameters, "generatedCidr", "0.0.0.0/0");
            case UNUSUAL_INSTANCE -> put(parameters, "generatedInstanceType", "p5.48xlarge");
            case WRITE -> {
                // Every call here is one.
            }
        }
    }

    private String roleField() {
        List<String> fields = catalogue.roleFields(entry.action());
        return fields.isEmpty() ? "generatedRoleArn" : fields.getFirst();
    }
}
