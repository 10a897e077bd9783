package io.trailsentry.posture;

import io.trailsentry.agent.Containment;
import io.trailsentry.agent.Principal;
import io.trailsentry.posture.Contain.Order;
import io.trailsentry.publish.Columns;
import io.trailsentry.publish.NextStep;
import io.trailsentry.publish.NextSteps;
import io.trailsentry.publish.SafeText;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What [Contain] tells, in lines of 80 columns but for commands and long names. Confined to one order.
final class ContainReport {
    private static final int WIDTH = 80;
    private static final int MARGIN = 3;
    private static final int LONGEST = 600;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final Columns page = new Columns(0, WIDTH);
    private final Order order;
    private int step;

    ContainReport(Order order) {
        this.order = order;
    }

    static String time(Instant moment) {
        return TIME.format(moment);
    }

    static String kind(Principal principal) {
        return switch (principal.kind()) {
            case ROLE -> "role";
            case USER -> "user";
            case ROOT -> "root user";
            case SERVICE -> "service";
            case OUTSIDE -> "federated user";
        };
    }

    /// That the account was not asked.
    void unchecked(String reason) {
        page.paragraph("", "NOT CHECKED: AWS was not asked what is there, and a bare name is taken for a role's. "
                + safe(reason));
    }

    /// @param caller whose credentials are used; null: not known
    /// @param self whether they are to be contained themselves
    void begin(@Nullable String caller, boolean self) {
        if (caller != null) {
            page.paragraph("", "With the credentials of " + safe(caller) + ".");
        }
        if (self && !order.undo()) {
            page.paragraph("", "CAUTION: that is who is to be contained. With these credentials it would neither be "
                    + "finished nor could it be undone, so --apply refuses.");
        }
        if (!order.apply()) {
            page.paragraph("", "DRY RUN: nothing is changed. --apply does the steps below"
                    + (order.undo() ? "." : "; --undo shows how they are taken back."));
        }
    }

    void principal(Principal principal) {
        step = 0;
        page.line("");
        page.line((order.undo() ? "LET GO OF " : "CONTAIN ") + kind(principal) + " " + safe(principal.arn()));
    }

    void step(NextStep next) {
        page.paragraph(++step + ". ", next.what());
        if (!next.command().isEmpty()) {
            page.command(MARGIN, next.command());
        }
        if (!next.undo().isEmpty()) {
            page.line(" ".repeat(MARGIN) + "Undo:");
            page.command(MARGIN, next.undo());
        }
    }

    void already(String how) {
        page.paragraph(" ".repeat(MARGIN), "NOTHING TO DO: " + how + ".");
    }

    void done() {
        page.line(" ".repeat(MARGIN) + "DONE.");
    }

    void failed(String why) {
        page.paragraph(" ".repeat(MARGIN), "NOT DONE: " + safe(why));
    }

    void remark(String text) {
        page.paragraph("", safe(text));
    }

    /// What containing a principal does not end.
    void goesOn(Principal principal) {
        if (Contain.steps(principal).stream().anyMatch(Containment.Step.Deny.class::isInstance)) {
            page.paragraph("", NextSteps.GOES_ON);
        }
    }

    /// One that was named and is not contained.
    void left(String why) {
        page.line("");
        page.paragraph("", "LEFT OUT: " + safe(why) + ".");
    }

    void end(boolean complete) {
        page.line("");
        page.line("Runbook: " + NextSteps.RUNBOOK);
        if (order.apply()) {
            page.paragraph("", complete
                    ? order.undo()
                            ? "Undone."
                            : "Contained. IAM takes a few seconds. The same command with --undo takes it back."
                    : "NOT COMPLETE. What is done stays. Mend what is named above and run the same again: it does what "
                            + "is missing. Or paste the commands of the missing steps with other credentials.");
        }
    }

    private static String safe(String text) {
        return SafeText.PLAIN.text(text, LONGEST);
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
