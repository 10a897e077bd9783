package io.trailsentry.lab;

import io.trailsentry.lab.PlannedCall.Origin;
import io.trailsentry.lab.PlannedCall.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Writes down the calls of one script of an agent: of one MCP tool call, one run of a program. Confined to one plan.
final class Script {
    static final ApiCall TOOL = new ApiCall("aws-mcp", "CallReadWriteTool", false, false, null, null, null);
    /// The MCP endpoint's Region, which its own events carry.
    private static final String ENDPOINT = "us-east-1";
    /// What fits into `additionalEventData`, which CloudTrail cuts at 28 kB.
    private static final int MOST_MADE = 200;
    private static final String GLOBAL = "us-east-1";

    /// How its calls reach AWS.
    enum Way {
        /// Through the AWS MCP server.
        MCP,
        /// The AWS command line.
        CLI,
        /// Terraform.
        TERRAFORM,
        /// An SDK.
        SDK
    }

    private final Session session;
    private final Way way;
    private final String address;
    private final LongSupplier salts;
    private final int attack;
    private final List<PlannedCall> plan;
    private final List<PlannedCall> made = new ArrayList<>();
    private final long salt;
    private double clock;

    /// @param address the caller's own
    /// @param salts gives a new one each time
    /// @param attack number of the attack; -1 for none
    /// @param at when it begins, in milliseconds since 1970
    /// @param plan takes the calls
    Script(Session session, Way way, String address, LongSupplier salts, int attack, double at,
            List<PlannedCall> plan) {
        this.session = session;
        this.way = way;
        this.address = address;
        this.salts = salts;
        this.attack = attack;
        this.plan = plan;
        salt = salts.getAsLong();
        clock = at;
    }

    Script pause(double seconds) {
        clock += seconds * 1_000;
        return this;
    }

    /// Goes on at a time, in milliseconds since 1970.
    Script at(double time) {
        clock = time;
        return this;
    }

    double now() {
        return clock;
    }

    void call(ApiCall api, String region, String subject, @Nullable String error) {
        Origin origin = switch (way) {
            case MCP -> Origin.MCP;
            case CLI -> Origin.cli(address, api);
            case TERRAFORM -> Origin.terraform(address);
            case SDK -> Origin.sdk(address);
        };
        made.add(add(origin, api, region, subject, error));
    }

    /// A call that a service makes for the agent.
    void byService(String service, ApiCall api, String region, String subject) {
        add(Origin.service(service), api, region, subject, null);
    }

    private PlannedCall add(Origin origin, ApiCall api, String region, String subject, @Nullable String error) {
        long at = (long) clock;
        long own = salts.getAsLong();
        PlannedCall call = new PlannedCall(at, own, session, PlannedCall.key(session, way == Way.MCP, at, salt, own),
                origin, api.global() ? GLOBAL : region, api, subject, error, attack, List.of());
        plan.add(call);
        return call;
    }

    /// The script is over; the MCP server records the tool call.
    void end() {
        if (way == Way.MCP && !made.isEmpty()) {
            plan.add(new PlannedCall((long) clock, salt, session,
                    PlannedCall.key(session, true, (long) clock, salt, salt),
                    new Origin(null, address, "python-httpx/0.28.1 mcp-proxy-for-aws/1.7.0 claude-code/2.1.280"),
                    ENDPOINT, TOOL, "", null, attack, made.subList(0, Math.min(MOST_MADE, made.size()))));
        }
    }
}
