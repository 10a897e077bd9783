package io.trailsentry.lab;

import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/// What share of bursts is found, by size: a chart in two panels, readable on light and dark pages.
record BurstChart(NormalWork work) {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 316;
    private static final int TOP = 70;
    private static final int BOTTOM = 240;
    private static final int BAR = 44;

    String svg() {
        StringBuilder svg = new StringBuilder(String.format(Locale.ROOT,
                """
                        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc" \
                        font-family="system-ui, sans-serif" font-size="13">
                        <title id="title">Share of simulated bursts that are found, by size</title>
                        <desc id="desc">%s %s. %.2f false alerts in ten agent-weeks.</desc>
                        <rect width="%d" height="%d" fill="#ffffff"/>
                        <text x="20" y="26" font-size="16" font-weight="600" fill="#1f2328">Bursts found (medium or graver), by size</text>
                        """,
                WIDTH, HEIGHT, said("By night", true, Disturbance.NIGHT), said("By day", false, Disturbance.DAY),
                work.falseAlerts(), WIDTH, HEIGHT));
        for (int share = 0; share <= 100; share += 25) {
            double y = y(share / 100.0);
            svg.append(String.format(Locale.ROOT, """
                    <line x1="60" y1="%.1f" x2="740" y2="%.1f" stroke="#d1d9e0"/>
                    <text x="52" y="%.1f" text-anchor="end" fill="#59636e">%d %%</text>
                    """, y, y, y + 4, share));
        }
        panel(svg, 70, "by night: calls in 5 minutes", true, Disturbance.NIGHT, String::valueOf, "#0969da");
        panel(svg, 430, "by day: times the hour's usual, in an hour", false, Disturbance.DAY,
                size -> "\u00D7" + size,
                "#8250df");
        svg.append(String.format(Locale.ROOT,
                """
                        <text x="20" y="%d" fill="#59636e">%.2f false alerts in ten agent-weeks; %.0f simulated agent-weeks, seeds %d to %d</text>
                        </svg>
                        """,
                HEIGHT - 10, work.falseAlerts(), work.agentWeeks(), work.seeds().getFirst(),
                work.seeds().getLast()));
        return svg.toString();
    }

    private String said(String when, boolean night, List<Integer> sizes) {
        StringBuilder text = new StringBuilder(when + ":");
        sizes.forEach(size -> text.append(String.format(Locale.ROOT, " %d: %.1f %%;", size,
                100 * work.found(night, size))));
        return text.substring(0, text.length() - 1);
    }

    private static double y(double share) {
        return BOTTOM - share * (BOTTOM - TOP);
    }

    private void panel(StringBuilder svg, int left, String title, boolean night, List<Integer> sizes,
            IntFunction<String> label, String colour) {
        int x = left + 10;
        for (int size : sizes) {
            double share = work.found(night, size);
            svg.append(String.format(Locale.ROOT, """
                    <rect x="%d" y="%.1f" width="%d" height="%.1f" fill="%s"/>
                    <text x="%d" y="%.1f" text-anchor="middle" fill="#1f2328">%.0f %%</text>
                    <text x="%d" y="%d" text-anchor="middle" fill="#1f2328">%s</text>
                    """, x, y(share), BAR, share * (BOTTOM - TOP), colour, x + BAR / 2, y(share) - 5,
                    Math.floor(100 * share), x + BAR / 2, BOTTOM + 18, label.apply(size)));
            x += BAR + 18;
        }
        svg.append(String.format(Locale.ROOT, """
                <text x="%d" y="%d" fill="#1f2328" font-weight="600">%s</text>
                """, left + 10, BOTTOM + 36, title));
    }
}
