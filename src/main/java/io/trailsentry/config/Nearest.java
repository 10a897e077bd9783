package io.trailsentry.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What somebody probably meant. Thread-safe.
public final class Nearest {
    private static final int LONGEST = 64;

    private Nearest() {
    }

    /// The option that differs least from a text, case and `_` for `-` apart; null when none differs by a third of its
    /// letters or less. Of equals, the first.
    static @Nullable String to(String text, Collection<String> options) {
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String option : options) {
            int distance = text.length() > LONGEST ? least : distance(plain(text), plain(option));
            if (distance < least && distance * 3 <= Math.max(3, option.length())) {
                nearest = option;
                least = distance;
            }
        }
        return nearest;
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment).
    public static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                cost[i][j] = Math.min(replaced, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
