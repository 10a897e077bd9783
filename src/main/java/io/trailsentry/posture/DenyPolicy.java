package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Containment;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The policy that denies everything, with the record of the containment in its statement's id: it is written with the
/// deny and goes with it, so that there is nothing to lose or to forget.
///
/// @param since when the principal was contained; whole seconds
/// @param keys ids of the access keys that were deactivated for it
record DenyPolicy(Instant since, Set<String> keys) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    /// IAM API reference: a statement's id holds letters and digits; `AccessKeyId` has 16 to 128 of `\w`, and AWS makes
    /// capitals and digits.
    private static final Pattern SID = Pattern.compile("Contained(\\d{8}T\\d{6}Z)((?:Key[A-Z0-9]{16,128})*)");

    DenyPolicy {
        keys = Set.copyOf(keys);
    }

    /// The policy as IAM takes it.
    String document() {
        StringBuilder sid = new StringBuilder("Contained" + TIME.format(since));
        new TreeSet<>(keys).forEach(key -> sid.append("Key").append(key));
        return Containment.denial(sid.toString(), null);
    }

    /// The policy that a document is; null when it is another, or none.
    static @Nullable DenyPolicy of(@Nullable String document) {
        JsonNode json = read(document);
        Matcher sid = SID.matcher(json.at("/Statement/0/Sid").asText());
        if (!sid.matches()) {
            return null;
        }
        try {
            Set<String> keys = new TreeSet<>();
            for (String key : sid.group(2).split("Key", -1)) {
                if (!key.isEmpty()) {
                    keys.add(key);
                }
            }
            DenyPolicy policy = new DenyPolicy(TIME.parse(sid.group(1), Instant::from), keys);
            return read(policy.document()).equals(json) ? policy : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /// Until when the sessions were opened that a revocation refuses; null when a document is none.
    static @Nullable Instant revokedBefore(@Nullable String document) {
        String before = read(document).at("/Statement/0/Condition/DateLessThan/aws:TokenIssueTime").asText();
        try {
            Instant moment = Instant.parse(before);
            return read(Containment.revocation(before)).equals(read(document)) ? moment : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static JsonNode read(@Nullable String document) {
        try {
            return document == null ? JSON.missingNode() : JSON.readTree(document);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }
}
