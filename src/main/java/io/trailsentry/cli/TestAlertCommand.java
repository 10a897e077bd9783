package io.trailsentry.cli;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import io.trailsentry.publish.Version;
import io.trailsentry.publish.aws.ChannelTest;
import io.trailsentry.publish.aws.ChannelTests;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `test-alert`: a marked test through every channel.
@Command(name = "test-alert", mixinStandardHelpOptions = true, sortOptions = false, description = "Sends a marked test through every channel and tells what came back. Without options it tests the "
        + "topics in ALERTS_TOPIC_ARN, PAGES_TOPIC_ARN and FINDINGS_TOPIC_ARN, or where none of these is set, those "
        + "that the stack makes, in the account and Region of the AWS credentials.", footer = {"",
                "Exit codes: 0 all is accepted and somebody gets alerts; 1 something is not; 2 nothing could be begun."})
final class TestAlertCommand implements Callable<Integer> {
    private static final int NOT_WELL = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--alerts", paramLabel = "ARN", description = "Topic for people.")
    private @Nullable String alerts;

    @Option(names = "--pages", paramLabel = "ARN", description = "Topic for the pager.")
    private @Nullable String pages;

    @Option(names = "--findings", paramLabel = "ARN", description = "Topic for the SIEM.")
    private @Nullable String findings;

    @Option(names = "--hold", paramLabel = "SECONDS", description = "How long the test page stays open before it is resolved (default: 30).")
    private int hold = 30;

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Override
    public Integer call() throws IOException, InterruptedException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        if (hold < 0 || hold > 3_600) {
            throw new ParameterException(command, "--hold: must lie between 0 and 3600");
        }
        Configuration configuration = config.givenOrBeside(List.of("-"));
        Renderers renderers = Renderers.of(Catalogue.load(), configuration.accounts(), Version.NUMBER);
        try (ChannelTests tests = new ChannelTests(System.getenv())) {
            ChannelTest test = tests.of(given(), renderers, Thread::sleep);
            boolean well = false;
            try {
                well = test.run(Duration.ofSeconds(hold), line -> command.getErr().println(line));
            } finally {
                command.getOut().print(test);
                command.getOut().flush();
            }
            return well ? 0 : NOT_WELL;
        }
    }

    private Map<Topic, String> given() {
        Map<Topic, String> given = new EnumMap<>(Topic.class);
        if (alerts != null) {
            given.put(Topic.ALERTS, alerts);
        }
        if (pages != null) {
            given.put(Topic.PAGES, pages);
        }
        if (findings != null) {
            given.put(Topic.FINDINGS, findings);
        }
        return given;
    }
}
