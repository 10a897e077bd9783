package io.trailsentry.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What people and SIEMs read, word for word, in files that people review. `-Dgolden.update=true` writes them anew.
public final class Golden {
    private static final Path FILES = Path.of("src/test/resources/golden");

    private Golden() {
    }

    /// Holds a text against the file that was reviewed.
    ///
    /// @param file its name
    public static void reads(String file, String text) throws IOException {
        Path golden = FILES.resolve(file);
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(FILES);
            Files.writeString(golden, text);
        }
        assertThat(text).as("%s; if the change is meant, run with -Dgolden.update=true and review", golden)
                .isEqualTo(Files.readString(golden));
    }
}
