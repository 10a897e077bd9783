package io.trailsentry.lab;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.finding.Finding;
import io.trailsentry.publish.Columns;
import io.trailsentry.publish.SafeText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was thought of one event. Immutable, thread-safe, pure.
///
/// @param id the event's id
/// @param action `service:EventName`
/// @param time RFC 3339 in UTC; null for an event without a time
/// @param region null when not told
/// @param account null when not told
/// @param outcome `succeeded`, or how it failed with its code
/// @param views one for each agent that the event is about; empty when it is nobody's
/// @param nobody why it is nobody's; empty when it is somebody's
/// @param change what would make it somebody's; null when nothing would
public record Explanation(String id, String action, @Nullable String time, @Nullable String region,
        @Nullable String account, String outcome, List<View> views, String nobody, @Nullable Change change) {
    private static final int WIDTH = 110;
    private static final int INDENT = 10;
    private static final int DETECTOR = 24;
    private static final int LONGEST = 1_024;

    /// Copies the list.
    public Explanation {
        views = List.copyOf(views);
    }

    /// A line of the configuration, and what to do there.
    ///
    /// @param file the configuration; null when there is none
    /// @param key as in `agents[0].regions`
    /// @param line where it stands; null when it is to be added
    /// @param what as in `add eu-west-1`
    public record Change(@Nullable String file, String key, @Nullable Integer line, String what) {
        @Override
        public String toString() {
            String name = file == null ? "trailsentry.yaml" : file;
            return name + (line == null ? "" : ":" + line) + " " + key + ": " + what;
        }
    }

    /// What one detector thought.
    ///
    /// @param detector its id
    /// @param score null when it said nothing
    /// @param words what it said, or why it said nothing
    /// @param change what would have changed that; null when no line would
    public record Opinion(String detector, @Nullable Integer score, String words, @Nullable Change change) {
    }

    /// The story that an event went into.
    ///
    /// @param part whether the event counts in it; else it only stands beside it
    /// @param told who hears of it: `feed`, `people`, `pager`
    public record Told(Finding finding, boolean part, List<String> told) {
        /// Copies the list.
        public Told {
            told = List.copyOf(told);
        }
    }

    /// What the event is to one agent.
    ///
    /// @param agent its name
    /// @param principal its ARN
    /// @param because why it is the agent's
    /// @param channel way by which the call came
    /// @param session the caller's session
    /// @param human person behind it; null when not told
    /// @param history what was known of the agent before
    /// @param opinions one or more for each detector, in the detectors' order
    /// @param stories the findings that it belongs to or stands beside
    public record View(String agent, String principal, String because, String channel, String session,
            @Nullable String human, String history, List<Opinion> opinions, List<Told> stories) {
        /// Copies the lists.
        public View {
            opinions = List.copyOf(opinions);
            stories = List.copyOf(stories);
        }
    }

    /// For people, in lines.
    public String text() {
        Columns page = new Columns(INDENT, WIDTH);
        page.field("event", safe(action) + (region == null ? "" : " in " + safe(region))
                + (account == null ? "" : ", account " + safe(account)) + ", " + safe(outcome) + "; "
                + (time == null ? "no time told" : time) + ", id " + safe(id));
        page.field("whose", safe(nobody));
        if (change != null) {
            page.field("change", safe(change.toString()));
        }
        StringBuilder out = new StringBuilder(page.toString());
        views.forEach(view -> view(out, view));
        return out.toString();
    }

    private static void view(StringBuilder out, View view) {
        Columns head = new Columns(INDENT, WIDTH);
        head.field("whose", safe(view.agent()) + ", " + safe(view.principal()) + ": " + safe(view.because()));
        head.field("through", safe(view.channel()) + ", session " + safe(view.session())
                + (view.human() == null ? "" : ", for " + safe(view.human())));
        head.field("history", safe(view.history()));
        Columns table = new Columns(DETECTOR + 7, WIDTH);
        Map<String, List<String>> alike = new LinkedHashMap<>();
        view.opinions().stream().filter(opinion -> opinion.score() == null && opinion.change() == null)
                .forEach(opinion -> alike.computeIfAbsent(opinion.words(), key -> new ArrayList<>())
                        .add(opinion.detector()));
        String before = "";
        for (Opinion opinion : view.opinions()) {
            boolean single = opinion.score() != null || opinion.change() != null
                    || alike.getOrDefault(opinion.words(), List.of()).size() == 1;
            if (single) {
                String label = opinion.detector().equals(before) ? "" : opinion.detector();
                String score = opinion.score() == null ? "-" : String.valueOf(opinion.score());
                table.field(String.format("  %3s  %s", score, label), safe(opinion.words()));
                if (opinion.change() != null) {
                    table.field("  ", "change: " + safe(opinion.change().toString()));
                }
                before = opinion.detector();
            }
        }
        alike.forEach((words, detectors) -> {
            if (detectors.size() > 1) {
                table.field("    -  " + detectors.size() + " others",
                        safe(words) + ": " + String.join(", ", detectors));
            }
        });
        Columns end = new Columns(INDENT, WIDTH);
        if (view.stories().isEmpty()) {
            end.field("story", "none: nothing of 20 or more is left");
        }
        view.stories().forEach(story -> end.field("story", (story.part() ? "part of" : "adds nothing to") + " finding "
                + story.finding().id() + ", " + story.finding().severity().label() + ", score "
                + story.finding().score() + ": " + safe(story.finding().title()) + "; told to "
                + String.join(", ", story.told())));
        out.append(head).append('\n').append(table).append('\n').append(end);
    }

    private static String safe(String text) {
        return SafeText.PLAIN.text(text, LONGEST);
    }

    private static @Nullable String orNull(@Nullable String text) {
        return text == null ? null : safe(text);
    }

    /// For programs: one line.
    public String json() {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.putObject("event").put("id", safe(id)).put("action", safe(action)).put("time", time)
                .put("region", orNull(region)).put("account", orNull(account)).put("outcome", safe(outcome));
        object.put("nobody", nobody.isEmpty() ? null : safe(nobody));
        change(object, change);
        ArrayNode agents = object.putArray("agents");
        for (View view : views) {
            ObjectNode agent = agents.addObject();
            agent.put("agent", safe(view.agent())).put("principal", safe(view.principal()))
                    .put("because", safe(view.because())).put("channel", safe(view.channel()))
                    .put("session", safe(view.session())).put("human", orNull(view.human()))
                    .put("history", safe(view.history()));
            ArrayNode opinions = agent.putArray("detectors");
            for (Opinion opinion : view.opinions()) {
                ObjectNode node = opinions.addObject().put("detector", opinion.detector())
                        .put("score", opinion.score()).put("reason", safe(opinion.words()));
                change(node, opinion.change());
            }
            ArrayNode stories = agent.putArray("findings");
            for (Told story : view.stories()) {
                ObjectNode finding = stories.addObject().put("id", story.finding().id())
                        .put("severity", story.finding().severity().label()).put("score", story.finding().score())
                        .put("title", safe(story.finding().title())).put("part", story.part());
                story.told().forEach(finding.putArray("told")::add);
            }
        }
        return object + "\n";
    }

    private static void change(ObjectNode object, @Nullable Change change) {
        if (change == null) {
            object.putNull("change");
        } else {
            object.putObject("change").put("file", orNull(change.file())).put("key", safe(change.key()))
                    .put("line", change.line()).put("what", safe(change.what()));
        }
    }
}
