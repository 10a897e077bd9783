package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// The software bill of materials against the package and against the list that people review. Maven makes none offline (`-o`);
/// then this is reported as skipped, unless `trailsentry.it.required` is set.
@EnabledIf("isThereOrRequired")
class SbomIT {
    private static final Path SBOM = Path.of("target/sbom.json");
    private static final Path LIST = Path.of("docs/libraries.md");
    private static final String FROM = "<!-- libraries -->\n";
    private static final String TO = "<!-- /libraries -->";
    /// The licences, by their SPDX ids, that go with the project's own. Another one is a decision, not an entry.
    private static final Set<String> ALLOWED = Set.of("Apache-2.0", "BSD-2-Clause", "MIT", "MIT-0");

    private final String text = Files.readString(SBOM);
    private final List<Library> libraries = StreamSupport
            .stream(new ObjectMapper().readTree(text).path("components").spliterator(), false).map(Library::of)
            .sorted(Comparator.comparing(Library::id)).toList();

    SbomIT() throws IOException {
    }

    static boolean isThereOrRequired() {
        return Files.exists(SBOM) || Boolean.getBoolean(AwsBackendExtension.REQUIRED_PROPERTY);
    }

    /// One component.
    ///
    /// @param licences in alphabetical order; empty if none is known
    private record Library(String group, String name, String version, List<String> licences, String sha256) {
        static Library of(JsonNode component) {
            return new Library(component.path("group").asText(), component.path("name").asText(),
                    component.path("version").asText(),
                    elements(component.path("licenses")).map(licence -> licence.path("license").path("id").asText())
                            .sorted().toList(),
                    elements(component.path("hashes")).filter(hash -> hash.path("alg").asText().equals("SHA-256"))
                            .map(hash -> hash.path("content").asText()).collect(Collectors.joining()));
        }

        private static Stream<JsonNode> elements(JsonNode array) {
            return StreamSupport.stream(array.spliterator(), false);
        }

        String id() {
            return group + ":" + name;
        }

        String row() {
            return "| `" + id() + "` | " + version + " | " + String.join(", ", licences) + " | `" + sha256 + "` |\n";
        }
    }

    @Test
    void sbom_namesWhatThePackageHolds() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target/lib"))) {
            assertThat(libraries.stream().map(library -> library.name() + "-" + library.version() + ".jar"))
                    .containsExactlyInAnyOrderElementsOf(files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void sbom_isTheSameWhereverAndWheneverItIsMade() {
        assertThat(text).doesNotContain(Path.of("").toAbsolutePath().toString(), System.getProperty("user.home"),
                "\"serialNumber\"", "\"timestamp\"");
    }

    @Test
    void libraries_haveLicencesThatAreAllowed() {
        assertThat(libraries).isNotEmpty().allSatisfy(library -> assertThat(library.licences()).as(library.id())
                .isNotEmpty().isSubsetOf(ALLOWED));
    }

    /// `-Dgolden.update=true` writes the list anew. A library that is another than the reviewed one, by version or by content,
    /// fails here.
    @Test
    void libraries_areTheReviewedOnes() throws IOException {
        String document = Files.readString(LIST);
        String table = libraries.stream().map(Library::row)
                .collect(Collectors.joining("", "| library | version | licence | SHA-256 |\n|---|---|---|---|\n", ""));
        if (Boolean.getBoolean("golden.update")) {
            document = document.substring(0, document.indexOf(FROM)) + FROM + table
                    + document.substring(document.indexOf(TO));
            Files.writeString(LIST, document);
        }
        assertThat(document).contains(FROM + table + TO);
    }
}
