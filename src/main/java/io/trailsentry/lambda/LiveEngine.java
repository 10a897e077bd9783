package io.trailsentry.lambda;

import io.trailsentry.posture.ConfigurationSource;
import io.trailsentry.agent.AttachedPolicies;
import io.trailsentry.agent.Reach;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.engine.Engine;
import io.trailsentry.memory.Memory.MemoryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.function.Consumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/// The engine by the configuration as it stands: read again when older than a minute, and after a restore. A bad one
/// fails the start; later the last good one is kept, and the log says so. What is to be warned of, as of exceptions that
/// have run out and of agents whose calls do not arrive, the log says at the start, after a restore, on each new day and with each new text. Thread-safe.
final class LiveEngine {
    private static final Duration FRESH = Duration.ofSeconds(60);

    private final ConfigurationSource source;
    private final ConfigurationSource agentNames;
    private final BiFunction<Configuration, AttachedPolicies, Engine> assembly;
    private final Audited audited;
    private final InstantSource clock;
    private final Consumer<String> log;
    private String text;
    private String names;
    private AttachedPolicies attached = AttachedPolicies.NONE;
    private @Nullable Instant auditReadAt;
    private Configuration configuration;
    private Engine engine;
    private @Nullable Instant readAt;
    private @Nullable LocalDate judgedOn;

    /// Reads the configuration for the first time.
    ///
    /// @param agentNames whose calls arrive, separated by commas; blank: everybody's. Of each other principal that is
    ///         configured the log says so
    /// @param audited where the audit leaves what it found: asked at the first use, not at the start
    /// @param assembly makes the engine of a configuration
    /// @throws ConfigurationException that names every fault
    LiveEngine(ConfigurationSource source, ConfigurationSource agentNames, Audited audited,
            BiFunction<Configuration, AttachedPolicies, Engine> assembly, InstantSource clock, Consumer<String> log)
            throws ConfigurationException {
        this.source = source;
        this.agentNames = agentNames;
        this.audited = audited;
        this.assembly = assembly;
        this.clock = clock;
        this.log = log;
        this.text = source.text().get();
        this.readAt = clock.instant();
        this.judgedOn = dayOf(readAt);
        this.names = names();
        this.configuration = read(text, names, judgedOn);
        this.engine = assembly.apply(configuration, attached);
    }

    private static LocalDate dayOf(Instant moment) {
        return LocalDate.ofInstant(moment, ZoneOffset.UTC);
    }

    /// That they cannot be read costs a warning, and no start.
    private String names() {
        try {
            return agentNames.text().get();
        } catch (SdkException e) {
            log.accept("error: whose calls arrive cannot be read from " + agentNames.name() + ": " + e.getMessage());
            return "";
        }
    }

    private Configuration read(String text, String names, LocalDate today) throws ConfigurationException {
        ConfigurationReader.Read read = ConfigurationReader.read(source.name(), text, today);
        read.warnings().forEach(warning -> log.accept(source.name() + ": " + warning));
        Reach.of(names).gaps(read.configuration().roster()).forEach(gap -> log.accept("error: " + gap));
        return read.configuration();
    }

    /// Makes the next use read the configuration again.
    synchronized void forget() {
        readAt = null;
        auditReadAt = null;
        judgedOn = null;
    }

    /// What the audit found.
    @FunctionalInterface
    interface Audited {
        /// Nothing was found as yet.
        Audited NOTHING = () -> AttachedPolicies.NONE;

        AttachedPolicies attached() throws MemoryException;
    }

    /// That it cannot be read costs no more than what it would add.
    private void hearAudit(Instant now) {
        if (auditReadAt != null && auditReadAt.plus(FRESH).isAfter(now)) {
            return;
        }
        auditReadAt = now;
        try {
            AttachedPolicies found = audited.attached();
            if (!found.equals(attached)) {
                attached = found;
                engine = assembly.apply(configuration, attached);
            }
        } catch (MemoryException e) {
            log.accept("what the audit found cannot be read: " + e.getMessage());
        }
    }

    /// The engine of the moment.
    synchronized Engine current() {
        Instant now = clock.instant();
        hearAudit(now);
        if (readAt != null && readAt.plus(FRESH).isAfter(now)) {
            return engine;
        }
        readAt = now;
        LocalDate today = dayOf(now);
        try {
            String read = source.text().get();
            String arriving = names();
            if (!read.equals(text) || !arriving.equals(names) || !today.equals(judgedOn)) {
                configuration = read(read, arriving, today);
                engine = assembly.apply(configuration, attached);
                text = read;
                names = arriving;
                judgedOn = today;
            }
        } catch (ConfigurationException | SdkException e) {
            log.accept("the last good configuration is kept: " + e.getMessage());
        }
        return engine;
    }
}
