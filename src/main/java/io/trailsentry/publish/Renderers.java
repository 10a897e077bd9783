package io.trailsentry.publish;

import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import java.util.Map;

/// One renderer for each form that the topics' readers read. Immutable, thread-safe, pure.
///
/// @param alert email
/// @param chat Slack and Teams
/// @param page pagers
/// @param ocsf SIEMs
/// @param flood people and pagers, of what they are not told one by one
public record Renderers(AlertText alert, ChatNotification chat, PageMessage page, OcsfFinding ocsf, FloodText flood) {

    /// The renderers.
    ///
    /// @param catalogue names ATT&CK techniques
    /// @param accounts what accounts are called, by id
    /// @param version this program's
    public static Renderers of(Catalogue catalogue, Map<String, Account> accounts, String version) {
        return new Renderers(new AlertText(catalogue, accounts), new ChatNotification(catalogue, accounts),
                new PageMessage(catalogue, accounts), new OcsfFinding(catalogue, accounts, version),
                new FloodText(accounts));
    }
}
