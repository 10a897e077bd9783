package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Trait;
import io.trailsentry.trail.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a call shows of its principal, for signals that hold only for something new.
public final class Traits {
    /// Most things that one call is remembered to have created.
    private static final int MOST_CREATED = 16;
    /// Operations that make what they are called after: what stands behind `With` is what it is made with.
    private static final Pattern CREATES = Pattern.compile(
            "(Create|Run|Allocate|Register|Import|Copy|Launch|Put)([A-Z]\\w*?)(?:(?:With|From|For|To|By)[A-Z]\\w*)?");
    private static final Pattern NAMES = Pattern.compile("(\\w*?)(?:name|id|identifier|arn)",
            Pattern.CASE_INSENSITIVE);
    /// Things whose id or name is called after something else.
    private static final Map<String, String> CALLED = Map.of("keypair", "key", "address", "allocation");

    private Traits() {
    }

    /// The traits of a call.
    public static List<Trait> of(Call call) {
        List<Trait> traits = new ArrayList<>(2);
        boolean wrote = !call.isRead() && Outcome.of(call.event()) == Outcome.SUCCEEDED;
        if (!call.agent().listed()) {
            traits.add(Trait.MCP);
            if (wrote) {
                traits.add(Trait.MCP_WRITE);
            }
        }
        if (!wrote) {
            return traits;
        }
        Matcher creates = CREATES.matcher(call.action().substring(call.action().indexOf(':') + 1));
        if (creates.matches()) {
            String verb = creates.group(1).toLowerCase(Locale.ROOT);
            String thing = creates.group(2).toLowerCase(Locale.ROOT);
            created(call.event().requestParameters(), verb, thing, traits);
            created(call.event().responseElements(), verb, thing, traits);
        }
        return traits;
    }

    /// Remembers what was made. The other names in a call are those of what it was made from, for or in: a volume that has
    /// a snapshot, or an instance that has a tag, is not created by that.
    private static void created(Parameters parameters, String verb, String thing, List<Trait> traits) {
        for (int i = 0; i < parameters.size() && traits.size() < MOST_CREATED; i++) {
            if (names(parameters.path(i), verb, thing) && parameters.value(i).length() <= 256) {
                traits.add(created(parameters.value(i)));
            }
        }
    }

    /// Whether a field names what is made: `functionName` of CreateFunction, `groupId` of CreateSecurityGroup, `name`, and
    /// `keyMetadata.arn` of CreateKey.
    private static boolean names(String path, String verb, String thing) {
        String[] part = path.toLowerCase(Locale.ROOT).split("\\.", -1);
        Matcher names = NAMES.matcher(part[part.length - 1]);
        if (!names.matches()) {
            return false;
        }
        String stem = names.group(1);
        if (!stem.isEmpty()) {
            return thing.endsWith(stem) || thing.endsWith(stem + 's') || stem.equals(CALLED.get(thing));
        }
        String around = part.length < 2 ? "" : part[part.length - 2];
        return part.length == 1
                || (verb.equals("create") && (around.startsWith(thing) || around.startsWith(verb + thing)));
    }

    /// The trait of having created something.
    ///
    /// @param name its name, id or ARN; of an ARN the last part counts
    static Trait created(String name) {
        int last = Math.max(name.lastIndexOf('/'), name.lastIndexOf(':'));
        return new Trait(Trait.CREATED, name.substring(last + 1).toLowerCase(Locale.ROOT));
    }
}
