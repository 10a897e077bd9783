package io.trailsentry.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/// Runs the command line within the test.
public final class Program {
    private Program() {
    }

    /// Runs a command; what it prints to standard error is dropped.
    ///
    /// @return the exit code
    public static int run(StringWriter out, String... args) {
        return Main.run(new PrintWriter(out), new PrintWriter(new StringWriter()), args);
    }
}
