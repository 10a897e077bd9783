package io.trailsentry.finding;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The time in which at most so many alerts reach people: those that did, and what was held back. It begins with the first
/// alert after the one before. Immutable; of bounded size; pure.
///
/// For each topic, and for each severity, at most so many alerts are let through that are of it or above: so nobody can
/// hide a critical alert behind any number of medium ones.
///
/// @param from when it began
/// @param until when it ends
/// @param places the alerts that were let through
/// @param held what was held back
/// @param over what was held back in times before, of which the last word is to be said
/// @param owner who is telling of what was held back; null: nobody
/// @param lease until when
public record AlertWindow(Instant from, Instant until, List<Place> places, HeldBack held, HeldBack over,
        @Nullable String owner, Instant lease) {
    /// Before the first alert.
    public static final AlertWindow NONE = new AlertWindow(Instant.EPOCH, Instant.EPOCH, List.of(), HeldBack.NONE,
            HeldBack.NONE, null, Instant.EPOCH);

    /// An alert that was let through.
    ///
    /// @param topic name of the topic
    /// @param step names the step of the finding; the same when it is told again
    public record Place(String topic, String step, Severity urgency) {
    }

    /// Copies the list.
    public AlertWindow {
        places = List.copyOf(places);
    }

    /// Whether an alert was let through.
    public boolean has(Place place) {
        return places.stream().anyMatch(one -> one.topic().equals(place.topic()) && one.step().equals(place.step()));
    }

    /// Whether it is known, without changing anything, which of these alerts are let through.
    ///
    /// @param most most alerts
    public boolean decides(List<Place> wanted, Instant now, int most) {
        return now.isBefore(until) && wanted.stream().allMatch(place -> has(place) || isFull(place, most));
    }

    private boolean isFull(Place place, int most) {
        return places.stream().filter(one -> one.topic().equals(place.topic())
                && one.urgency().isAtLeast(place.urgency())).count() >= most;
    }

    /// Lets alerts through, as far as there is room.
    ///
    /// @param per how long a time lasts that begins now
    /// @param most most alerts
    public AlertWindow with(List<Place> wanted, Instant now, Duration per, int most) {
        AlertWindow window = now.isBefore(until) ? this : next(now, per);
        for (Place place : wanted) {
            if (!window.has(place) && !window.isFull(place, most)) {
                List<Place> more = new ArrayList<>(window.places);
                more.add(place);
                window = new AlertWindow(window.from, window.until, more, window.held, window.over, owner, lease);
            }
        }
        return window;
    }

    private AlertWindow next(Instant now, Duration per) {
        return new AlertWindow(now, now.plus(per), List.of(), HeldBack.NONE, ended(), owner, lease);
    }

    private HeldBack ended() {
        return held.isSettled() ? over : over.and(held);
    }

    /// Adds what was held back.
    public AlertWindow holding(HeldBack more) {
        return new AlertWindow(from, until, places, held.and(more.since(from)), over, owner, lease);
    }

    /// The same, where what was held back is over if the time is.
    public AlertWindow at(Instant now) {
        return now.isBefore(until) || held.isEmpty()
                ? this
                : new AlertWindow(from, until, places, HeldBack.NONE, ended(), owner, lease);
    }

    /// Claims to tell of what was held back, unless somebody else does.
    ///
    /// @param by who
    /// @param most how long the claim holds
    public AlertWindow claimed(String by, Instant now, Duration most) {
        return owner != null && !owner.equals(by) && lease.isAfter(now)
                ? this
                : new AlertWindow(from, until, places, held, over, by, now.plus(most));
    }

    /// Notes what was told of what was held back, and gives the claim back.
    ///
    /// @param told of what they were told
    /// @param said by topic, of how many steps
    /// @param by who held the claim
    public AlertWindow said(HeldBack told, Map<String, Integer> said, String by) {
        boolean current = held.from().equals(told.from()) && !held.isEmpty();
        HeldBack now = current ? held.saying(said) : held;
        HeldBack before = current || over.isEmpty() ? over : over.saying(said);
        boolean ours = by.equals(owner);
        return new AlertWindow(from, until, places, now, before.isSettled() ? HeldBack.NONE : before,
                ours ? null : owner, ours ? Instant.EPOCH : lease);
    }
}
