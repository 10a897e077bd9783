package io.trailsentry.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Any text as a configuration: it is read, or refused with faults that name a line of it in plain characters; and read
/// again it is the same.
public final class ConfigurationFuzz {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 17);
    private static final Pattern PROBLEM = Pattern.compile("line ([0-9]+): [^\\p{Cc}\\p{Cs}]+");

    private ConfigurationFuzz() {
    }

    /// Reads the text twice, and with a comment behind it.
    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, UTF_8);
        List<String> said = said(text);
        assertThat(said(text)).isEqualTo(said);

        long lines = text.lines().count()
                + text.chars().filter(c -> c == '\u0085' || c == 0x2028 || c == 0x2029).count()
                + 1;
        for (String problem : said.subList(1, said.size())) {
            Matcher place = PROBLEM.matcher(problem);
            assertThat(place.matches()).as(problem).isTrue();
            assertThat(Long.parseLong(place.group(1))).as(problem).isBetween(1L, lines);
        }
        Outline.of(text).lines().values().forEach(line -> assertThat((long) line).isBetween(1L, lines));
    }

    /// What is made of a text: the configuration and warnings, or the refusal and its problems.
    private static List<String> said(String text) {
        List<String> said = new ArrayList<>();
        try {
            ConfigurationReader.Read read = ConfigurationReader.read("trailsentry.yaml", text, TODAY);
            read.configuration().roster();
            said.add(read.configuration().toString());
            said.addAll(read.warnings());
        } catch (ConfigurationException e) {
            assertThat(e.faults()).isNotEmpty();
            assertThat(e.getMessage()).startsWith("trailsentry.yaml: " + e.faults().size() + " fault");
            said.add(e.getMessage());
            said.addAll(e.faults());
            said.addAll(e.warnings());
        }
        return said;
    }
}
