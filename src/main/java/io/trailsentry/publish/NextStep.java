package io.trailsentry.publish;

import java.util.List;

/// One thing to do about a finding.
///
/// @param what what it does and what it breaks, in a sentence or two
/// @param command parts of one command for a POSIX shell, to be joined by a space or continued on the next line; empty
///         when no command can do it
/// @param undo parts of the command that takes it back; empty when there is nothing to take back
public record NextStep(String what, List<String> command, List<String> undo) {
    /// Copies the lists.
    public NextStep {
        command = List.copyOf(command);
        undo = List.copyOf(undo);
    }

    /// A command on one line; empty when there is none.
    static String line(List<String> command) {
        return String.join(" ", command);
    }
}
