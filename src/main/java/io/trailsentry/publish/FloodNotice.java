package io.trailsentry.publish;

import io.trailsentry.config.Configuration.Flood;
import io.trailsentry.finding.HeldBack;
import java.time.Instant;

/// That people are not told everything one by one, because there is too much of it.
///
/// @param held what was held back
/// @param over whether that is all; else it is what there was when the first was held back
/// @param cap beyond which alerts are held back
/// @param at when it is told
public record FloodNotice(HeldBack held, boolean over, Flood cap, Instant at) {
}
