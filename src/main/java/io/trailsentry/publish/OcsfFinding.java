package io.trailsentry.publish;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.trail.Arn;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A step of a finding for a SIEM: an OCSF Detection Finding, class 2004, profile `cloud`. Immutable, thread-safe, pure.
///
/// Written to the rules of OCSF 1.6.0, which 1.8.0 still accepts. All steps share `finding_info.uid`; `metadata.uid` is
/// each step's own. The end of a story's time is an update: only what proves to be no finding is closed, since nothing
/// else is resolved by the passing of time. Source: schema.ocsf.io, class `detection_finding`.
public final class OcsfFinding {
    /// SNS takes 256 KiB with subject and attributes.
    static final int MOST_BYTES = 240 * 1024;

    private static final int CLASS = 2004;
    private static final int TEXT = 512;
    private static final int NAME = 256;
    private static final List<Integer> LENGTHS = List.of(Finding.MAX_EVENT_IDS, 20, 5, 1);
    private static final Pattern IP_V4 = Pattern
            .compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.|$)){4}(?<!\\.)");
    private static final Pattern IP_V6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    private final Wording wording;
    private final String version;

    /// @param accounts what accounts are called, by id
    /// @param version this program's
    public OcsfFinding(Catalogue catalogue, Map<String, Account> accounts, String version) {
        this.wording = new Wording(catalogue, accounts, SafeText.PLAIN);
        this.version = version;
    }

    /// The document, at most 240 KiB: where it would be larger its lists are cut and `metadata.is_truncated` says so.
    public String render(Notice notice) {
        String document = "";
        for (int length : LENGTHS) {
            document = document(notice, length).toString();
            if (document.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES) {
                return document;
            }
        }
        return document;
    }

    private ObjectNode document(Notice notice, int longest) {
        Finding finding = notice.finding();
        Signal leading = finding.leading();
        List<Signal> events = List.copyOf(events(finding).values());
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        classification(root, notice);
        root.put("time", notice.at().toEpochMilli());
        millis(root, "start_time", finding.firstSeen());
        millis(root, "end_time", finding.lastSeen());
        root.put("timezone_offset", 0);
        severity(root, finding.severity(), finding.score());
        status(root, notice);
        root.put("count", finding.count());
        root.put("message", wording.verdict(finding));
        metadata(root.putObject("metadata"), notice, longest < Math.max(events.size(), finding.eventIds().size()));
        cloud(root.putObject("cloud"), finding);
        if (leading.evidence().eventName() != null) {
            api(root.putObject("api"), leading.evidence());
        }
        info(root.putObject("finding_info"), notice, longest);
        resources(root.putArray("resources"), finding, longest);
        ArrayNode evidences = root.putArray("evidences");
        events.stream().limit(longest)
                .forEach(signal -> evidence(evidences.addObject(), finding, signal.evidence()));
        anomalies(root, finding, longest);
        observables(root.putArray("observables"), finding);
        remediation(root.putObject("remediation"), finding);
        unmapped(root.putObject("unmapped"), finding);
        return root;
    }

    /// The strongest signal of each event that carries one, by the event's id.
    private static Map<String, Signal> events(Finding finding) {
        Map<String, Signal> events = new LinkedHashMap<>();
        finding.signals().forEach(signal -> events.putIfAbsent(signal.evidence().eventId(), signal));
        return events;
    }

    private static void classification(ObjectNode root, Notice notice) {
        int activity = switch (notice.kind()) {
            case CREATE -> 1;
            case UPDATE, CLOSE -> 2;
            case SUPERSEDED -> 3;
        };
        String name = switch (activity) {
            case 1 -> "Create";
            case 2 -> "Update";
            default -> "Close";
        };
        root.put("activity_id", activity);
        root.put("activity_name", name);
        root.put("category_uid", 2);
        root.put("category_name", "Findings");
        root.put("class_uid", CLASS);
        root.put("class_name", "Detection Finding");
        root.put("type_uid", CLASS * 100 + activity);
        root.put("type_name", "Detection Finding: " + name);
    }

    private static void severity(ObjectNode root, Severity severity, int score) {
        int id = switch (severity) {
            case INFORMATIONAL -> 1;
            case LOW -> 2;
            case MEDIUM -> 3;
            case HIGH -> 4;
            case CRITICAL -> 5;
        };
        root.put("severity_id", id);
        root.put("severity", caption(severity));
        root.put("risk_level_id", id - 1);
        root.put("risk_level", severity == Severity.INFORMATIONAL ? "Info" : caption(severity));
        root.put("risk_score", score);
    }

    private static String caption(Severity severity) {
        return severity.name().charAt(0) + severity.label().substring(1);
    }

    private static void status(ObjectNode root, Notice notice) {
        boolean superseded = notice.kind() == Notice.Kind.SUPERSEDED;
        root.put("status_id", superseded ? 4 : 1);
        root.put("status", superseded ? "Resolved" : "New");
        if (!notice.changes().isEmpty()) {
            root.put("status_detail", safe(String.join("; ", notice.changes()), TEXT));
        }
        root.put("is_alert", !superseded && notice.finding().liveSeverity().isAtLeast(Severity.MEDIUM));
    }

    private void metadata(ObjectNode metadata, Notice notice, boolean cut) {
        Finding finding = notice.finding();
        metadata.put("version", "1.6.0");
        metadata.put("uid", Steps.uid(notice));
        metadata.putArray("profiles").add("cloud");
        ObjectNode product = metadata.putObject("product");
        product.put("name", "TrailSentry");
        product.put("vendor_name", "TrailSentry");
        product.put("uid", "trailsentry");
        product.put("version", version);
        metadata.put("event_code", finding.leading().detector());
        metadata.put("log_provider", "CloudTrail");
        if (finding.firstSeen() != null) {
            metadata.put("original_time", finding.firstSeen().truncatedTo(ChronoUnit.SECONDS).toString());
        }
        metadata.put("processed_time", notice.at().toEpochMilli());
        if (finding.session() != null) {
            metadata.put("correlation_uid", safe(finding.session(), NAME));
        }
        metadata.put("tenant_uid", safe(finding.account(), NAME));
        metadata.putArray("labels").add(TestFinding.is(finding) ? "test" : "ai-agent");
        if (cut) {
            metadata.put("is_truncated", true);
        }
    }

    private void cloud(ObjectNode cloud, Finding finding) {
        cloud.put("provider", "AWS");
        if (finding.region() != null) {
            cloud.put("region", safe(finding.region(), NAME));
        }
        Arn arn = Arn.parse(finding.principal().arn());
        if (arn != null) {
            cloud.put("cloud_partition", safe(arn.partition(), NAME));
        }
        ObjectNode account = account(cloud, finding.account());
        Account known = wording.accounts().get(finding.account());
        if (known != null && known.name() != null) {
            account.put("name", safe(known.name(), NAME));
        }
        if (known != null && known.environment() != null) {
            account.putArray("labels").add(safe(known.environment(), NAME));
        }
    }

    private static ObjectNode account(ObjectNode owner, String id) {
        ObjectNode account = owner.putObject("account");
        account.put("uid", safe(id, NAME));
        account.put("type", "AWS Account");
        account.put("type_id", 10);
        return account;
    }

    private static void api(ObjectNode api, Evidence evidence) {
        api.put("operation", safe(String.valueOf(evidence.eventName()), NAME));
        if (evidence.eventSource() != null) {
            api.putObject("service").put("name", safe(evidence.eventSource(), NAME));
        }
        if (evidence.requestId() != null) {
            api.putObject("request").put("uid", safe(evidence.requestId(), NAME));
        }
        if (evidence.errorCode() != null) {
            ObjectNode response = api.putObject("response");
            response.put("error", safe(evidence.errorCode(), NAME));
            if (evidence.errorMessage() != null) {
                response.put("error_message", safe(evidence.errorMessage(), TEXT));
            }
        }
    }

    private void info(ObjectNode info, Notice notice, int longest) {
        Finding finding = notice.finding();
        Signal leading = finding.leading();
        info.put("uid", finding.id());
        info.put("title", safe(finding.title(), NAME));
        info.put("desc", wording.why(leading));
        ArrayNode types = info.putArray("types");
        finding.detectors().forEach(types::add);
        if (notice.kind() == Notice.Kind.CREATE) {
            info.put("created_time", notice.at().toEpochMilli());
        }
        info.put("modified_time", notice.at().toEpochMilli());
        millis(info, "first_seen_time", finding.firstSeen());
        millis(info, "last_seen_time", finding.lastSeen());
        String link = Links.event(leading.evidence());
        info.put("src_url", link == null ? Links.runbook(leading.detector()) : link);
        info.putArray("data_sources").add(finding.isOfState() ? "TrailSentry audit" : "AWS CloudTrail");
        analytic(info.putObject("analytic"), leading);
        if (finding.detectors().size() > 1) {
            ArrayNode others = info.putArray("related_analytics");
            finding.detectors().stream().skip(1).forEach(detector -> analytic(others.addObject(), finding.signals()
                    .stream().filter(signal -> signal.detector().equals(detector)).findFirst().orElse(leading)));
        }
        if (!finding.attack().isEmpty()) {
            ArrayNode attacks = info.putArray("attacks");
            finding.attack().stream().limit(longest).forEach(id -> attack(attacks.addObject(), id));
        }
        info.put("related_events_count", finding.count());
        ArrayNode related = info.putArray("related_events");
        Map<String, Signal> told = events(finding);
        finding.eventIds().stream().limit(longest).forEach(id -> related(related.addObject(), id, told.get(id)));
    }

    private void analytic(ObjectNode analytic, Signal signal) {
        boolean behaviour = signal.window() != null || signal.premise() != null;
        analytic.put("uid", signal.detector());
        analytic.put("name", signal.detector());
        analytic.put("type_id", behaviour ? 2 : 1);
        analytic.put("type", behaviour ? "Behavioral" : "Rule");
        analytic.put("version", version);
    }

    private void attack(ObjectNode attack, String id) {
        int dot = id.indexOf('.');
        String name = wording.catalogue().attackName(id);
        // ATT&CK 19 replaced T1562 by T1685 and T1686; SIEM content still knows it by the old ids.
        attack.put("version", id.startsWith("T1562") ? "18.1" : "19.1");
        if (dot < 0) {
            technique(attack.putObject("technique"), id, name);
        } else {
            attack.putObject("technique").put("uid", id.substring(0, dot));
            technique(attack.putObject("sub_technique"), id, name);
        }
    }

    private static void technique(ObjectNode technique, String id, String name) {
        technique.put("uid", id);
        technique.put("name", name);
        technique.put("src_url", "https://attack.mitre.org/techniques/" + id.replace('.', '/') + "/");
    }

    private static void related(ObjectNode related, String id, @Nullable Signal signal) {
        related.put("uid", safe(id, NAME));
        related.put("type", "AWS CloudTrail event");
        if (signal == null) {
            return;
        }
        if (signal.action() != null) {
            related.put("title", safe(signal.action(), NAME));
        }
        if (signal.at() != null) {
            millis(related, "first_seen_time", signal.at().time());
            millis(related, "last_seen_time", signal.at().time());
        }
    }

    private static void resources(ArrayNode resources, Finding finding, int longest) {
        Principal actor = Wording.actor(finding);
        principal(resources.addObject(), actor, finding.isOfState() ? 3 : 2,
                finding.isOfState() ? "Affected" : "Actor");
        if (!actor.equals(finding.principal())) {
            principal(resources.addObject(), finding.principal(), 3, "Affected");
        }
        finding.signals().stream().filter(signal -> Wording.isResource(finding, signal)).map(Signal::target)
                .filter(Objects::nonNull).distinct().limit(longest).forEach(target -> {
                    ObjectNode resource = resources.addObject();
                    resource.put(Arn.parse(target) == null ? "name" : "uid", safe(target, TEXT));
                    resource.put("role_id", 1);
                    resource.put("role", "Target");
                });
    }

    private static void principal(ObjectNode resource, Principal principal, int roleId, String role) {
        resource.put("uid", safe(principal.arn(), TEXT));
        resource.put("name", safe(principal.name(), NAME));
        String type = type(principal.kind());
        if (type != null) {
            resource.put("type", type);
        }
        resource.put("role_id", roleId);
        resource.put("role", role);
    }

    /// The resource's type as CloudFormation names it; null when it is none.
    private static @Nullable String type(Principal.Kind kind) {
        return switch (kind) {
            case ROLE -> "AWS::IAM::Role";
            case USER -> "AWS::IAM::User";
            case ROOT, SERVICE, OUTSIDE -> null;
        };
    }

    private static void evidence(ObjectNode node, Finding finding, Evidence evidence) {
        node.put("uid", safe(evidence.eventId(), NAME));
        node.put("name", finding.isOfState() ? "TrailSentry audit" : "CloudTrail event");
        actor(node.putObject("actor"), finding, evidence);
        if (evidence.eventName() != null) {
            api(node.putObject("api"), evidence);
        }
        String address = evidence.sourceIpAddress();
        if (address != null && !address.isBlank()) {
            node.putObject("src_endpoint").put(isIp(address) ? "ip" : "svc_name", safe(address, NAME));
        }
        ToolCall by = evidence.toolCall();
        if (by != null) {
            node.putObject("data").put("mcp_tool", safe(by.tool(), NAME));
            if (by.address() != null && isIp(by.address())) {
                node.withObject("/src_endpoint").put("ip", safe(by.address(), NAME));
            }
        }
        if (evidence.userAgent() != null) {
            node.putObject("http_request").put("user_agent", safe(evidence.userAgent(), TEXT));
        }
    }

    private static void actor(ObjectNode actor, Finding finding, Evidence evidence) {
        Principal principal = Wording.actor(finding);
        String address = evidence.sourceIpAddress();
        String program = evidence.program();
        if (program != null) {
            actor.put("app_name", safe(program, NAME));
        }
        if (address != null && address.endsWith(".amazonaws.com")) {
            actor.put("app_uid", safe(address, NAME));
        }
        ObjectNode user = actor.putObject("user");
        user.put("uid", safe(evidence.callerArn() == null ? principal.arn() : evidence.callerArn(), TEXT));
        user.put("name", safe(principal.name(), NAME));
        user.put("type", userType(principal.kind()));
        user.put("type_id", 99);
        account(user, principal.account());
        String session = finding.session();
        if (session != null) {
            user.put("uid_alt", safe(session, NAME));
            String name = Wording.sessionName(session);
            ObjectNode node = actor.putObject("session");
            node.put("uid", safe(name == null ? session : name, NAME));
            if (principal.kind() == Principal.Kind.ROLE) {
                node.put("issuer", safe(principal.arn(), TEXT));
            }
        }
    }

    private static String userType(Principal.Kind kind) {
        return switch (kind) {
            case ROLE -> "AssumedRole";
            case USER -> "IAMUser";
            case ROOT -> "Root";
            case SERVICE -> "AWSService";
            case OUTSIDE -> "External";
        };
    }

    /// Signals that hold for what was not seen before, or for how many calls there were.
    private static void anomalies(ObjectNode root, Finding finding, int longest) {
        List<Signal> unusual = finding.signals().stream()
                .filter(signal -> signal.window() != null || signal.premise() != null).limit(longest).toList();
        if (unusual.isEmpty()) {
            return;
        }
        ObjectNode analysis = root.putArray("anomaly_analyses").addObject();
        ObjectNode target = analysis.putArray("analysis_targets").addObject();
        target.put("name", safe(finding.principal().arn(), TEXT));
        target.put("type", "IAM principal of an AI agent");
        ArrayNode anomalies = analysis.putArray("anomalies");
        for (Signal signal : unusual) {
            ObjectNode anomaly = anomalies.addObject();
            boolean rate = signal.window() != null;
            anomaly.put("observation_parameter", rate ? "number of calls" : "api.operation");
            anomaly.put("observation_type", rate ? "rate" : "first-seen");
            anomaly.put("observed_pattern", safe(signal.reason(), TEXT));
            ObjectNode observation = anomaly.putArray("observations").addObject();
            if (signal.window() != null) {
                observation.put("value", String.valueOf(signal.window().count()));
                observation.put("count", signal.window().count());
            } else {
                observation.put("value", safe(String.valueOf(signal.action()), NAME));
            }
        }
    }

    private static void observables(ArrayNode observables, Finding finding) {
        Evidence evidence = finding.leading().evidence();
        ToolCall by = evidence.toolCall();
        String address = by == null ? evidence.sourceIpAddress() : by.address();
        if (address != null && isIp(address)) {
            observable(observables, "evidences[0].src_endpoint.ip", 2, "IP Address", address);
        }
        if (evidence.userAgent() != null) {
            observable(observables, "evidences[0].http_request.user_agent", 16, "HTTP User-Agent",
                    evidence.userAgent());
        }
        observable(observables, "evidences[0].actor.user.uid", 31, "User Object: uid",
                evidence.callerArn() == null ? Wording.actor(finding).arn() : evidence.callerArn());
        observable(observables, "resources[0].uid", 10, "Resource UID", Wording.actor(finding).arn());
        observable(observables, "cloud.account.uid", 35, "Account Object: uid", finding.account());
    }

    private static void observable(ArrayNode observables, String name, int typeId, String type, String value) {
        ObjectNode observable = observables.addObject();
        observable.put("name", name);
        observable.put("type_id", typeId);
        observable.put("type", type);
        observable.put("value", safe(value, TEXT));
    }

    private static void remediation(ObjectNode remediation, Finding finding) {
        StringBuilder steps = new StringBuilder();
        int number = 1;
        for (NextStep step : NextSteps.of(finding)) {
            steps.append(number == 1 ? "" : " ").append(number).append(". ").append(step.what());
            steps.append(step.command().isEmpty() ? "" : " " + NextStep.line(step.command()));
            number++;
        }
        remediation.put("desc", steps.toString());
        ArrayNode references = remediation.putArray("references");
        finding.detectors().forEach(detector -> references.add(Links.runbook(detector)));
    }

    private static void unmapped(ObjectNode unmapped, Finding finding) {
        unmapped.put("agent", safe(finding.agent(), NAME));
        unmapped.put("fingerprint", finding.fingerprint());
        unmapped.put("live_severity", finding.liveSeverity().label());
        if (finding.channel() != null) {
            unmapped.put("channel", safe(finding.channel(), NAME));
        }
        if (finding.human() != null) {
            unmapped.put("human", safe(finding.human(), NAME));
        }
    }

    private static void millis(ObjectNode node, String field, @Nullable Instant moment) {
        if (moment != null) {
            node.put(field, moment.toEpochMilli());
        }
    }

    private static boolean isIp(String text) {
        if (!text.contains(":")) {
            return IP_V4.matcher(text).matches();
        }
        try {
            return IP_V6.matcher(text).matches() && InetAddress.ofLiteral(text) != null;
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    private static String safe(String text, int longest) {
        return SafeText.PLAIN.text(text, longest);
    }
}
