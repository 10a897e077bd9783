package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the audit told of states that lasted when it ran last: remembered as JSON in one note. Immutable.
///
/// @param owner the run that tells now; null when none does
/// @param until when that run's claim ends, in seconds since 1970
/// @param open what is not mended
record Standing(@Nullable String owner, long until, List<Open> open) {
    /// The name of the note.
    static final String NOTE = "audit";

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL).build();

    Standing {
        open = List.copyOf(open);
    }

    /// A finding that lasts.
    ///
    /// @param since when it was found first, in seconds since 1970
    /// @param items what it consists of
    /// @param told by topic, ids of the steps that its readers know
    record Open(String detector, Whom whom, long since, List<Item> items, Map<String, Heard> told) {
        Open {
            items = List.copyOf(items);
            told = Map.copyOf(told);
        }

        Open with(Map<String, Heard> knownNow) {
            return new Open(detector, whom, since, items, knownNow);
        }
    }

    /// Whom it is about.
    record Whom(String agent, Principal.Kind kind, String account, String arn, String name) {
        static Whom of(Subject subject) {
            Principal principal = subject.principal();
            return new Whom(subject.agent().name(), principal.kind(), principal.account(), principal.arn(),
                    principal.name());
        }

        Subject subject() {
            return new Subject(Agent.learned(agent), new Principal(kind, account, arn, name));
        }
    }

    /// A check that did not end well.
    ///
    /// @param rule its name; a version that does not know it drops it
    record Item(String rule, Verdict verdict, int score, @Nullable String action, @Nullable String target, String said,
            String reason, String mend, @Nullable String state) {
        static Item of(Check check) {
            return new Item(check.rule().id(), check.verdict(), check.score(), check.action(), check.target(),
                    check.said(), check.reason(), check.mend(), check.state());
        }
    }

    /// What a topic's readers know.
    ///
    /// @param severity highest that they were told, by its label
    /// @param steps ids of the steps that they were told and that are not mended
    /// @param quiet whether they were told in sum only
    record Heard(String severity, List<String> steps, boolean quiet) {
        Heard {
            steps = steps.stream().sorted().toList();
        }
    }

    /// Reads a note.
    ///
    /// @throws IllegalStateException when it is of another form
    static Standing of(String note) {
        if (note.isEmpty()) {
            return new Standing(null, 0, List.of());
        }
        try {
            return JSON.readValue(note, Standing.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what the audit told before cannot be read: " + e.getOriginalMessage(), e);
        }
    }

    /// The note.
    String text() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    Standing with(List<Open> others) {
        return new Standing(owner, until, others);
    }
}
