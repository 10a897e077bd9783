package io.trailsentry.agent;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Names the program behind a call from its user agent. The caller chooses the user agent: a hint for people, never
/// ground for a decision.
final class Client {
    /// Feature ids that AWS CLI 2.35.24 and later puts into the `m/` list of its user agent when a coding agent runs
    /// it (aws-cli, `awscli/botocore/useragent.py`).
    private static final Map<String, String> CODING_AGENTS = Map.ofEntries(Map.entry("AN", "Claude Code"),
            Map.entry("AO", "Gemini CLI"), Map.entry("AP", "Codex"), Map.entry("AQ", "Kiro CLI"),
            Map.entry("AR", "OpenCode"), Map.entry("AS", "Antigravity"), Map.entry("AT", "Amp"),
            Map.entry("AU", "Pi"), Map.entry("AV", "Copilot CLI"), Map.entry("AW", "Cursor"),
            Map.entry("AX", "Kiro IDE"));
    /// How the MCP servers of awslabs mark their calls; a few in ways of their own (awslabs/mcp).
    private static final Pattern LOCAL_SERVER = Pattern
            .compile("(?:md/awslabs#mcp#|\\bawslabs[./](?:mcp/)?)([\\w.-]+)(?:[#/]([\\w.-]+))?");
    private static final Pattern SERVER_CLIENT = Pattern.compile("MCPClient/([\\w.-]+)(?:#([\\w.-]+))?");
    private static final int LONGEST = 120;

    private Client() {
    }

    /// The program's name and version where the user agent tells them; null when it tells nothing.
    static @Nullable String of(@Nullable String userAgent) {
        String agent = Channel.userAgent(userAgent).strip();
        if (agent.isEmpty() || agent.endsWith(".amazonaws.com")) {
            return null;
        }
        String found = proxied(agent);
        if (found == null) {
            found = local(agent);
        }
        if (found == null) {
            found = codingAgent(agent);
        }
        if (found == null) {
            found = firstToken(agent);
        }
        return found.length() > LONGEST ? found.substring(0, LONGEST - 1) + '…' : found;
    }

    /// The MCP client behind `mcp-proxy-for-aws`: the token after it.
    private static @Nullable String proxied(String agent) {
        int proxy = agent.indexOf("mcp-proxy-for-aws/");
        if (proxy < 0) {
            return null;
        }
        int space = agent.indexOf(' ', proxy);
        return space < 0 ? firstToken(agent.substring(proxy)) : firstToken(agent.substring(space + 1).strip());
    }

    private static @Nullable String local(String agent) {
        Matcher server = LOCAL_SERVER.matcher(agent);
        if (!server.find()) {
            return null;
        }
        Matcher client = SERVER_CLIENT.matcher(agent);
        String name = versioned(server);
        return client.find() ? versioned(client) + " via " + name : name;
    }

    private static String versioned(Matcher matcher) {
        return matcher.group(2) == null ? matcher.group(1) : matcher.group(1) + '/' + matcher.group(2);
    }

    private static @Nullable String codingAgent(String agent) {
        if (!agent.startsWith("aws-cli/")) {
            return null;
        }
        for (String token : agent.split(" ", -1)) {
            if (token.startsWith("m/")) {
                for (String feature : token.substring(2).split(",", -1)) {
                    String name = CODING_AGENTS.get(feature);
                    if (name != null) {
                        return name + " with " + firstToken(agent);
                    }
                }
            }
        }
        return null;
    }

    private static String firstToken(String agent) {
        int space = agent.indexOf(' ');
        return space < 0 ? agent : agent.substring(0, space);
    }
}
