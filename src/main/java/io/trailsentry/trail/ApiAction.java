package io.trailsentry.trail;

import java.util.Map;

/// The name of an API action as IAM writes it: `service:EventName`.
///
/// CloudTrail writes `monitoring.amazonaws.com` and `UpdateFunctionCode20150331v2` where IAM writes
/// `cloudwatch:...` and `lambda:UpdateFunctionCode`.
public final class ApiAction {
    private static final String SUFFIX = ".amazonaws.com";

    /// Event sources whose IAM prefix differs from the host's first label (Service Authorization Reference).
    private static final Map<String, String> IAM_PREFIX = Map.of("monitoring", "cloudwatch", "email", "ses", "tagging",
            "tag", "cloudcontrolapi", "cloudformation");

    private ApiAction() {
    }

    /// The action of an event.
    ///
    /// @param eventSource as CloudTrail writes it; a source without the usual suffix is taken as it is
    /// @param eventName as CloudTrail writes it; an API-version suffix is removed
    public static String of(String eventSource, String eventName) {
        return service(eventSource) + ':' + operation(eventName);
    }

    /// The IAM prefix of an event source.
    public static String service(String eventSource) {
        String host = eventSource.endsWith(SUFFIX)
                ? eventSource.substring(0, eventSource.length() - SUFFIX.length())
                : eventSource;
        return IAM_PREFIX.getOrDefault(host, host);
    }

    /// The operation without an API-version suffix: eight digits or `2020_05_31`, and `v2` behind them or not.
    public static String operation(String eventName) {
        int end = eventName.length();
        int digits = end;
        while (digits > 0 && Character.isDigit(eventName.charAt(digits - 1))) {
            digits--;
        }
        if (digits < end && digits > 0 && eventName.charAt(digits - 1) == 'v' && isDate(eventName, digits - 1)) {
            end = digits - 1;
        }
        return isDate(eventName, end) ? eventName.substring(0, end - dateLength(eventName, end)) : eventName;
    }

    private static boolean isDate(String name, int end) {
        int length = dateLength(name, end);
        return length > 0 && end > length;
    }

    private static int dateLength(String name, int end) {
        if (matches(name, end, "dddddddd")) {
            return 8;
        }
        return matches(name, end, "dddd_dd_dd") ? 10 : 0;
    }

    private static boolean matches(String name, int end, String shape) {
        int start = end - shape.length();
        if (start < 0) {
            return false;
        }
        for (int i = 0; i < shape.length(); i++) {
            char c = name.charAt(start + i);
            if (shape.charAt(i) == 'd' ? !Character.isDigit(c) : c != shape.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
