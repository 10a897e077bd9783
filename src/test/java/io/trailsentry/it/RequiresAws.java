package io.trailsentry.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test class that needs an [AwsBackend], which its constructor or its tests take as a parameter.
///
/// Where none is to be had the class is reported as skipped; with the system property `trailsentry.it.required`
/// set to `true` it fails.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(AwsBackendExtension.class)
@interface RequiresAws {
}
