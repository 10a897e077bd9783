package io.trailsentry.it;

import io.trailsentry.it.RuntimeApi.Outcome;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A function as it is shipped, in a JVM of its own under AWS's runtime interface client.
///
/// The process works in a folder laid out as a deployment package is (the classes, and `lib` with the jars of
/// `target/lib`), because the runtime client loads the handler from its working folder, in a class loader of its
/// own above which only the runtime client's jars are seen. Its environment holds what Lambda and the test set,
/// nothing of the machine's.
final class PackagedFunction implements AutoCloseable {
    static final String NAME = "trailsentry-it";

    /// What `template.yaml` gives the detector.
    static final int MEMORY_MB = 1024;
    /// The rest is for classes, compiled code and threads.
    private static final int HEAP_MB = MEMORY_MB * 85 / 100;
    private static final String INITIALIZATION = "AWS_LAMBDA_INITIALIZATION_TYPE";
    private static final String SNAP_START = "snap-start";
    private static final String RUNTIME_CLIENT = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
    private static final List<String> RUNTIME_CLIENT_JARS = List.of("aws-lambda-java-runtime-interface-client-",
            "aws-lambda-java-serialization-", "aws-lambda-java-core-", "utils-lite-");

    private final RuntimeApi api;
    private final Path taskRoot;
    private final Child process;

    private PackagedFunction(RuntimeApi api, Path taskRoot, Child process) {
        this.api = api;
        this.taskRoot = taskRoot;
        this.process = process;
    }

    /// Starts the function; returns before it is ready.
    ///
    /// @param handler as Lambda is told
    /// @param environment the function's own variables; they go before Lambda's
    static PackagedFunction start(String handler, Map<String, String> environment) {
        return launch(layOut(Path.of("target").toAbsolutePath()), handler, environment, java(), "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-Xmx" + HEAP_MB + "m", "--enable-native-access=ALL-UNNAMED",
                "-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac", "-cp", runtimeClientClassPath(),
                RUNTIME_CLIENT, handler);
    }

    /// Starts a function in Python, to measure beside.
    ///
    /// @param sources folder with the handler's module, and with `runtime.py` that runs it
    /// @param handler module and function, as Lambda is told
    static PackagedFunction startPython(Path sources, String handler, Map<String, String> environment) {
        Path taskRoot = taskRoot();
        link(sources.toAbsolutePath(), taskRoot);
        return launch(taskRoot, handler, environment, "python3", "runtime.py");
    }

    private static PackagedFunction launch(Path taskRoot, String handler, Map<String, String> environment,
            String... program) {
        var api = new RuntimeApi();
        var command = new ProcessBuilder(program).directory(taskRoot.toFile());
        command.environment().clear();
        command.environment().putAll(lambdaEnvironment(api, handler, taskRoot));
        command.environment().putAll(environment);
        if (SNAP_START.equals(command.environment().get(INITIALIZATION))) {
            // As Lambda does, for what stands in the environment stays as it was in the snapshot.
            command.environment().remove("AWS_ACCESS_KEY_ID");
            command.environment().remove("AWS_SECRET_ACCESS_KEY");
            command.environment().put("AWS_CONTAINER_CREDENTIALS_FULL_URI", api.credentials());
        }
        Child process = Child.start(command);
        var _ = process.exitStatus().thenAccept(api::exited);
        return new PackagedFunction(api, taskRoot, process);
    }

    /// Invokes the function; what comes of it is [#next()]'s.
    ///
    /// @return the request's id
    String submit(String event) {
        return api.submit(event);
    }

    /// Invokes the function and returns its answer.
    ///
    /// @throws AssertionError when it throws, ends, or does not answer in time
    String invoke(String event) {
        String requestId = submit(event);
        return switch (next()) {
            case Outcome.Answered answered when answered.requestId().equals(requestId) -> answered.body();
            case Outcome other -> throw new AssertionError("no answer but " + other);
        };
    }

    /// With SnapStart: waits for the end of the start, then lets `meanwhile` happen, then restores.
    ///
    /// @throws AssertionError when the start does not end in a snapshot
    void restore(Runnable meanwhile) {
        Outcome outcome = next();
        if (!(outcome instanceof Outcome.Checkpointed)) {
            throw new AssertionError("no call of the restore route but " + outcome);
        }
        meanwhile.run();
        api.restore();
    }

    /// What came next of the function.
    ///
    /// @throws AssertionError when nothing comes in time
    Outcome next() {
        return api.take(Await.DEADLINE);
    }

    /// Everything the function has printed so far, on standard output and standard error.
    String output() {
        return process.output();
    }

    /// Its process.
    Child process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
        api.close();
        delete(taskRoot);
    }

    private static Map<String, String> lambdaEnvironment(RuntimeApi api, String handler, Path taskRoot) {
        String nowhere = taskRoot.resolve("none").toString();
        return Map.ofEntries(Map.entry("AWS_LAMBDA_RUNTIME_API", api.authority()), Map.entry("_HANDLER", handler),
                Map.entry("LAMBDA_TASK_ROOT", taskRoot.toString()), Map.entry("AWS_LAMBDA_FUNCTION_NAME", NAME),
                Map.entry("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                Map.entry("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", String.valueOf(MEMORY_MB)),
                Map.entry("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + NAME),
                Map.entry("AWS_LAMBDA_LOG_STREAM_NAME", "it"),
                Map.entry(INITIALIZATION, "on-demand"),
                Map.entry("AWS_REGION", AwsBackend.REGION), Map.entry("AWS_DEFAULT_REGION", AwsBackend.REGION),
                Map.entry("AWS_ACCESS_KEY_ID", AwsBackend.ACCESS_KEY),
                Map.entry("AWS_SECRET_ACCESS_KEY", AwsBackend.SECRET_KEY),
                // The SDK looks into the home folder of whoever runs the tests unless told otherwise.
                Map.entry("AWS_CONFIG_FILE", nowhere), Map.entry("AWS_SHARED_CREDENTIALS_FILE", nowhere),
                Map.entry("AWS_EC2_METADATA_DISABLED", "true"), Map.entry("LANG", "en_US.UTF-8"),
                Map.entry("TZ", ":UTC"));
    }

    private static Path layOut(Path target) {
        Path classes = target.resolve("classes");
        Path libraries = target.resolve("lib");
        if (!Files.isDirectory(classes) || !Files.isDirectory(libraries)) {
            throw new AssertionError("the packaged function is not there: " + classes + " and " + libraries
                    + " are made by `mvn process-classes`");
        }
        Path taskRoot = taskRoot();
        link(classes, taskRoot);
        try {
            Files.createSymbolicLink(taskRoot.resolve("lib"), libraries);
            return taskRoot;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path taskRoot() {
        try {
            return Files.createTempDirectory("trailsentry-it-task-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void link(Path folder, Path taskRoot) {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                Files.createSymbolicLink(taskRoot.resolve(entry.getFileName()), entry);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path taskRoot) {
        // The walk does not follow links, so what they lead to stays.
        try (Stream<Path> paths = Files.walk(taskRoot)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String runtimeClientClassPath() {
        List<String> classPath = List.of(System.getProperty("java.class.path").split(File.pathSeparator));
        return RUNTIME_CLIENT_JARS.stream().map(prefix -> jar(classPath, prefix))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String jar(List<String> classPath, String prefix) {
        return classPath.stream().filter(entry -> Path.of(entry).getFileName().toString().startsWith(prefix))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + prefix + "*.jar on the test class path"));
    }
}
