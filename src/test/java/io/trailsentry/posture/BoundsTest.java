package io.trailsentry.posture;

import static io.trailsentry.posture.Policies.member;
import static io.trailsentry.posture.Policies.perimeter;
import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.detect.Catalogue;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class BoundsTest {
    private final Bounds bounds = new Bounds(Catalogue.load(), Map.of("111122223333", "dev", "999988887777", "prod"));

    private static String told(Check check) {
        return (check.verdict() + " " + check.score() + " " + (check.action() == null ? "" : check.action())).strip();
    }

    @ParameterizedTest
    @CsvFileSource(resources = "/posture/bounds.csv", delimiter = '|', quoteCharacter = '`')
    void rule_tells(Rule rule, String policies, @Nullable String boundary, @Nullable String trust,
            @Nullable String expected) {
        List<Check> checks = bounds.of(List.of(member(perimeter(policies, boundary, trust))));

        assertThat(Policies.of(rule, checks).stream().map(BoundsTest::told).collect(Collectors.joining("; ")))
                .isEqualTo(expected == null ? "" : expected);
        assertThat(checks).allSatisfy(check -> {
            assertThat(check.score()).isBetween(0, 89);
            assertThat(check.reason().isEmpty()).isEqualTo(check.verdict() == Verdict.OK);
            assertThat(check.mend().isEmpty()).isEqualTo(check.verdict() == Verdict.OK);
        });
    }

    @Test
    void awssPolicies_areKnownByName() {
        for (String name : List.of("AdministratorAccess", "PowerUserAccess")) {
            assertThat(Policies.of(Rule.NO_ADMINISTRATOR, bounds.of(List.of(member(attached(name,
                    name.startsWith("A") ? "Allow * *" : "Allow !iam:*,organizations:*,account:* *"))))))
                    .singleElement().returns(Verdict.FAILURE, Check::verdict);
        }
        List<Check> checks = bounds.of(List.of(member(attached("IAMFullAccess", "Allow iam:* *"))));
        assertThat(Policies.of(Rule.NO_ADMINISTRATOR, checks)).singleElement().returns(80, Check::score);
        assertThat(Policies.of(Rule.NO_IAM_WRITE, checks)).isEmpty();
    }

    private static Perimeter attached(String name, String document) {
        return new Perimeter(Policies.ROLE, null, null, new TreeMap<>(),
                new TreeMap<>(Map.of("arn:aws:iam::aws:policy/" + name, Policies.document(document))),
                new TreeMap<>());
    }

    @Test
    void pattern_namesTheWorstItGrants_andHowManyMore() {
        Check check = Policies
                .of(Rule.NO_DESTRUCTIVE, bounds.of(List.of(member(perimeter("Allow ec2:* *", null, null)))))
                .getFirst();

        assertThat(check.said()).matches("may ec2:\\* everywhere, so ec2:\\w+, ec2:\\w+, ec2:\\w+ and \\d+ more");
        assertThat(check.target()).isEqualTo("p0");
    }

    @Test
    void grantUnderTightBoundary_isToldAsHeld() {
        assertThat(Policies.of(Rule.NO_DESTRUCTIVE,
                bounds.of(List.of(member(perimeter("Allow ec2:* *", "Allow s3:GetObject *", null)))))).singleElement()
                .returns(Verdict.OK, Check::verdict).extracting(Check::said).asString().contains("boundary");
    }

    @Test
    void environments_thatShareAPrincipal_orCrossAccounts_fail() {
        String developer = "AWS arn:aws:iam::111122223333:role/developer";
        Perimeter own = perimeter(null, null, developer);
        assertThat(Policies.of(Rule.ENVIRONMENTS, bounds.of(List.of(member(own, "dev"))))).singleElement()
                .returns(Verdict.OK, Check::verdict);
        assertThat(Policies.of(Rule.ENVIRONMENTS, bounds.of(List.of(member(own, null))))).isEmpty();
        assertThat(Policies.of(Rule.ENVIRONMENTS, bounds.of(List.of(member(own, "dev"), member(own, "test")))))
                .extracting(BoundsTest::told).containsExactly("FAILURE 50", "FAILURE 45", "FAILURE 50");
        assertThat(Policies.of(Rule.ENVIRONMENTS, bounds.of(List.of(member(
                perimeter(null, null, "AWS arn:aws:iam::999988887777:role/developer"), "dev"))))).singleElement()
                .returns(50, Check::score);
        assertThat(Policies.of(Rule.ENVIRONMENTS, bounds.of(List.of(member(
                perimeter(null, null, "AWS arn:aws:iam::444455556666:role/developer"), "dev"))))).singleElement()
                .returns(Verdict.UNKNOWN, Check::verdict);
    }
}
