package io.trailsentry.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.lab.ApiCall.Place;
import io.trailsentry.lab.ApiCall.Text;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// The API operations that the simulation knows, from the resource `services.json`. Immutable.
///
/// @param services what agents work with
/// @param whoami asks who one is
/// @param lookup asks CloudTrail
/// @param deploy puts a stack up
/// @param poll asks how far that is
/// @param undeploy takes a stack down
/// @param enumeration what somebody asks who looks around
/// @param images asks for machine images
/// @param launch starts machines
/// @param ownPower changes of a role's power: an inline policy, a managed one, the boundary
record ServiceCalls(List<Service> services, ApiCall whoami, ApiCall lookup, ApiCall deploy, ApiCall poll,
        ApiCall undeploy, List<ApiCall> enumeration, ApiCall images, ApiCall launch, List<ApiCall> ownPower) {
    private static final Pattern PLACE = Pattern.compile("\\$\\{(\\w+)}");

    /// What is asked of one service.
    ///
    /// @param list lists its resources
    /// @param each asks about one of them
    /// @param make makes one; null: it is not made on its own
    /// @param remove removes it again; null as `make`
    record Service(ApiCall list, List<ApiCall> each, @Nullable ApiCall make, @Nullable ApiCall remove) {
        Service {
            each = List.copyOf(each);
        }
    }

    /// Copies the lists.
    ServiceCalls {
        services = List.copyOf(services);
        enumeration = List.copyOf(enumeration);
        ownPower = List.copyOf(ownPower);
    }

    static ServiceCalls load() {
        try (InputStream in = Objects.requireNonNull(ServiceCalls.class.getResourceAsStream("services.json"))) {
            JsonNode root = new JsonMapper().readTree(in);
            List<Service> services = new ArrayList<>();
            for (JsonNode service : root.path("services")) {
                String source = service.path("source").asText();
                boolean global = service.path("global").asBoolean();
                services.add(new Service(call(service.path("list"), source, global),
                        calls(service.path("each"), source, global),
                        service.has("make") ? call(service.path("make"), source, global) : null,
                        service.has("remove") ? call(service.path("remove"), source, global) : null));
            }
            return new ServiceCalls(services, call(root.path("whoami")), call(root.path("lookup")),
                    call(root.path("deploy")), call(root.path("poll")), call(root.path("undeploy")),
                    StreamSupport.stream(root.path("enumeration").spliterator(), false).map(ServiceCalls::call)
                            .toList(),
                    call(root.path("images")), call(root.path("launch")),
                    List.of(call(root.path("ownPolicy")), call(root.path("ownAdmin")),
                            call(root.path("ownBoundary"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<ApiCall> calls(JsonNode nodes, String source, boolean global) {
        return StreamSupport.stream(nodes.spliterator(), false).map(node -> call(node, source, global)).toList();
    }

    private static ApiCall call(JsonNode node) {
        return call(node, node.path("source").asText(), node.path("global").asBoolean());
    }

    private static ApiCall call(JsonNode node, String source, boolean global) {
        String name = node.path("name").asText();
        return new ApiCall(source, name, name.matches("(Describe|Get|List|Lookup).*"), global,
                node.has("request") ? text(node.path("request").toString()) : null,
                node.has("response") ? text(node.path("response").toString()) : null,
                node.has("missing") ? node.path("missing").asText() : null);
    }

    private static Text text(String template) {
        List<String> parts = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        Matcher matcher = PLACE.matcher(template);
        int start = 0;
        while (matcher.find()) {
            parts.add(template.substring(start, matcher.start()));
            places.add(Place.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)));
            start = matcher.end();
        }
        parts.add(template.substring(start));
        return new Text(parts, places);
    }
}
