package io.trailsentry.it;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Gives the tests of a run one [AwsBackend], launched when the first test class asks and closed after the last.
final class AwsBackendExtension implements ExecutionCondition, ParameterResolver {
    static final String REQUIRED_PROPERTY = "trailsentry.it.required";

    private static final Namespace NAMESPACE = Namespace.create(AwsBackendExtension.class);

    // A condition and not an assumption in a lifecycle method, which would be reported as no tests at all.
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return switch (choice(context)) {
            case AwsBackend.Choice.Found found ->
                ConditionEvaluationResult.enabled("on " + found.backend().name());
            case AwsBackend.Choice.Missing missing -> missing("no AWS backend: "
                    + String.join("; ", missing.reasons()) + "; " + AwsBackend.ENDPOINT_PROPERTY + " is not set");
        };
    }

    /// What is decided when something a test needs is missing: skipped, or failed where it is required.
    static ConditionEvaluationResult missing(String reason) {
        if (Boolean.getBoolean(REQUIRED_PROPERTY)) {
            throw new AssertionError(REQUIRED_PROPERTY + "=true, but " + reason);
        }
        return ConditionEvaluationResult.disabled(reason);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType().equals(AwsBackend.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return switch (choice(context)) {
            case AwsBackend.Choice.Found found -> found.backend();
            case AwsBackend.Choice.Missing missing -> throw new AssertionError(missing.toString());
        };
    }

    private static AwsBackend.Choice choice(ExtensionContext context) {
        // The root store closes what it holds when the run ends.
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent(AwsBackend.Choice.class,
                key -> AwsBackend.choose(), AwsBackend.Choice.class);
    }
}
