package io.trailsentry.posture;

import org.jspecify.annotations.Nullable;

/// What AWS answered to one question, or why it did not. Immutable.
///
/// @param value the answer; null when it was refused, and for what is not there
/// @param refusal why it was; null when it was not
record Answer<T>(@Nullable T value, @Nullable RefusedException refusal) {
    /// Asks AWS.
    @FunctionalInterface
    interface Question<T> {
        T ask() throws RefusedException;
    }

    /// Asks AWS for what may not be there.
    @FunctionalInterface
    interface Search<T> {
        @Nullable
        T ask() throws RefusedException;
    }

    /// What is there.
    static <T> Answer<T> find(Search<T> search) {
        try {
            return new Answer<>(search.ask(), null);
        } catch (RefusedException e) {
            return refused(e);
        } catch (RuntimeException e) {
            // What cannot be read of one answer must not end the audit of all the rest.
            return refused(RefusedException.unread(e));
        }
    }

    /// The answer to a question.
    static <T> Answer<T> to(Question<T> question) {
        try {
            return new Answer<>(question.ask(), null);
        } catch (RefusedException e) {
            return refused(e);
        } catch (RuntimeException e) {
            // What cannot be read of one answer must not end the audit of all the rest.
            return refused(RefusedException.unread(e));
        }
    }

    static <T> Answer<T> of(T value) {
        return new Answer<>(value, null);
    }

    static <T> Answer<T> refused(RefusedException refusal) {
        return new Answer<>(null, refusal);
    }
}
