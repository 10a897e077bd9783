package io.trailsentry.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A process that a test started, with all it printed. It ends with the test, or with the tests' JVM.
final class Child implements AutoCloseable {
    private static final long GRACE_SECONDS = 5;

    private final Process process;
    private final Path printed;
    private final long startedAt;
    private final Thread reaper;

    private Child(Process process, Path printed, long startedAt) {
        this.process = process;
        this.printed = printed;
        this.startedAt = startedAt;
        this.reaper = new Thread(() -> end(process));
        Runtime.getRuntime().addShutdownHook(reaper);
    }

    /// Starts the process; standard output and standard error are kept together.
    static Child start(ProcessBuilder builder) {
        try {
            // A file, because a pipe that nobody reads in time stops the process.
            Path printed = Files.createTempFile("trailsentry-it-", ".log");
            long startedAt = System.nanoTime();
            Process process = builder.redirectErrorStream(true).redirectOutput(printed.toFile()).start();
            process.getOutputStream().close();
            return new Child(process, printed, startedAt);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The exit status, once the process has ended, however it ended.
    CompletableFuture<Integer> exitStatus() {
        return process.onExit().thenApply(Process::exitValue);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// When it was started, by [System#nanoTime()].
    long startedAt() {
        return startedAt;
    }

    /// What it has used of processors so far, to a hundredth of a second; on Linux.
    Duration processorTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /// The most memory that was its own at once so far, in KiB; on Linux.
    long peakMemory() {
        return status("VmHWM:");
    }

    /// The memory that is its own now, in KiB; on Linux.
    long memory() {
        return status("VmRSS:");
    }

    private long status(String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
            return lines.filter(line -> line.startsWith(field)).mapToLong(
                    line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Everything printed so far.
    String output() {
        try {
            return new String(Files.readAllBytes(printed), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        end(process);
        try {
            Runtime.getRuntime().removeShutdownHook(reaper);
        } catch (IllegalStateException e) {
            // The JVM is going down; the hook runs anyway.
        }
        try {
            Files.deleteIfExists(printed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
