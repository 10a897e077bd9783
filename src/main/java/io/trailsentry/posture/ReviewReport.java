package io.trailsentry.posture;

import io.trailsentry.posture.Perimeters.Member;
import io.trailsentry.publish.SafeText;
import java.util.List;

/// How agents' roles and users differ from what was reviewed, for a terminal. Pure.
///
/// @param items each role or user
/// @param unread what could not be read
/// @param accepted whether the present state was accepted
public record ReviewReport(List<Item> items, List<Check> unread, boolean accepted) {
    private static final int LONG = 8_000;

    /// Copies the lists.
    public ReviewReport {
        items = List.copyOf(items);
        unread = List.copyOf(unread);
    }

    /// One role or user.
    ///
    /// @param checks of its drift
    public record Item(Member member, List<Check> checks) {
        /// Copies the list.
        public Item {
            checks = List.copyOf(checks);
        }

        private boolean differs() {
            return checks.stream().anyMatch(check -> check.verdict() != Verdict.OK);
        }
    }

    /// Whether any is not as it was reviewed.
    public boolean differs() {
        return items.stream().anyMatch(Item::differs);
    }

    /// The report.
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Item item : items) {
            Perimeter perimeter = item.member().perimeter();
            text.append(safe(item.member().agent().name())).append(", ").append(safe(perimeter.principal().arn()))
                    .append(" (").append(PerimeterText.fingerprint(perimeter)).append(")\n");
            for (Check check : item.checks()) {
                text.append("  ").append(safe(check.said()))
                        .append(check.verdict() == Verdict.OK || check.target() == null
                                ? ""
                                : ": " + safe(check.target()))
                        .append('\n');
                if (check.verdict() != Verdict.OK) {
                    check.reason().lines().forEach(line -> text.append("    ").append(safe(line)).append('\n'));
                }
            }
            if (item.differs()) {
                text.append(accepted ? "  accepted as it is\n" : "  --apply accepts it as it is\n");
            }
        }
        unread.forEach(check -> text.append(safe(check.subject().agent().name())).append(' ').append(safe(check.said()))
                .append(": ").append(safe(check.reason())).append('\n'));
        return text.toString();
    }

    private static String safe(String text) {
        return SafeText.PLAIN.text(text, LONG);
    }
}
