package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.trail.ApiAction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// `credential-leak`: an agent's credentials where they do not belong: outside the MCP server that alone should use them,
/// at the console, or in an account of another environment.
final class CredentialLeak implements Detector.OfCalls {
    private static final int READ = 60;
    private static final int WRITE = 75;
    private static final int CONSOLE = 60;
    private static final int WITH_PERSON = 35;
    private static final int WITHOUT_MFA = 70;
    private static final int ENVIRONMENT = 70;
    private static final List<String> ATTACK = List.of("T1078.004");
    /// Services by which an identity is got and checked; such calls come before and beside the MCP server's.
    private static final Set<String> IDENTITY = Set.of("sts", "signin", "sso", "sso-oauth");

    private final Map<String, String> environments;

    /// @param environments environment of each account, by id
    CredentialLeak(Map<String, String> environments) {
        this.environments = Map.copyOf(environments);
    }

    @Override
    public String id() {
        return "credential-leak";
    }

    @Override
    public List<Signal> examine(Call call, Predicate<Premise> broken) {
        List<Signal> signals = new ArrayList<>(1);
        Outcome outcome = Outcome.of(call.event());
        if (call.event().eventName().equals("ConsoleLogin")) {
            signals.add(signIn(call, outcome));
        }
        if (call.agent().mcpOnly() && !call.channel().equals(Channel.MCP) && !call.channel().isService()
                && !isIdentity(call)) {
            signals.add(Signals.of(this, call, outcome.worth(call.isRead() ? READ : WRITE, null))
                    .target(call.channel().name()).attack(ATTACK)
                    .says("was used outside the MCP server",
                            "its channel is mcp, but the call came by " + call.channel().name()
                                    + ": somebody or something else holds its credentials")
                    .signal());
        }
        String account = call.event().account();
        String expected = call.agent().environment();
        String found = account == null ? null : environments.get(account);
        if (account != null && expected != null && found != null && !expected.equals(found)) {
            signals.add(Signals.of(this, call, outcome.worth(ENVIRONMENT, null)).target(account).attack(ATTACK)
                    .says("was used in an account of another environment",
                            "it belongs to " + expected + ", but account " + account + " is " + found)
                    .signal());
        }
        return signals.stream().max(Comparator.comparingInt(Signal::score)).stream().toList();
    }

    /// Whether a call gets or checks an identity.
    static boolean isIdentity(Call call) {
        return IDENTITY.contains(ApiAction.service(call.event().eventSource()));
    }

    private Signal signIn(Call call, Outcome outcome) {
        boolean person = call.principal().kind() == Principal.Kind.USER
                || call.principal().kind() == Principal.Kind.ROOT;
        String mfa = call.event().additionalEventData().first("MFAUsed");
        boolean without = person && "No".equalsIgnoreCase(mfa);
        // A second factor means that a person was there: a user whom somebody watches as an agent, too.
        int score = without ? WITHOUT_MFA : person ? WITH_PERSON : CONSOLE;
        return Signals.of(this, call, outcome.worth(score, null)).attack(ATTACK)
                .says(Phrases.told(outcome, "signed in to the console", "sign in to the console")
                        + (without ? " without MFA" : ""),
                        "an agent has no use for the console" + (without ? ", and no second factor was asked for" : ""))
                .signal();
    }
}
