package io.trailsentry.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test class that needs [SamTranslator].
///
/// Where it is not to be had the class is reported as skipped; with the system property `trailsentry.it.required`
/// set to `true` it fails.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SamTranslator.class)
@interface RequiresSamTranslator {
}
