package io.trailsentry.it;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// AWS's own translation of SAM's resources into CloudFormation's, by the program `.ci/translate`.
final class SamTranslator implements ExecutionCondition {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// A template as CloudFormation gets it.
    ///
    /// @param file one of the project's, for example `template.yaml`
    static ObjectNode translate(String file) {
        Child translation = Child.start(new ProcessBuilder(".ci/translate", file));
        try (translation) {
            int status = translation.exitStatus().join();
            if (status != 0) {
                throw new AssertionError(file + " cannot be translated: " + translation.output());
            }
            return (ObjectNode) JSON.readTree(translation.output());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        try (Child probe = Child.start(new ProcessBuilder("python3", "-c", "import samtranslator"))) {
            if (probe.exitStatus().join() == 0) {
                return ConditionEvaluationResult.enabled("Python's aws-sam-translator is there");
            }
        } catch (UncheckedIOException e) {
            // Not even Python.
        }
        return AwsBackendExtension.missing("no template: Python's aws-sam-translator is missing"
                + " (pip install aws-sam-translator)");
    }
}
