package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.ApiAction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every way in which the catalogue knows an agent to change its own power: done, refused, and done to somebody whose name
/// is much like its own.
class SelfModificationTest {
    private static final String ID = "iam-self-modification";
    private static final String ACCOUNT = EventBuilder.ACCOUNT;
    private static final String ROLE = "mcp-agent-role";
    private static final String ROLE_ELSEWHERE = "arn:aws:iam::" + Watched.OUTSIDE + ":role/" + ROLE;
    private static final String ROLE_WITH_PATH = "arn:aws:iam::" + ACCOUNT + ":role/teams/coding/" + ROLE;
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Watched AGENT = Watched.agent();

    private static @Nullable Signal self(EventBuilder event) {
        return AGENT.signal(ID, event);
    }

    private static Stream<Arguments> rules(Condition condition) {
        return CATALOGUE.entries().stream().flatMap(entry -> entry.rules().stream()
                .filter(rule -> rule.detector().equals(ID) && rule.when().contains(condition))
                .map(rule -> Arguments.of(entry, rule)));
    }

    private static EventBuilder call(Entry entry) {
        return RuleEvents.call(entry, entry.kind() == Target.Kind.USER);
    }

    private static String field(Entry entry) {
        return entry.target().getFirst();
    }

    private static boolean byArn(Entry entry) {
        return field(entry).endsWith("Arn");
    }

    /// A refusal names the target in its message and nowhere else.
    private static EventBuilder refused(Entry entry, String resource) {
        return call(entry).denied(entry.action(), resource);
    }

    @Test
    void rules_areOfTheKindsThatAreProvenHere() {
        Set<Condition> proven = Set.of(Condition.Known.SELF, Condition.Known.ATTACHED_POLICY,
                Condition.Known.NAMES_SELF);
        assertThat(CATALOGUE.entries()).allSatisfy(entry -> assertThat(entry.rules())
                .filteredOn(rule -> rule.detector().equals(ID)).allMatch(rule -> rule.when().stream()
                        .anyMatch(proven::contains)));
        assertThat(Objects.requireNonNull(CATALOGUE.anyAction()).rules()).filteredOn(rule -> rule.detector().equals(ID))
                .singleElement()
                .satisfies(rule -> assertThat(rule.when()).contains(Condition.Known.PASSES_SELF));
    }

    @Nested
    class ByName {
        static Stream<Arguments> rules() {
            return SelfModificationTest.rules(Condition.Known.SELF);
        }

        private static String own(Entry entry) {
            String name = entry.kind() == Target.Kind.USER ? Watched.USER : ROLE;
            return byArn(entry) ? "arn:aws:iam::" + ACCOUNT + ":role/" + name : name;
        }

        @ParameterizedTest
        @MethodSource("rules")
        void itself_succeeded_isASignal(Entry entry, Rule rule) {
            EventBuilder done = RuleEvents.of(CATALOGUE, entry, rule).getFirst();
            assertThat(self(done)).isNotNull().returns(rule.score(), Signal::score).returns(rule.did(),
                    Signal::headline);
            assertThat(self(call(entry).parameter(field(entry), own(entry).toUpperCase(Locale.ROOT)
                    .replace("ARN:AWS:IAM", "arn:aws:iam").replace("ROLE/", "role/")))).isNotNull();
        }

        @ParameterizedTest
        @MethodSource("rules")
        void itself_refused_isASignal_bySixtyPercentOrMore(Entry entry, Rule rule) {
            String kind = entry.kind() == Target.Kind.USER ? "user" : "role";
            String name = entry.kind() == Target.Kind.USER ? Watched.USER : ROLE;
            String arn = "arn:aws:iam::" + ACCOUNT + ":" + kind + "/";
            for (String resource : List.of(kind + " " + name, arn + name, arn + "teams/" + name,
                    kind + " teams/" + name)) {
                Signal signal = self(refused(entry, resource));
                assertThat(signal).as(resource).isNotNull().returns(Outcome.DENIED, Signal::outcome);
                assertThat(Objects.requireNonNull(signal).headline()).startsWith("was blocked when it tried to ");
                assertThat(signal.score()).isGreaterThanOrEqualTo(Math.min(54, rule.score() * 6 / 10));
            }
        }

        @ParameterizedTest
        @MethodSource("rules")
        void somebodyOfASimilarName_isNotItself(Entry entry, Rule rule) {
            String own = own(entry);
            String last = own.substring(own.lastIndexOf('/') + 1);
            for (String similar : List.of(last + "-2", "x-" + last, last.substring(1),
                    last.substring(0, last.length() - 1), last.replace('-', '_'))) {
                String target = own.substring(0, own.length() - last.length()) + similar;
                assertThat(self(call(entry).parameter(field(entry), target))).as(target).isNull();
                String kind = entry.kind() == Target.Kind.USER ? "user " : "role ";
                assertThat(self(refused(entry, kind + similar))).as(similar).isNull();
            }
            assertThat(rule.score()).isPositive();
        }

        @ParameterizedTest
        @MethodSource("rules")
        void theSameNameInAnotherAccount_isNotItself(Entry entry, Rule rule) {
            String name = entry.kind() == Target.Kind.USER ? Watched.USER : ROLE;
            String kind = entry.kind() == Target.Kind.USER ? "user" : "role";
            String elsewhere = "arn:aws:iam::" + Watched.OUTSIDE + ":" + kind + "/" + name;
            assertThat(self(refused(entry, elsewhere))).isNull();
            EventBuilder done = byArn(entry)
                    ? call(entry).parameter(field(entry), elsewhere)
                    : call(entry).parameter(field(entry), name).with("recipientAccountId", Watched.OUTSIDE);
            assertThat(self(done)).isNull();
            assertThat(rule.score()).isPositive();
        }

        @Test
        void theSameNameUnderAnotherPath_isItself() {
            // IAM keeps names unique within an account whatever their path.
            assertThat(self(EventBuilder.roleAt(ROLE_WITH_PATH, "s").write("iam", "PutRolePolicy")
                    .parameter("roleName", ROLE))).isNotNull();
            assertThat(self(EventBuilder.agent().write("sts", "AssumeRole").parameter("roleArn", ROLE_WITH_PATH)))
                    .isNotNull();
            assertThat(self(EventBuilder.agent().write("iam", "AttachRolePolicy").denied("iam:AttachRolePolicy",
                    "arn:aws:iam::" + ACCOUNT + ":role/other/path/" + ROLE))).isNotNull();
        }

        @Test
        void addUserToGroup_refusedOnAGroupOfItsName_saysNothingOfTheUser() {
            assertThat(self(EventBuilder.user(Watched.USER).write("iam", "AddUserToGroup")
                    .denied("iam:AddUserToGroup", "group " + Watched.USER))).isNull();
        }
    }

    @Nested
    class ByAttachedPolicy {
        static Stream<Arguments> rules() {
            return SelfModificationTest.rules(Condition.Known.ATTACHED_POLICY);
        }

        @ParameterizedTest
        @MethodSource("rules")
        void itsPolicy_doneAndRefused_isASignal(Entry entry, Rule rule) {
            EventBuilder done = RuleEvents.of(CATALOGUE, entry, rule).getFirst();
            assertThat(self(done)).isNotNull().returns(rule.score(), Signal::score).returns(rule.did(),
                    Signal::headline);
            for (String resource : List.of("policy " + Watched.POLICY, Watched.POLICY, "policy mcp-agent-policy",
                    "policy arn:aws:iam::" + ACCOUNT + ":policy/team/mcp-agent-policy")) {
                assertThat(self(refused(entry, resource))).as(resource).isNotNull()
                        .returns(Outcome.DENIED, Signal::outcome);
            }
        }

        @ParameterizedTest
        @MethodSource("rules")
        void anotherPolicy_isNotItsOwn(Entry entry, Rule rule) {
            for (String policy : List.of(Watched.POLICY + "-2", Watched.POLICY.replace("mcp-", "x-mcp-"),
                    Watched.POLICY.replace(ACCOUNT, Watched.OUTSIDE), Watched.POLICY.replace(ACCOUNT, "aws"),
                    Watched.POLICY.replace(":policy/", ":role/"))) {
                assertThat(self(call(entry).parameter(field(entry), policy).parameter("setAsDefault", true)))
                        .as(policy).isNull();
                assertThat(self(refused(entry, "policy " + policy))).as(policy).isNull();
            }
            assertThat(rule.score()).isPositive();
        }
    }

    @Nested
    class ByItsOwnArn {
        static Stream<Arguments> rules() {
            return SelfModificationTest.rules(Condition.Known.NAMES_SELF);
        }

        private static String trust(String principal) {
            return """
                    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["%s"]},
                    "Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"""
                    .formatted(principal);
        }

        @ParameterizedTest
        @MethodSource("rules")
        void aDocumentThatNamesIt_isASignal(Entry entry, Rule rule) {
            for (String own : List.of(EventBuilder.ROLE_ARN, ROLE_WITH_PATH,
                    "arn:aws:sts::" + ACCOUNT + ":assumed-role/mcp-agent-role/coder-1")) {
                EventBuilder done = call(entry).parameter(field(entry), "another").parameter("document", trust(own));
                assertThat(self(done)).as(own).isNotNull().returns(rule.score(), Signal::score)
                        .returns(rule.did(), Signal::headline);
                assertThat(self(done.error("AccessDenied", "no"))).as(own).isNotNull()
                        .returns(Outcome.DENIED, Signal::outcome);
            }
        }

        @ParameterizedTest
        @MethodSource("rules")
        void aDocumentThatNamesAnother_isNot(Entry entry, Rule rule) {
            for (String other : List.of(EventBuilder.ROLE_ARN + "-2", ROLE_ELSEWHERE,
                    "arn:aws:iam::" + ACCOUNT + ":user/" + ROLE, "arn:aws:iam::" + ACCOUNT + ":root", "*",
                    "arn:aws:sts::" + ACCOUNT + ":assumed-role/another/mcp-agent-role")) {
                assertThat(self(call(entry).parameter(field(entry), "another").parameter("document", trust(other))))
                        .as(other).isNull();
            }
            assertThat(rule.score()).isPositive();
        }
    }

    @Nested
    class ByPassingItsRole {
        private static EventBuilder call(String action) {
            String[] part = action.split(":", 2);
            return EventBuilder.agent().write(part[0], part[1]);
        }

        private static EventBuilder call(String action, String field, String role) {
            Map<String, Object> parameters = new LinkedHashMap<>();
            RuleEvents.put(parameters, field, role);
            return call(action).parameters(parameters);
        }

        private static boolean passesItself(EventBuilder event) {
            return AGENT.signals(ID, event).stream()
                    .anyMatch(signal -> signal.headline().endsWith("its own role to a service"));
        }

        @Test
        void everyFieldThatTakesARole_knowsItsOwn_byArnAndByName() {
            List<String> missed = new ArrayList<>();
            CATALOGUE.roleFields().forEach((action, fields) -> fields.forEach(field -> {
                for (String own : List.of(EventBuilder.ROLE_ARN, ROLE_WITH_PATH, ROLE, "teams/" + ROLE)) {
                    if (!passesItself(call(action, field, own))) {
                        missed.add(action + " " + field + " " + own);
                    }
                }
            }));
            assertThat(CATALOGUE.roleFields()).hasSizeGreaterThan(900);
            assertThat(missed).isEmpty();
        }

        @Test
        void everyFieldThatTakesARole_doesNotTakeAnotherForItsOwn() {
            List<String> mistaken = new ArrayList<>();
            CATALOGUE.roleFields().forEach((action, fields) -> fields.forEach(field -> {
                for (String other : List.of(EventBuilder.ROLE_ARN + "-2", ROLE_ELSEWHERE, "x-" + ROLE,
                        "arn:aws:iam::" + ACCOUNT + ":user/" + ROLE, "")) {
                    if (!AGENT.signals(ID, call(action, field, other)).isEmpty()) {
                        mistaken.add(action + " " + field + " " + other);
                    }
                }
            }));
            assertThat(mistaken).isEmpty();
        }

        @Test
        void everyActionThatTakesARole_isKnownWhenPassingIsRefused() {
            List<String> wrong = new ArrayList<>();
            CATALOGUE.roleFields().keySet().forEach(action -> {
                if (!passesItself(call(action).denied("iam:PassRole", EventBuilder.ROLE_ARN))
                        || !passesItself(call(action).denied("iam:PassRole", ROLE_WITH_PATH))) {
                    wrong.add(action + " itself");
                }
                if (!AGENT.signals(ID, call(action).denied("iam:PassRole", EventBuilder.ROLE_ARN + "-2")).isEmpty()
                        || !AGENT.signals(ID, call(action).denied("iam:PassRole", ROLE_ELSEWHERE)).isEmpty()) {
                    wrong.add(action + " another");
                }
            });
            assertThat(wrong).isEmpty();
        }

        @Test
        void anyWriteOfAServiceThatNobodyListed_thatHoldsItsArn_passesItself() {
            assertThat(passesItself(call("frobnicator:MakeThing", "thing.worker.identity", EventBuilder.ROLE_ARN)))
                    .isTrue();
            assertThat(passesItself(call("frobnicator:MakeThing", "thing.worker.identity",
                    "arn:aws:iam::" + ACCOUNT + ":instance-profile/" + ROLE))).isTrue();
            assertThat(passesItself(call("frobnicator:MakeThing", "thing.worker.identity", ROLE))).isFalse();
            assertThat(passesItself(call("frobnicator:MakeThing", "thing.worker.identity",
                    "arn:aws:sts::" + ACCOUNT + ":assumed-role/mcp-agent-role/coder-1"))).isFalse();
        }

        @Test
        void aReadThatAsksAboutItsArn_passesNothing() {
            assertThat(passesItself(EventBuilder.agent().call("iam", "SimulatePrincipalPolicy")
                    .parameter("policySourceArn", EventBuilder.ROLE_ARN))).isFalse();
            assertThat(passesItself(EventBuilder.agent().call("lambda", "ListFunctions20150331")
                    .parameter("role", EventBuilder.ROLE_ARN))).isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {
                "User: arn:aws:sts::111122223333:assumed-role/mcp-agent-role/coder-1 is not authorized to "
                        + "perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/mcp-agent-role because no "
                        + "identity-based policy allows the iam:PassRole action",
                "You are not authorized to perform this operation. User: "
                        + "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/coder-1 is not authorized to perform: "
                        + "iam:PassRole on resource: arn:aws:iam::111122223333:role/mcp-agent-role with an explicit deny "
                        + "in a permissions boundary. Encoded authorization failure message: 0aB-_c"})
        void theRefusal_inEitherForm_namesTheRole(String message) {
            assertThat(passesItself(EventBuilder.agent().write("ec2", "RunInstances")
                    .parameter("instancesSet", Map.of("items", List.of(Map.of("imageId", "ami-1"))))
                    .error("Client.UnauthorizedOperation", message))).isTrue();
        }
    }

    /// The reviewed list of actions by which power is changed, where it is present.
    @Nested
    class ReviewedList {
        private static final Path LIST = Path.of("../shared/reference/iam-self-modification.csv");
        /// Made by somebody whom the event does not show as the agent: an outsider takes the agent's role.
        private static final Set<String> BY_OUTSIDERS = Set.of("sts:AssumeRoleWithWebIdentity",
                "sts:AssumeRoleWithSAML");

        private record Row(String action, String source, String name, List<String> fields, String test) {
            EventBuilder call() {
                return EventBuilder.agent().write(source.replace(".amazonaws.com", ""), name);
            }

            String apiAction() {
                return ApiAction.of(source, name);
            }
        }

        private static List<Row> rows() throws IOException {
            assumeTrue(Files.exists(LIST), "the reviewed list is not here");
            List<Row> rows = new ArrayList<>();
            for (String line : Files.readAllLines(LIST).stream().skip(1).toList()) {
                List<String> cells = cells(line);
                if (!cells.getFirst().startsWith("*")) {
                    rows.add(new Row(cells.get(0), cells.get(1), cells.get(6), List.of(cells.get(2).split(";")),
                            cells.get(7)));
                }
            }
            return rows;
        }

        private static List<String> cells(String line) {
            List<String> cells = new ArrayList<>();
            StringBuilder cell = new StringBuilder();
            boolean quoted = false;
            for (int i = 0; i < line.length(); i++) {
                char c = line.charAt(i);
                if (c == '"') {
                    quoted = !quoted;
                } else if (c == ',' && !quoted) {
                    cells.add(cell.toString());
                    cell.setLength(0);
                } else {
                    cell.append(c);
                }
            }
            cells.add(cell.toString());
            return cells;
        }

        @Test
        void everyAction_isKnown() throws IOException {
            assertThat(rows()).hasSizeGreaterThan(200).filteredOn(row -> CATALOGUE.find(row.apiAction()) == null)
                    .extracting(Row::action).containsExactlyInAnyOrderElementsOf(BY_OUTSIDERS);
        }

        @Test
        void rowsOfItsOwnName_areMetByAnEvent() throws IOException {
            List<Row> rows = rows().stream().filter(row -> row.test().startsWith("roleName ==")).toList();
            assertThat(rows).hasSize(14).allSatisfy(row -> {
                assertThat(self(row.call().parameter("roleName", ROLE))).isNotNull();
                assertThat(self(row.call().denied(row.action(), "role " + ROLE))).isNotNull();
                assertThat(self(row.call().parameter("roleName", ROLE + "-2"))).isNull();
                assertThat(self(row.call().parameter("roleName", ROLE).with("recipientAccountId", Watched.OUTSIDE)))
                        .isNull();
                assertThat(self(row.call().denied(row.action(), "role " + ROLE + "-2"))).isNull();
                assertThat(self(row.call().denied(row.action(), ROLE_ELSEWHERE))).isNull();
                assertThat(self(row.call().denied(row.action(), ROLE_WITH_PATH))).isNotNull();
            });
        }

        @Test
        void rowsOfAttachedPolicies_areMetByAnEvent() throws IOException {
            List<Row> rows = rows().stream().filter(row -> row.test().startsWith("policyArn in")).toList();
            assertThat(rows).hasSize(5).allSatisfy(row -> {
                assertThat(self(row.call().parameter("policyArn", Watched.POLICY))).isNotNull();
                assertThat(self(row.call().denied(row.action(), "policy " + Watched.POLICY))).isNotNull();
                assertThat(self(row.call().parameter("policyArn", Watched.POLICY + "-2"))).isNull();
                assertThat(self(row.call().denied(row.action(), "policy " + Watched.POLICY + "-2"))).isNull();
            });
        }

        @Test
        void rowsOfDocuments_areMetByAnEvent() throws IOException {
            List<Row> rows = rows().stream().filter(row -> row.test().startsWith("own role ARN")).toList();
            assertThat(rows).hasSize(9).allSatisfy(row -> {
                String field = row.fields().getLast();
                for (String own : List.of(EventBuilder.ROLE_ARN, ByItsOwnArn.trust(EventBuilder.ROLE_ARN))) {
                    assertThat(self(row.call().parameter(field, own))).isNotNull();
                    assertThat(self(row.call().parameter(field, own).error("AccessDeniedException", ""))).isNotNull();
                }
                for (String other : List.of(EventBuilder.ROLE_ARN + "-2", ROLE_ELSEWHERE)) {
                    assertThat(self(row.call().parameter(field, other))).isNull();
                    assertThat(self(row.call().parameter(field, ByItsOwnArn.trust(other)))).isNull();
                }
            });
        }

        @Test
        void rowsOfPassedRoles_areMetByAnEvent() throws IOException {
            List<Row> rows = rows().stream().filter(row -> row.test().startsWith("passed ARN"))
                    .filter(row -> !CATALOGUE.roleFields(row.apiAction()).isEmpty()).toList();
            assertThat(rows).hasSizeGreaterThan(60).allSatisfy(row -> {
                for (String field : CATALOGUE.roleFields(row.apiAction())) {
                    assertThat(self(passed(row, field, EventBuilder.ROLE_ARN))).isNotNull();
                    assertThat(self(passed(row, field, ROLE_WITH_PATH))).isNotNull();
                    assertThat(self(passed(row, field, ROLE_ELSEWHERE))).isNull();
                    assertThat(self(passed(row, field, EventBuilder.ROLE_ARN + "-2"))).isNull();
                }
                assertThat(self(row.call().denied("iam:PassRole", EventBuilder.ROLE_ARN))).isNotNull();
                assertThat(self(row.call().denied("iam:PassRole", EventBuilder.ROLE_ARN + "-2"))).isNull();
            });
        }

        private static EventBuilder passed(Row row, String field, String role) {
            Map<String, Object> parameters = new LinkedHashMap<>();
            RuleEvents.put(parameters, field, role);
            return row.call().parameters(parameters);
        }
    }
}
