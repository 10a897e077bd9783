package io.trailsentry.trail;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A log file that CloudTrail delivered to a bucket, by its key. Immutable.
///
/// Source: CloudTrail user guide, "Finding your CloudTrail log files": `PREFIX/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/`
/// and the file's name, with the organization's id before the account in an organization's trail.
///
/// @param bucket the bucket's name
/// @param key the object's key
/// @param account twelve digits: whose records it holds
/// @param region Region that recorded them
public record LogFile(String bucket, String key, String account, String region) {
    private static final String FOLDER = "(?:[^\\p{Cntrl}]*/)?AWSLogs/(?:o-[a-z0-9]{1,64}/)?(\\d{12})/";
    private static final Pattern KEY = Pattern.compile(FOLDER
            + "CloudTrail/([a-z]{2}(?:-[a-z]{1,16}){1,3}-\\d{1,2})/\\d{4}/\\d{2}/\\d{2}/[\\w.-]{1,255}\\.json\\.gz");
    private static final Pattern OTHER = Pattern.compile(FOLDER + "(?!CloudTrail/)[\\w-]{1,64}/.*", Pattern.DOTALL);

    /// The log file that a key names; null when it does not look like one.
    public static @Nullable LogFile of(String bucket, String key) {
        Matcher matcher = KEY.matcher(key);
        return matcher.matches() ? new LogFile(bucket, key, matcher.group(1), matcher.group(2)) : null;
    }

    /// Whether a key is of something else that belongs beside log files: digests, Insights, what other services deliver, and
    /// whatever is not called a packed JSON file.
    public static boolean isNeighbour(String key) {
        return !key.endsWith(".json.gz") || OTHER.matcher(key).matches();
    }

    /// Its address: `s3://BUCKET/KEY`.
    @Override
    public String toString() {
        return "s3://" + bucket + "/" + key;
    }
}
