package io.trailsentry;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The room plan: a room uses the rooms above it and no other.
class RoomsTest {
    private static final String BASE = "io.trailsentry";
    /// Top room first.
    private static final List<String> ROOMS = List.of("trail", "agent", "baseline", "detect", "finding", "config",
            "memory", "publish", "engine", "posture", "lab", "lambda", "cli");
    /// The only rooms that see the AWS SDK.
    private static final Set<String> SDK = Set.of("trail.s3", "memory.dynamodb", "publish.aws", "posture",
            "lambda");
    /// Rooms without clock, network, files or environment. Trail files are read in `trail`, nowhere else.
    private static final Set<String> PURE = Set.of("agent", "baseline", "detect", "finding");

    private final JavaClasses program = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages(BASE);

    private static String in(String room) {
        return BASE + '.' + room + "..";
    }

    @Test
    void rooms_useOnlyTheRoomsAboveThem() {
        for (int i = 0; i < ROOMS.size() - 1; i++) {
            String[] below = ROOMS.subList(i + 1, ROOMS.size()).stream().map(RoomsTest::in).toArray(String[]::new);
            noClasses().that().resideInAPackage(in(ROOMS.get(i))).should().dependOnClassesThat()
                    .resideInAnyPackage(below).because(ROOMS.get(i) + " stands above them").check(program);
        }
    }

    @Test
    void wiringRooms_doNotUseEachOther() {
        noClasses().that().resideInAPackage(in("cli")).should().dependOnClassesThat()
                .resideInAPackage(in("lambda")).check(program);
    }

    @Test
    void rooms_areThePlan() {
        Set<String> found = program.stream().map(type -> type.getPackageName().substring(BASE.length()))
                .filter(name -> !name.isEmpty()).map(name -> name.substring(1).split("\\.", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found).isEqualTo(new TreeSet<>(ROOMS));
    }

    @Test
    void awsSdk_isSeenByTheEdgesOnly() {
        String[] edges = SDK.stream().map(RoomsTest::in).toArray(String[]::new);
        noClasses().that().resideOutsideOfPackages(edges).should().dependOnClassesThat()
                .resideInAnyPackage("software.amazon.awssdk..").check(program);
    }

    @Test
    void pureRooms_haveNoClockNetworkOrEnvironment() {
        String[] pure = PURE.stream().map(RoomsTest::in).toArray(String[]::new);
        noClasses().that().resideInAnyPackage(pure).should().dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.nio.file..", "java.net.http..").check(program);
        noClasses().that().resideInAnyPackage(pure).should().callMethod(java.time.Instant.class, "now")
                .orShould().callMethod(System.class, "currentTimeMillis").orShould()
                .callMethod(System.class, "nanoTime").orShould().callMethod(System.class, "getenv").check(program);
    }

    @Test
    void staticFields_areFinal() {
        ArchRuleDefinition.fields().that().areStatic().and()
                .areDeclaredInClassesThat(are(resideInAPackage(BASE + "..")))
                .should().beFinal().check(program);
    }

    @Test
    void packages_areNullMarked() {
        classes().that().haveSimpleName("package-info").should()
                .beAnnotatedWith(org.jspecify.annotations.NullMarked.class).check(program);
    }
}
