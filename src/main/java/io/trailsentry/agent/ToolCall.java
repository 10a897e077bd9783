package io.trailsentry.agent;

import org.jspecify.annotations.Nullable;

/// The MCP tool call behind an API call: what the API call's own record does not tell.
///
/// @param tool name of the tool, as in `aws___run_script`
/// @param client the program that called it, as it calls itself; null when it does not
/// @param address the caller's own address; null when not told
public record ToolCall(String tool, @Nullable String client, @Nullable String address) {
}
