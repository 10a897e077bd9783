package io.trailsentry.lambda;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// Handles a made-up event, from its bytes to the messages about it, with nobody at the other end.
final class Priming {
    private final Catalogue catalogue;
    private final Renderers renderers;

    Priming(Catalogue catalogue, String version) {
        this.catalogue = catalogue;
        this.renderers = Renderers.of(catalogue, Map.of(), version);
    }

    void run() {
        Configuration empty = Configuration.EMPTY;
        Rendering rendering = new Rendering();
        Engine engine = new Engine(Watch.of(empty, empty.roster(), catalogue), new InMemory(), rendering,
                metrics -> metrics.data(), InstantSource.system(), line -> {
                });
        List<String> failures = engine.handle(List.of(new Delivery("priming", event())));
        if (!failures.isEmpty() || rendering.characters == 0) {
            throw new IllegalStateException("priming.json could not be handled");
        }
    }

    private static String event() {
        try (InputStream in = Priming.class.getResourceAsStream("priming.json")) {
            if (in == null) {
                throw new IllegalStateException("priming.json is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Renders what it is given and sends nothing.
    private final class Rendering implements Publisher {
        private int characters;

        @Override
        public boolean reaches(Topic topic) {
            return true;
        }

        @Override
        public void publish(Topic topic, Notice notice) {
            characters += switch (topic) {
                case ALERTS -> renderers.alert().body(notice).length() + renderers.chat().render(notice).length();
                case PAGES -> renderers.page().body(notice).length();
                case FINDINGS -> renderers.ocsf().render(notice).length();
            };
        }

        @Override
        public void publish(Topic topic, FloodNotice notice) {
            throw new IllegalStateException("one finding is no flood");
        }
    }
}
