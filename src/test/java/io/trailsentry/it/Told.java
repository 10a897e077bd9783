package io.trailsentry.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a topic's readers got, read back from the message that SNS took.
///
/// @param topic last part of its ARN
/// @param finding id of the finding
/// @param kind `create`, `update`, `close` or `superseded`; of a page the severity that it folds under
/// @param steps what is told of: of the feed the actions with a signal, of an alert the changes, of a page nothing
/// @param severity as the topic spells it
/// @param count number of events; -1 where the topic does not tell
record Told(String topic, String finding, String kind, Set<String> steps, String severity, int count) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern FINDING = Pattern.compile("Finding {2}(\\w+), rules of");
    private static final Pattern PAGE = Pattern.compile("TrailSentry-(\\w+)-(\\w+)");

    /// Reads the fields of a request to publish.
    static Told of(Map<String, String> fields) {
        String arn = fields.getOrDefault("TopicArn", "");
        String topic = arn.substring(arn.lastIndexOf(':') + 1);
        JsonNode message = json(fields.getOrDefault("Message", ""));
        if (topic.endsWith("alerts")) {
            return alert(topic, fields.getOrDefault("Subject", ""), message.path("email").asText());
        }
        return topic.endsWith("pages") ? page(topic, message) : fed(topic, message);
    }

    private static Told fed(String topic, JsonNode message) {
        Set<String> steps = new LinkedHashSet<>();
        message.at("/finding_info/related_events").forEach(event -> {
            if (event.has("title")) {
                steps.add(event.path("title").asText());
            }
        });
        message.at("/finding_info/types").forEach(detector -> steps.add(detector.asText()));
        String kind = switch (message.path("activity_id").asInt()) {
            case 1 -> "create";
            case 2 -> message.path("status_detail").asText().startsWith("events ") ? "close" : "update";
            default -> "superseded";
        };
        return new Told(topic, message.at("/finding_info/uid").asText(), kind, steps,
                message.path("severity_id").asText(), message.path("count").asInt());
    }

    private static Told alert(String topic, String subject, String text) {
        Matcher finding = FINDING.matcher(text);
        if (!finding.find()) {
            throw new AssertionError("no finding in " + text);
        }
        String kind = subject.contains(" update: ")
                ? "update"
                : subject.contains(" final count: ")
                        ? "close"
                        : subject.startsWith("Withdrawn") ? "superseded" : "create";
        String first = text.substring(0, Math.max(0, text.indexOf("\n\n"))).replaceAll("\\s+", " ");
        Set<String> steps = kind.equals("create")
                ? Set.of()
                : Set.of(first.replaceFirst("^[A-Z ]+: ", "").replaceFirst("\\. .*", "").split("; "));
        return new Told(topic, finding.group(1), kind, steps, subject.split("[ :]", 2)[0], -1);
    }

    private static Told page(String topic, JsonNode message) {
        Matcher name = PAGE.matcher(message.path("AlarmName").asText());
        if (!name.matches()) {
            throw new AssertionError("no finding in " + message);
        }
        return new Told(topic, name.group(1), message.path("NewStateValue").asText() + " " + name.group(2), Set.of(),
                name.group(2), -1);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /// The topic and the finding.
    String thread() {
        return topic + " " + finding;
    }

    /// What readers of each topic know of each finding.
    static final class Known {
        private final Map<String, Integer> counts = new HashMap<>();
        private final Map<String, String> severities = new HashMap<>();
        private final Map<String, Set<String>> steps = new HashMap<>();

        /// Takes a message.
        ///
        /// @return whether it said something that they did not know
        boolean take(Told told) {
            String thread = told.thread();
            Set<String> known = steps.get(thread);
            boolean first = known == null;
            Set<String> all = steps.computeIfAbsent(thread, key -> new LinkedHashSet<>());
            boolean news = all.addAll(told.steps());
            boolean kindIsNew = all.add("kind " + told.kind());
            Integer count = counts.put(thread, told.count());
            String severity = severities.put(thread, told.severity());
            if (told.topic().endsWith("pages")) {
                return kindIsNew;
            }
            return switch (told.kind()) {
                case "create", "superseded" -> kindIsNew;
                case "close" -> told.count() < 0 ? news : count == null || count != told.count();
                default -> first || news || !told.severity().equals(severity);
            };
        }
    }
}
