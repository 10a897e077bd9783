package io.trailsentry.engine;

import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Severity;
import io.trailsentry.finding.Story;
import io.trailsentry.finding.Story.Step;
import io.trailsentry.finding.Told;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Decides which step of a finding each topic's readers are still to be told. Pure.
///
/// The first hit is told at once; a new step of medium or above, or a rise in severity, is an update; the same step
/// again is only counted, and told in one closing update. The pager hears a finding again only when its severity rises.
/// A deed that people were told of within `repeat-after` is kept from them unless it is more severe. Who was told nothing
/// of a finding is not told its last word either.
final class Teller {
    private final Alerting alerting;

    Teller(Alerting alerting) {
        this.alerting = alerting;
    }

    /// What becomes of a finding at one topic.
    sealed interface Word {
        /// It is to be told.
        ///
        /// @param notice what
        /// @param told what readers know afterwards
        /// @param urgency severity of what is new in it; a last word has none
        record Tell(Notice notice, Told told, Severity urgency) implements Word {
        }

        /// It is kept from them as a repetition.
        ///
        /// @param told what counts as told afterwards
        record Keep(Told told) implements Word {
        }

        /// It is noted without a word.
        ///
        /// @param told what counts as told afterwards
        record Note(Told told) implements Word {
        }

        /// There is nothing new.
        record Nothing() implements Word {
        }
    }

    private static final Word NOTHING = new Word.Nothing();

    /// What a topic's readers are to be told of a finding.
    ///
    /// @param history what was told of other findings of the principal
    /// @param told what they were told of this one; null: nothing
    Word next(Topic topic, Judged judged, @Nullable Told told, History history, Instant now) {
        Finding finding = judged.finding();
        Severity severity = topic == Topic.FINDINGS ? finding.severity() : finding.liveSeverity();
        if (!severity.isAtLeast(least(topic))) {
            return NOTHING;
        }
        if (told == null) {
            Instant original = topic == Topic.FINDINGS ? null : original(topic, finding, severity, history, now);
            if (original != null) {
                return new Word.Keep(told(judged, severity, null, original).heldBack(null));
            }
            return new Word.Tell(new Notice(Kind.CREATE, finding, List.of(), now), told(judged, severity, null, now),
                    severity);
        }
        boolean rose = !told.severity().isAtLeast(severity);
        List<Signal> news = topic == Topic.PAGES && !rose ? List.of() : news(finding, told);
        if (!rose && news.isEmpty()) {
            return NOTHING;
        }
        Notice notice = told.quiet()
                ? new Notice(Kind.CREATE, finding, List.of(), now)
                : new Notice(Kind.UPDATE, finding, changes(severity, told, rose, news), now);
        return new Word.Tell(notice, told(judged, severity, told, now),
                rose ? severity : Severity.of(Math.min(news.getFirst().score(), severity.most())));
    }

    private Severity least(Topic topic) {
        return switch (topic) {
            case ALERTS -> Severity.MEDIUM;
            case PAGES -> alerting.pageAt();
            case FINDINGS -> Severity.LOW;
        };
    }

    /// The steps of medium or above that were not told, strongest first.
    private static List<Signal> news(Finding finding, Told told) {
        return finding.signals().stream().filter(signal -> Severity.of(signal.score()).isAtLeast(Severity.MEDIUM))
                .filter(signal -> !told.steps().contains(Step.of(signal).id())).toList();
    }

    private static List<String> changes(Severity severity, Told told, boolean rose, List<Signal> news) {
        List<String> changes = new ArrayList<>();
        if (rose) {
            changes.add("severity rose from " + told.severity().label() + " to " + severity.label());
        }
        news.forEach(signal -> changes.add(signal.headline()));
        return changes;
    }

    /// The telling of the same deed, not less severe, that makes this one a repetition; null when there is none.
    private @Nullable Instant original(Topic topic, Finding finding, Severity severity, History history, Instant now) {
        Instant since = now.minus(alerting.repeatAfter());
        return history.tellings().entrySet().stream()
                .filter(telling -> telling.getKey().fingerprint().equals(finding.fingerprint())
                        && telling.getKey().topic().equals(topic.name()) && telling.getValue().isAfter(since)
                        && telling.getKey().severity().isAtLeast(severity))
                .map(Map.Entry::getValue).max(Comparator.naturalOrder()).orElse(null);
    }

    private static Told told(Judged judged, Severity severity, @Nullable Told before, Instant at) {
        Finding finding = judged.finding();
        Set<String> steps = finding.signals().stream().map(signal -> Step.of(signal).id())
                .collect(Collectors.toSet());
        if (before != null) {
            steps.addAll(before.steps());
        }
        return new Told(judged.story(), steps, severity, finding.count(), finding.fingerprint(), at,
                before == null ? 1 : before.words() + 1, false, false);
    }

    /// The last word on a finding whose time is over: what was not told yet, or that its count changed since.
    ///
    /// @param history what was told of other findings of the principal
    Word last(Topic topic, Judged judged, @Nullable Told told, History history, Instant now) {
        Word next = next(topic, judged, told, history, now);
        return next instanceof Word.Nothing ? close(topic, judged, told, now) : next;
    }

    private static Word close(Topic topic, Judged judged, @Nullable Told told, Instant now) {
        Finding finding = judged.finding();
        if (told == null || told.quiet() || topic == Topic.PAGES
                || (finding.count() == told.count() && !told.superseded())) {
            return NOTHING;
        }
        String change = told.superseded()
                ? "it holds after all"
                : "events " + (finding.count() > told.count() ? "grew" : "fell") + " from " + told.count() + " to "
                        + finding.count();
        return new Word.Tell(new Notice(Kind.CLOSE, finding, List.of(change), now),
                told(judged, told.severity(), told, told.at()), Severity.INFORMATIONAL);
    }

    /// The last word on what is no finding any more.
    ///
    /// @param last the finding as it was told last
    Word supersede(Topic topic, Finding last, @Nullable Told told, Instant now) {
        if (told == null || told.superseded()) {
            return NOTHING;
        }
        Told after = new Told(told.story(), told.steps(), told.severity(), told.count(), told.fingerprint(), now,
                told.words() + 1, true, told.quiet());
        return topic == Topic.PAGES || told.quiet()
                ? new Word.Note(after)
                : new Word.Tell(
                        new Notice(Kind.SUPERSEDED, last,
                                List.of("events that came late explain it: nothing is left of it"),
                                now),
                        after, Severity.INFORMATIONAL);
    }

    /// Findings that were told and are none any more, by id, though their time is not settled.
    ///
    /// @param since second up to which stories were not judged
    static Map<String, Ledger> gone(History history, Set<String> findings, long since) {
        return history.told().entrySet().stream().filter(entry -> !findings.contains(entry.getKey()))
                .filter(entry -> entry.getValue().byTopic().values().stream()
                        .anyMatch(told -> !told.superseded() && told.story().end() > since
                                && told.story().quarter() != Story.Key.UNDATED))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
