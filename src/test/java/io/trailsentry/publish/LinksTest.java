package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Containment;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.PerimeterChange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinksTest {
    private static final Path RUNBOOKS = Path.of("docs/runbooks");
    private static final Pattern LOCAL_LINK = Pattern.compile("]\\(([a-z][A-Za-z0-9./-]*)(#[a-z0-9-]+)?\\)");

    @ParameterizedTest
    @CsvSource({"us-east-1,us-east-1.console.aws.amazon.com", "ap-southeast-3,ap-southeast-3.console.aws.amazon.com",
            "cn-north-1,cn-north-1.console.amazonaws.cn",
            "us-gov-west-1,us-gov-west-1.console.amazonaws-us-gov.com"})
    void event_isShownByItsPartitionsConsole(String region, String host) {
        Draft draft = Draft.selfModification();
        draft.region = region;

        assertThat(Links.event(draft.signal().evidence())).isEqualTo("https://" + host
                + "/cloudtrailv2/home?region=" + region + "#/events/0b6f2d1c-6c0d-4a51-9a3e-0c7f1f0f9a10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1", "", "us-east-1/x",
            "evil.example", "US-EAST-1"})
    void event_ofRegionWithoutPublicConsole_hasNoLink(String region) {
        Draft draft = Draft.selfModification();
        draft.region = region;

        assertThat(Links.event(draft.signal().evidence())).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0b6f2d1c", "0b6f2d1c-6c0d-4a51-9a3e-0c7f1f0f9a10/../x",
            "sha256-5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"})
    void event_withoutCloudTrailsId_hasNoLink(String eventId) {
        Draft draft = Draft.selfModification();
        draft.eventId = eventId;

        assertThat(Links.event(draft.signal().evidence())).isNull();
    }

    static Stream<String> runbook_ofEveryDetector_existsAndSaysWhatToDo() {
        Detectors detectors = Detectors.of(Catalogue.load(), Map.of(), Map.of());
        return Stream
                .concat(Stream.concat(detectors.ofCalls().stream(), detectors.ofRates().stream()).map(Detector::id),
                        Stream.of(PerimeterChange.ID))
                .distinct();
    }

    @ParameterizedTest
    @MethodSource
    void runbook_ofEveryDetector_existsAndSaysWhatToDo(String detector) throws IOException {
        assertThat(Links.runbook(detector)).endsWith("/docs/runbooks/" + detector + ".md");
        assertThat(Files.readString(RUNBOOKS.resolve(detector + ".md"))).contains("# `" + detector + "`", "## Triage",
                "## Contain", "## Recover", "## Tune");
    }

    @Test
    void runbooks_linksBetweenThem_leadToFilesAndHeadings() throws IOException {
        List<Path> pages;
        try (Stream<Path> files = Files.list(RUNBOOKS)) {
            pages = files.toList();
        }
        assertThat(pages).isNotEmpty();
        for (Path page : pages) {
            for (var link : LOCAL_LINK.matcher(Files.readString(page)).results().toList()) {
                Path target = RUNBOOKS.resolve(link.group(1));
                assertThat(target).as("link in %s", page).isRegularFile();
                if (link.group(2) != null) {
                    assertThat(Files.readString(target).lines().filter(line -> line.startsWith("#"))
                            .map(LinksTest::anchor)).as("link in %s", page).contains(link.group(2));
                }
            }
        }
    }

    private static String anchor(String heading) {
        return "#" + heading.replaceFirst("^#+ ", "").toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9 -]", "")
                .replace(' ', '-');
    }

    @Test
    void runbooks_nameTheSamePoliciesAsTheAlerts() throws IOException {
        assertThat(Files.readString(RUNBOOKS.resolve("contain.md"))).contains(Containment.POLICY,
                Containment.REVOCATION, Containment.denial(null, null));
    }
}
