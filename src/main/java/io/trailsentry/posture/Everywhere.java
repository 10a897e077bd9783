package io.trailsentry.posture;

import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ConcurrentHashMap;

/// Asks the same of several Regions, all at the same time.
final class Everywhere {
    private Everywhere() {
    }

    /// Asks one Region.
    @FunctionalInterface
    interface Question<T> {
        T ask(String region) throws RefusedException;
    }

    /// The answers by Region.
    ///
    /// @param home asked even if it is not among the Regions
    static <T> SortedMap<String, Answer<T>> ask(Collection<String> regions, String home, Question<T> question) {
        TreeSet<String> all = new TreeSet<>(regions);
        all.add(home);
        Map<String, Answer<T>> answers = new ConcurrentHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            all.forEach(region -> threads.execute(
                    () -> answers.put(region, Answer.to(() -> question.ask(region)))));
        }
        all.forEach(region -> answers.putIfAbsent(region,
                Answer.refused(new RefusedException("the audit failed to ask; its log says why"))));
        return new TreeMap<>(answers);
    }
}
