package io.trailsentry.posture;

import static io.trailsentry.posture.Policies.document;
import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.posture.LastAccessed.Use;
import io.trailsentry.testing.Golden;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PerimeterDriftTest {
    private static final Subject SUBJECT = Policies.member(Policies.perimeter(null, null, null)).subject();
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    private static Perimeter perimeter(@Nullable String boundary, @Nullable String trust, Map<String, String> inline,
            Map<String, String> attached, Map<String, String> tags) {
        Perimeter base = Policies.perimeter(null, boundary, trust);
        return new Perimeter(base.principal(), base.trust(), base.boundary(), new TreeMap<>(inline),
                new TreeMap<>(attached), new TreeMap<>(tags));
    }

    private static List<Check> drift(Perimeter reviewed, Perimeter present) {
        Perimeter stored = PerimeterText.read(PerimeterText.write(reviewed));
        assertThat(stored).isNotNull();
        return Drift.between(SUBJECT, stored, present);
    }

    private static Perimeter inline(String document) {
        return perimeter(null, null, Map.of("work", document), Map.of(), Map.of());
    }

    private static String text(List<Check> checks) {
        return checks.stream().map(check -> check.verdict() + " " + check.score() + " " + check.target() + ": "
                + check.said() + "\n" + check.reason() + "\n").collect(Collectors.joining("\n"));
    }

    @Test
    void everyChange_isShown_asReviewed() throws IOException {
        Perimeter reviewed = perimeter("Allow s3:* *; Deny iam:* *", "AWS arn:aws:iam::111122223333:role/developer",
                Map.of("work", """
                        {"Version":"2012-10-17","Statement":[
                          {"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"},
                          {"Sid":"Hold","Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}""",
                        "old", document("Allow sqs:* *")),
                Map.of("arn:aws:iam::aws:policy/ReadOnlyAccess", document("Allow ec2:Describe* *")),
                Map.of("environment", "dev"));
        Perimeter present = perimeter(null, "AWS *", Map.of("work", """
                {"Version":"2012-10-17","Statement":[
                  {"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}]}"""),
                Map.of("arn:aws:iam::aws:policy/ReadOnlyAccess", document("Allow ec2:Describe*,s3:List* *"),
                        "arn:aws:iam::aws:policy/AdministratorAccess", document("Allow * *")),
                Map.of("environment", "prod", "team", "x"));
        String told = text(drift(reviewed, present));

        Golden.reads("perimeter-drift.txt", told);
    }

    @Test
    void whatMeansTheSame_isNoDrift_andHasOneFingerprint() {
        Perimeter one = inline("""
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:A"],"Resource":"*"},
                 {"Effect":"Deny","Action":["s3:C","s3:B"],"Resource":["*"]}]}""");
        Perimeter other = inline("""
                {"Statement":[{"Resource":"*","Effect":"Deny","Action":["s3:B","s3:C"]},
                 {"Action":"s3:A","Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}""");

        assertThat(drift(one, other)).singleElement().returns(Verdict.OK, Check::verdict);
        assertThat(PerimeterText.fingerprint(one)).isEqualTo(PerimeterText.fingerprint(other))
                .matches("[0-9a-f]{16}")
                .isNotEqualTo(PerimeterText.fingerprint(inline(document("Allow s3:A *"))));
    }

    @Test
    void notReviewed_cannotTell() {
        assertThat(Drift.between(SUBJECT, null, inline(document("Allow s3:A *")))).singleElement()
                .returns(Verdict.UNKNOWN, Check::verdict).returns("./trailsentry review", Check::mend);
        assertThat(PerimeterText.read("{\"format\":2}")).isNull();
        assertThat(PerimeterText.read("nothing")).isNull();
    }

    @Test
    void score_goesByWhatAChangeGives() {
        assertThat(score("Allow s3:A,s3:B *", "Allow s3:A *")).isEqualTo(25);
        assertThat(score("Allow s3:A *", "Allow s3:A,s3:B *")).isEqualTo(50);
        assertThat(score("Allow s3:A *", "Allow s3:A *; Deny s3:B *")).isEqualTo(25);
        assertThat(score("Allow s3:A *; Deny s3:B *", "Allow s3:A *")).isEqualTo(50);
        assertThat(score("Allow s3:A *", "Allow * *")).isEqualTo(75);
        assertThat(score("Allow? s3:A *", "Allow s3:A *")).isEqualTo(50);
        assertThat(score("Allow s3:A *", "{")).isEqualTo(50);
        assertThat(score("Allow !s3:A,s3:B arn:aws:s3:::b/*", "Allow !s3:A arn:aws:s3:::b/*")).isEqualTo(50);
    }

    private static int score(String before, String now) {
        return drift(inline(document(before)), inline(document(now))).getFirst().score();
    }

    @Test
    void longDifference_isCutWithAMark() {
        String statements = IntStream.range(0, 30).mapToObj(i -> "Allow s3:A" + i + " arn:aws:s3:::b" + i + "/*")
                .collect(Collectors.joining(";"));
        assertThat(drift(inline(document("Deny s3:X *")), inline(document(statements))).getFirst().state())
                .endsWith("\n... and 19 lines more");
        assertThat(drift(inline(document("Deny s3:X *")), inline(document("Allow " + "s3:X".repeat(100) + " *")))
                .getFirst().state()).endsWith("s3:Xs ... (445 characters)");
    }

    @Test
    void unusedServices_areToldWithTheStatementToRemove_orToAdd() {
        Check removable = used(List.of(new Use("s3", NOW), new Use("sqs", null)), "Allow s3:* *; Allow sqs:* *");
        assertThat(removable).returns(Verdict.WARNING, Check::verdict).returns(20, Check::score);
        assertThat(removable.said()).endsWith(": sqs");
        assertThat(removable.mend()).startsWith("Remove from p1: {").contains("sqs:*");
        assertThat(used(List.of(new Use("s3", NOW), new Use("sqs", NOW.minusSeconds(91 * 86_400))),
                "Allow s3:*,sqs:* *").mend())
                .contains("{\"Effect\":\"Deny\",\"Action\":[\"sqs:*\"],\"Resource\":\"*\"}");
        assertThat(used(List.of(new Use("s3", NOW)), "Allow s3:* *").verdict()).isEqualTo(Verdict.OK);
        List<Use> many = new ArrayList<>();
        IntStream.range(10, 30).forEach(i -> many.add(new Use("svc" + i, null)));
        assertThat(used(many, "Allow * *").said()).endsWith("svc19 and 10 more");
    }

    private static Check used(List<Use> uses, String policies) {
        return new DriftUse(principal -> uses)
                .of(Policies.member(Policies.perimeter(policies, null, null)), NOW);
    }

    @Test
    void youngRole_andRefusedLook_cannotTell() {
        Perimeters.Member member = Policies.member(Policies.perimeter("Allow s3:* *", null, null));
        assertThat(new DriftUse(principal -> List.of()).of(member, Instant.parse("2026-03-01T00:00:00Z")))
                .returns(Verdict.UNKNOWN, Check::verdict).returns(0, Check::score);
        assertThat(new DriftUse(principal -> {
            throw new RefusedException("AccessDenied: no");
        }).of(member, NOW)).returns(Verdict.UNKNOWN, Check::verdict).returns(20, Check::score);
    }
}
