package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Trait;
import io.trailsentry.trail.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// What a call shows of its principal, for signals that hold only for something new.
public final class Traits {
    /// Most things that one call is remembered to have created.
    private static final int MOST_CREATED = 16;
    private static final Pattern CREATES = Pattern.compile("^(?:Create|Run|Allocate|Register|Import|Copy|Launch|Put)");
    private static final Pattern NAMES = Pattern.compile("(?:name|id|identifier|arn|bucket)$",
            Pattern.CASE_INSENSITIVE);
    private static final Set<String> NOT_NAMES = Set.of("requestid", "ownerid", "accountid", "imageid", "subnetid",
            "vpcid", "keyname", "userid", "kmskeyid", "clienttoken");

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
        if (wrote && CREATES.matcher(call.event().eventName()).find()) {
            created(call.event().requestParameters(), traits);
            created(call.event().responseElements(), traits);
        }
        return traits;
    }

    private static void created(Parameters parameters, List<Trait> traits) {
        for (int i = 0; i < parameters.size() && traits.size() < MOST_CREATED; i++) {
            String field = parameters.path(i).substring(parameters.path(i).lastIndexOf('.') + 1);
            if (NAMES.matcher(field).find() && !NOT_NAMES.contains(field.toLowerCase(Locale.ROOT))
                    && parameters.value(i).length() <= 256) {
                traits.add(created(parameters.value(i)));
            }
        }
    }

    /// The trait of having created something.
    ///
    /// @param name its name, id or ARN; of an ARN the last part counts
    static Trait created(String name) {
        int last = Math.max(name.lastIndexOf('/'), name.lastIndexOf(':'));
        return new Trait("created", name.substring(last + 1).toLowerCase(Locale.ROOT));
    }
}
