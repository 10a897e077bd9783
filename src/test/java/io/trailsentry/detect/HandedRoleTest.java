package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trailsentry.testing.EventBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A role in a service's hands, wherever in a call's parameters it stands.
class HandedRoleTest {
    private static final Path FIELDS = Path.of("../shared/reference/passrole-consumer-fields.csv");
    private static final String ID = "privilege-escalation";
    private static final String HEADLINE = "handed a role to a service";
    private static final String ANOTHER = "arn:aws:iam::" + EventBuilder.ACCOUNT + ":role/service/another";
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Watched AGENT = Watched.agent();

    /// A place in a call's parameters.
    ///
    /// @param listed whether the catalogue knows that a role stands there, so that a bare name is one too
    private record Field(String service, String operation, String path, boolean listed) {
        EventBuilder with(String value) {
            Map<String, Object> parameters = new LinkedHashMap<>();
            RuleEvents.put(parameters, path, value);
            return EventBuilder.agent().write(service, operation).parameters(parameters);
        }

        boolean takesAway() {
            return !listed && operation.matches("(?:Batch)?(?:Remove|Disassociate|Delete).*");
        }
    }

    /// Every field of the reference, under the event source that the catalogue knows its operation by.
    private static List<Field> fields() throws IOException {
        assumeTrue(Files.exists(FIELDS), "the reference is not there");
        return Files.readAllLines(FIELDS).stream().skip(1).map(HandedRoleTest::field).toList();
    }

    private static Field field(String row) {
        String[] part = row.split(",", -1);
        String path = part[2].replaceAll("\\[]|\\{}", "").replace("arn|Name", "arn");
        return CATALOGUE.roleFields().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(":" + part[1].toLowerCase(Locale.ROOT))
                        && entry.getValue().stream().anyMatch(known -> ends(path, known)))
                .map(entry -> new Field(entry.getKey().split(":", 2)[0], part[1], path, true)).sorted(
                        Comparator.comparing((Field field) -> !field.service().equals(part[0])))
                .findFirst().orElse(new Field(part[0], part[1], path, false));
    }

    private static boolean ends(String path, String known) {
        return ("." + path).toLowerCase(Locale.ROOT).endsWith("." + known.toLowerCase(Locale.ROOT));
    }

    @Test
    void roleArn_inEveryFieldOfTheReference_isPrivilegeEscalation() throws IOException {
        assertThat(fields()).hasSizeGreaterThan(1_600).filteredOn(field -> !field.takesAway())
                .allMatch(field -> AGENT.signal(ID, field.with(ANOTHER)) != null)
                .allMatch(field -> AGENT.signal("iam-self-modification", field.with(EventBuilder.ROLE_ARN)) != null);
    }

    @Test
    void roleArn_thatIsTakenAway_isNotHandedOver() throws IOException {
        assertThat(fields()).filteredOn(Field::takesAway).isNotEmpty().noneMatch(HandedRoleTest::isHandedOver);
    }

    private static boolean isHandedOver(Field field) {
        return AGENT.signals(ID, field.with(ANOTHER)).stream().anyMatch(signal -> signal.headline().equals(HEADLINE));
    }

    @Test
    void ordinaryWord_whereTheCatalogueKnowsNoRole_saysNothing() throws IOException {
        assertThat(fields()).filteredOn(field -> !field.listed()).isNotEmpty()
                .allSatisfy(field -> assertThat(AGENT.signals(ID, field.with("ADMIN"))).extracting(Signal::headline)
                        .doesNotContain(HEADLINE));
    }

    @ParameterizedTest
    @CsvSource({"ec2, RunInstances, iamInstanceProfile.name", "elasticmapreduce, RunJobFlow, jobFlowRole",
            "batch, CreateComputeEnvironment, serviceRole"})
    void bareName_whereTheCatalogueKnowsARole_isOne(String service, String operation, String path) {
        assertThat(AGENT.signal(ID, new Field(service, operation, path, true).with("another"))).isNotNull()
                .returns(20, Signal::score).returns(HEADLINE, Signal::headline);
    }

    @Test
    void passRole_refused_isToldAsBlocked() {
        assertThat(AGENT.signal(ID, EventBuilder.agent().write("lambda", "CreateFunction20150331")
                .denied("iam:PassRole", ANOTHER))).isNotNull().returns(20, Signal::score)
                .returns(Outcome.DENIED, Signal::outcome);
    }

    @ParameterizedTest
    @ValueSource(strings = {"principal", "granteePrincipal", "principalArn", "tags.value", "resourceArn"})
    void roleArn_inAFieldThatIsNoRoles_isNotHandedOver(String path) {
        assertThat(isHandedOver(new Field("x", "PutThing", path, false))).isFalse();
    }

    @Test
    void roleArn_inARead_isNotHandedOver() {
        assertThat(AGENT.signals(ID, EventBuilder.agent().call("x", "GetThing").parameter("roleArn", ANOTHER)))
                .isEmpty();
    }
}
