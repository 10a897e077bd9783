package io.trailsentry.posture;

import org.jspecify.annotations.Nullable;

/// What one check of the audit found of one thing. Immutable.
///
/// @param rule which check
/// @param subject whom it is about
/// @param verdict how it ended
/// @param score what a finding of it is worth, 0 to 100; under 20 it is none
/// @param action the API action that it is about, `service:EventName`; null when it is about none
/// @param target ARN or name of what was looked at; null when that is the subject
/// @param said what was found: a clause to be read behind the subject's name, `has no permissions boundary`
/// @param reason why that matters, or why it cannot be told, in one sentence; empty when all is well
/// @param state what makes it another finding when it changes though all else is the same; empty: nothing does
/// @param mend how to mend it, in one sentence, with the command or statement where there is one; empty when all is well
public record Check(Rule rule, Subject subject, Verdict verdict, int score, @Nullable String action,
        @Nullable String target, String said, String reason, String mend, String state) {

    /// All is well.
    public static Check ok(Rule rule, Subject subject, @Nullable String target, String said) {
        return new Check(rule, subject, Verdict.OK, 0, null, target, said, "", "", "");
    }

    /// It works, and is not as it should be.
    public static Check warning(Rule rule, Subject subject, int score, @Nullable String target, String said,
            String reason, String mend) {
        return new Check(rule, subject, Verdict.WARNING, score, null, target, said, reason, mend, "");
    }

    /// It is not as it should be.
    public static Check failure(Rule rule, Subject subject, int score, @Nullable String target, String said,
            String reason, String mend) {
        return new Check(rule, subject, Verdict.FAILURE, score, null, target, said, reason, mend, "");
    }

    /// It cannot be told, and that is nobody's fault: conditions decide, for example.
    public static Check unknown(Rule rule, Subject subject, @Nullable String target, String said, String reason,
            String mend) {
        return new Check(rule, subject, Verdict.UNKNOWN, 0, null, target, said, reason, mend, "");
    }

    /// It cannot be told because AWS refused to answer: worth a finding, for whoever blinds the audit does so by that.
    public static Check refused(Rule rule, Subject subject, @Nullable String target, RefusedException refusal,
            String mend) {
        return new Check(rule, subject, Verdict.UNKNOWN, 20, null, target, "cannot be checked: " + rule.title(),
                refusal.reason(), mend, "");
    }

    /// The same about an API action.
    public Check about(String apiAction) {
        return new Check(rule, subject, verdict, score, apiAction, target, said, reason, mend, state);
    }

    /// The same in a state.
    public Check of(String newState) {
        return new Check(rule, subject, verdict, score, action, target, said, reason, mend, newState);
    }
}
