package io.trailsentry.template;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The operations of AWS that code can reach from a class that Lambda makes, read from compiled classes.
///
/// What a reached method calls is reached, and so is what overrides it in a class that reached code uses; of such a class
/// also what it has from a library's type, for the library may call that. Whether a branch is ever taken is not asked.
final class AwsCalls {
    private static final String SERVICES = "software.amazon.awssdk.services.";
    private static final Set<String> LOCAL = Set.of("builder", "close", "create", "serviceName", "waiter",
            "serviceClientConfiguration");

    private final JavaClasses program;
    private final Set<JavaClass> made = new HashSet<>();
    private final Set<JavaCodeUnit> reached = new HashSet<>();
    private final Deque<JavaCodeUnit> next = new ArrayDeque<>();
    private final Set<Called> called = new HashSet<>();
    private final Set<String> operations = new TreeSet<>();

    /// A method as its callers know it, by name and number of parameters.
    private record Called(JavaClass owner, String name, int parameters) {
        boolean mayBe(JavaMethod method) {
            return method.getName().equals(name) && method.getRawParameterTypes().size() == parameters
                    && method.getOwner().isAssignableTo(owner.getName());
        }
    }

    private AwsCalls(JavaClasses program) {
        this.program = program;
    }

    /// Operations as `SERVICE:Operation`, each by the SDK's name of the service, such as `cloudwatch:PutMetricData`.
    static Set<String> reachableFrom(JavaClasses program, String entry) {
        AwsCalls calls = new AwsCalls(program);
        calls.make(program.get(entry));
        program.get(entry).getCodeUnits().forEach(calls::reach);
        while (!calls.next.isEmpty()) {
            calls.follow(calls.next.remove());
        }
        return calls.operations;
    }

    private void reach(JavaCodeUnit unit) {
        if (reached.add(unit)) {
            next.add(unit);
            make(unit.getOwner());
        }
    }

    private void make(JavaClass type) {
        if (!isOwn(type) || !made.add(type)) {
            return;
        }
        type.getStaticInitializer().ifPresent(this::reach);
        Set<String> elsewhere = Stream
                .concat(type.getAllRawInterfaces().stream(), type.getAllRawSuperclasses().stream())
                .filter(parent -> !isOwn(parent)).flatMap(parent -> Stream.of(parent.reflect().getMethods()))
                .map(Method::getName).collect(Collectors.toSet());
        type.getMethods().stream()
                .filter(method -> elsewhere.contains(method.getName())
                        || called.stream().anyMatch(call -> call.mayBe(method)))
                .forEach(this::reach);
    }

    private void follow(JavaCodeUnit unit) {
        Stream.concat(unit.getCallsFromSelf().stream(), unit.getCodeUnitReferencesFromSelf().stream())
                .map(JavaAccess::getTarget).forEach(this::call);
        unit.getFieldAccesses().forEach(access -> make(access.getTargetOwner()));
    }

    private void call(AccessTarget target) {
        JavaClass owner = target.getOwner();
        String name = target.getName();
        if (isClient(owner) && !LOCAL.contains(name)) {
            operations.add(owner.getPackageName().substring(SERVICES.length()) + ":"
                    + Character.toUpperCase(name.charAt(0)) + name.substring(1).replaceFirst("Paginator$", ""));
        } else if (isOwn(owner) && target instanceof AccessTarget.CodeUnitAccessTarget unit) {
            make(owner);
            unit.resolveMember().ifPresent(this::reach);
            Called call = new Called(owner, name, unit.getRawParameterTypes().size());
            if (called.add(call)) {
                made.stream().flatMap(type -> type.getMethods().stream()).filter(call::mayBe).toList()
                        .forEach(this::reach);
            }
        }
    }

    private boolean isOwn(JavaClass type) {
        return program.contain(type.getName());
    }

    private static boolean isClient(JavaClass type) {
        return type.getName().startsWith(SERVICES) && type.getSimpleName().endsWith("Client");
    }
}
