package io.trailsentry.cli;

import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--config`, and where a configuration is found without it. Warnings go to standard error; a file that cannot be used
/// is wrong use, told with all its faults.
final class ConfigurationOption {
    private static final String NAME = "trailsentry.yaml";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "Configuration: YAML, or the same as JSON.")
    private @Nullable Path file;

    /// The configuration that the option names; null without it.
    ///
    /// @throws ParameterException for a file that cannot be used
    @Nullable
    Configuration given() throws IOException {
        return file == null ? null : read(file);
    }

    /// The configuration that the option names, else the one beside the first path or in it, else the one in the current
    /// folder, else the empty one.
    ///
    /// @param paths files and folders; `-` has no folder
    /// @throws ParameterException for a file that cannot be used
    Configuration givenOrBeside(List<String> paths) throws IOException {
        Path found = place(paths);
        return found == null ? Configuration.EMPTY : read(found);
    }

    /// Where the configuration of [#givenOrBeside] stands; null for the empty one.
    @Nullable
    Path place(List<String> paths) {
        return file == null ? found(paths.getFirst()) : file;
    }

    private static @Nullable Path found(String first) {
        List<Path> places = new ArrayList<>();
        if (!first.equals("-")) {
            Path path = Path.of(first).toAbsolutePath();
            places.add(Files.isDirectory(path) ? path : path.resolveSibling(""));
        }
        places.add(Path.of("").toAbsolutePath());
        return places.stream().map(place -> place.resolve(NAME)).filter(Files::isRegularFile).findFirst().orElse(null);
    }

    private Configuration read(Path from) throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        try {
            ConfigurationReader.Read read = ConfigurationReader.read(from.toString(), text(command, from),
                    LocalDate.now(ZoneOffset.UTC));
            read.warnings().forEach(warning -> command.getErr().println(from + ": " + warning));
            return read.configuration();
        } catch (NoSuchFileException e) {
            throw new ParameterException(command, from + " does not exist", e);
        } catch (AccessDeniedException e) {
            throw new ParameterException(command, from + " may not be read", e);
        } catch (ConfigurationException e) {
            throw new ParameterException(command, e.getMessage(), e);
        }
    }

    private static String text(CommandLine command, Path from) throws IOException {
        if (Files.isDirectory(from)) {
            throw new ParameterException(command, from + " is a folder; name the file in it");
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(from));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            // The decoder stops at the byte that fits no character.
            int line = 1;
            for (int i = 0; i < bytes.position(); i++) {
                line += bytes.get(i) == '\n' ? 1 : 0;
            }
            throw new ParameterException(command, from + ": 1 fault\nline " + line
                    + ": byte " + (bytes.position() + 1) + " of the file is no UTF-8; save the file as UTF-8", e);
        }
    }
}
