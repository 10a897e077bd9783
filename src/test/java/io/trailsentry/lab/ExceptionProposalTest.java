package io.trailsentry.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.finding.Exceptions.Entry;
import io.trailsentry.finding.Finding;
import io.trailsentry.publish.Draft;
import io.trailsentry.trail.Seed;
import java.time.LocalDate;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExceptionProposalTest {
    private static final LocalDate UNTIL = LocalDate.of(2026, 12, 24);

    private static ExceptionProposal proposal(Finding finding) {
        return ExceptionProposal.of(finding, UNTIL, "agreed", false);
    }

    private static List<Entry> read(ExceptionProposal proposal) throws ConfigurationException {
        return ConfigurationReader.read("test", "exceptions:\n" + proposal.yaml(), LocalDate.EPOCH).configuration()
                .exceptions().entries();
    }

    private static Finding withTarget(@Nullable String target) {
        Draft draft = Draft.selfModification();
        draft.target = target;
        return draft.finding();
    }

    @Test
    void plainFinding_givesOneExactEntry_withoutNotes() {
        ExceptionProposal proposal = proposal(withTarget("mcp-agent-role"));
        assertThat(proposal.notes()).isEmpty();
        assertThat(proposal.yaml()).isEqualTo("""
                  - detector: iam-self-modification
                    agent: "coder"
                    action: "iam:AttachRolePolicy"
                    target: "mcp-agent-role"
                    until: 2026-12-24
                    reason: "agreed"
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "a\\b", "x: y # z", "- [x]", "{}", "null", "*", "a*b?c", "\"*\"", " edge ",
            "\u3000edge",
            "line\nbreak: injected", "tab\tand\u0000nul\u0085", "\u202Egnp.exe", "zero\u200Bwidth\uFEFF",
            "\uD83D\uDE00",
            "\uD83D", "\uDE00 tail", "e\u0301", "M\u00FCnchen", "&anchor", "!!int 1", "%YAML", "'single'", "2026-11-17",
            "arn:aws:s3:::bucket/*", "\uFFFE", "\u2028", "?"})
    void hostileTarget_isReadBack_andStillMeant(String target) throws ConfigurationException {
        holds(withTarget(target));
    }

    private static void holds(Finding finding) throws ConfigurationException {
        ExceptionProposal proposal = proposal(finding);
        assertThat(read(proposal)).isEqualTo(proposal.entries());
        assertThat(finding.signals())
                .allMatch(signal -> proposal.entries().stream().anyMatch(e -> e.covers(finding.agent(), signal)));
        assertThat(proposal.entries()).allSatisfy(entry -> {
            assertThat(entry.target()).isNotNull().doesNotContain("*");
            assertThat(entry.covers(finding.agent(), withTarget(finding.leading().target() + "x").leading())).isFalse();
            assertThat(entry.covers(finding.agent() + "x", finding.leading())).isFalse();
        });
        assertThat(proposal.yaml().codePoints().filter(c -> c != '\n')
                .filter(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.SURROGATE))
                .isEmpty();
    }

    @Test
    void generatedTargets_areReadBack_andStillMeant() throws ConfigurationException {
        Random random = Seed.random("generatedTargets", 20261117);
        String special = "\"\\*?:#-[]{},&!|>'%@` \t\n\r\u0085\u2028\uFEFF\uD800\uDC00";
        for (int i = 0; i < 3000; i++) {
            StringBuilder target = new StringBuilder("t");
            for (int length = 1 + random.nextInt(12); length > 0; length--) {
                switch (random.nextInt(4)) {
                    case 0 -> target.append((char) random.nextInt(0x10000));
                    case 1 -> target.appendCodePoint(random.nextInt(0x110000));
                    default -> target.append(special.charAt(random.nextInt(special.length())));
                }
            }
            holds(withTarget(target.toString()));
        }
    }

    @Test
    void targetWithGlobCharacters_coversOneCharacterForEach() {
        Entry entry = proposal(withTarget("arn:aws:s3:::bucket/*")).entries().getFirst();
        assertThat(entry.target()).isEqualTo("arn:aws:s3:::bucket/?");
        assertThat(entry.covers("coder", withTarget("arn:aws:s3:::bucket/key").leading())).isFalse();
        assertThat(proposal(withTarget("*")).notes()).singleElement().asString().contains("cannot be written exactly");
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 1025, 5000})
    void longTarget_isCut(int length) throws ConfigurationException {
        for (String unit : List.of("x", "\uD83D\uDE00")) {
            Finding finding = withTarget("y" + unit.repeat(length / unit.length()));
            ExceptionProposal proposal = proposal(finding);
            assertThat(read(proposal)).isEqualTo(proposal.entries());
            assertThat(proposal.entries().getFirst().covers("coder", finding.leading())).isTrue();
            assertThat(proposal.entries().getFirst().covers("coder", withTarget("y" + unit).leading())).isFalse();
        }
    }

    @Test
    void noTarget_isAnyTarget_andANoteSaysSo() throws ConfigurationException {
        for (String none : new @Nullable String[]{null, ""}) {
            ExceptionProposal proposal = proposal(withTarget(none));
            assertThat(read(proposal)).singleElement().returns(null, Entry::target);
            assertThat(proposal.notes()).containsExactly(
                    "iam-self-modification names no target of iam:AttachRolePolicy: the exception holds for any target");
        }
    }

    @Test
    void burst_hasNeitherActionNorTarget_withAnyTargetNeither() throws ConfigurationException {
        for (boolean anyTarget : new boolean[]{false, true}) {
            ExceptionProposal proposal = ExceptionProposal.of(Draft.offHoursBurst().finding(), UNTIL, "r", anyTarget);
            assertThat(read(proposal)).containsExactly(new Entry("off-hours-burst", "coder", null, null, UNTIL, "r"));
            assertThat(proposal.notes()).singleElement().asString().contains("how many calls");
        }
    }

    @ParameterizedTest
    @CsvSource({"evil service:Do It!, evil?service:Do?It?", "a_b:c_d, a?b:c_d", "a:b:c, a:b?c", ":Do, *:Do", "a:, a:*",
            "s3:*, s3:?", "caf\u00e9:\u0416, caf?:?"})
    void hostileAction_becomesWhatAConfigurationTakes(String action, String expected) throws ConfigurationException {
        Draft draft = Draft.selfModification();
        draft.action = action;
        ExceptionProposal proposal = proposal(draft.finding());
        assertThat(read(proposal)).singleElement().returns(expected, Entry::action);
        assertThat(proposal.entries().getFirst().covers("coder", draft.signal())).isTrue();
        assertThat(proposal.notes()).singleElement().asString().startsWith("the action ");
    }

    @Test
    void furtherSteps_ofMediumAndAbove_haveEntriesOfTheirOwn() {
        Draft draft = Draft.selfModification();
        draft.others.add(step("medium", 40));
        draft.others.add(step("low", 39));
        assertThat(proposal(draft.finding()).entries()).extracting(Entry::target).containsExactly("mcp-agent-role",
                "medium");
        assertThat(ExceptionProposal.of(draft.finding(), UNTIL, "r", true).entries()).as("the same but for the target")
                .containsExactly(
                        new Entry("iam-self-modification", "coder", "iam:AttachRolePolicy", "*", UNTIL, "r"));
    }

    private static io.trailsentry.detect.Signal step(String target, int score) {
        Draft draft = Draft.selfModification();
        draft.target = target;
        draft.score = score;
        return draft.signal();
    }

    @Test
    void lowFinding_hasAnEntryForItsLeadingStep() {
        Draft draft = Draft.selfModification();
        draft.score = 20;
        assertThat(proposal(draft.finding()).entries()).hasSize(1);
    }
}
