package io.trailsentry.it;

import java.io.File;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The command line as it is shipped, in a JVM of its own, with an environment that holds nothing of the machine's.
///
/// @param code its exit code
/// @param output what it printed, on standard output and standard error
record CommandLineProgram(int code, String output) {

    /// Runs a command to its end, in `target`, where there is no configuration.
    static CommandLineProgram run(URI endpoint, Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-Xmx256m", "-cp",
                Path.of("target/classes").toAbsolutePath() + File.pathSeparator + Path.of("target/lib").toAbsolutePath()
                        + File.separator + "*",
                "io.trailsentry.cli.Main"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).directory(Path.of("target").toFile());
        String nowhere = Path.of("target", "none").toAbsolutePath().toString();
        process.environment().clear();
        process.environment().putAll(new HashMap<>(Map.of("AWS_ENDPOINT_URL", endpoint.toString(),
                "AWS_ACCESS_KEY_ID", AwsBackend.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", AwsBackend.SECRET_KEY,
                "AWS_CONFIG_FILE", nowhere, "AWS_SHARED_CREDENTIALS_FILE", nowhere,
                "AWS_EC2_METADATA_DISABLED", "true", "LANG", "en_US.UTF-8")));
        process.environment().putAll(environment);
        try (Child child = Child.start(process)) {
            int code = child.exitStatus().orTimeout(60, TimeUnit.SECONDS).join();
            return new CommandLineProgram(code, child.output());
        }
    }
}
