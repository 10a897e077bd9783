package io.trailsentry.publish;

/// Who reads what is published.
public enum Topic {
    /// People: email and chat.
    ALERTS,
    /// A pager.
    PAGES,
    /// A SIEM.
    FINDINGS
}
