package io.trailsentry.bench;

import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;

/// Topics that everything reaches and nobody reads.
final class Silent implements Publisher {
    @Override
    public boolean reaches(Topic topic) {
        return true;
    }

    @Override
    public void publish(Topic topic, Notice notice) {
        // Nobody reads.
    }

    @Override
    public void publish(Topic topic, FloodNotice notice) {
        // Nobody reads.
    }
}
