package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.it.Inbox.Notification;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.sqs.model.Message;

/// A storm of findings through two packaged functions with one table.
@RequiresAws
@EnabledOnOs(value = OS.LINUX, disabledReason = "AWS's runtime interface client is native code for Linux")
class FloodIT {
    private static final int FINDINGS = 40;
    private static final int CAP = 20;
    private static final int BATCH = 20;

    @RegisterExtension
    final Installation installation;

    FloodIT(AwsBackend aws) {
        this.installation = new Installation(aws);
    }

    /// The agents of many accounts make themselves administrators.
    private static String batch(int from) {
        List<Message> messages = IntStream.range(from, from + BATCH).mapToObj(number -> Message.builder()
                .messageId("message-" + number).receiptHandle("receipt-" + number)
                .body(Events.selfModification().toString().replace(Events.ACCOUNT,
                        String.valueOf(400_000_000_000L + number)))
                .attributesWithStrings(Map.of("ApproximateReceiveCount", "1")).build()).toList();
        return EventSourceMapping.batch(messages, "arn:aws:sqs:us-east-1:111122223333:trailsentry-events");
    }

    @Test
    void storm_twoFunctions_capReachesPeople_andAllReachesTheFeed() {
        Map<String, String> table = Map.of("MEMORY_TABLE", installation.memoryTable());
        PackagedFunction first = installation.start(table);
        // AWS's runtime interface client unpacks its library into one place: not two at once.
        first.invoke(Events.heartbeat().toString());
        List<PackagedFunction> functions = List.of(first, installation.start(table));

        for (int from = 0; from < FINDINGS; from += BATCH) {
            String batch = batch(from);
            PackagedFunction function = functions.get(from / BATCH % 2);
            assertThat(EventSourceMapping.failures(function.invoke(batch))).isEmpty();
            assertThat(EventSourceMapping.failures(functions.get(1 - from / BATCH % 2).invoke(batch)))
                    .as("delivered again").isEmpty();
        }

        assertThat(installation.findings().drain()).hasSize(FINDINGS);
        List<Notification> alerts = installation.alerts().drain();
        assertThat(alerts).hasSize(CAP + 1);
        assertThat(alerts).filteredOn(alert -> alert.subject() != null && alert.subject().contains("held back"))
                .singleElement().satisfies(summary -> assertThat(summary.message()).contains("alerting.flood"));
        assertThat(installation.pages().drain()).hasSize(CAP + 1)
                .filteredOn(page -> page.subject() != null && page.subject().contains("held back")).singleElement()
                .satisfies(page -> assertThat(page.attributes()).containsEntry("severity", "critical"));
        assertThat(sum("AlertsPublished")).isEqualTo(CAP);
        assertThat(sum("AlertsSuppressed")).isEqualTo(2 * (FINDINGS - CAP));
    }

    private double sum(String name) {
        return installation.router().metrics().stream().filter(metric -> metric.name().equals(name))
                .mapToDouble(AwsRouter.Metric::sum).sum();
    }
}
