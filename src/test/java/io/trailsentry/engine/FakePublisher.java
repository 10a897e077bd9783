package io.trailsentry.engine;

import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Keeps what it is given, and fails when told to.
final class FakePublisher implements Publisher {
    record Sent(Topic topic, Notice notice) {
    }

    record Summary(Topic topic, FloodNotice notice) {
    }

    final List<Sent> sent = new ArrayList<>();
    final List<Summary> summaries = new ArrayList<>();
    final Deque<Topic> failing = new ArrayDeque<>();
    private final Set<Topic> reached;

    FakePublisher(Topic... topics) {
        this.reached = topics.length == 0 ? EnumSet.allOf(Topic.class) : EnumSet.copyOf(List.of(topics));
    }

    @Override
    public boolean reaches(Topic topic) {
        return reached.contains(topic);
    }

    @Override
    public void publish(Topic topic, Notice notice) throws PublishException {
        if (failing.remove(topic)) {
            throw new PublishException("told to fail", new IllegalStateException());
        }
        sent.add(new Sent(topic, notice));
    }

    @Override
    public void publish(Topic topic, FloodNotice notice) throws PublishException {
        if (failing.remove(topic)) {
            throw new PublishException("told to fail", new IllegalStateException());
        }
        summaries.add(new Summary(topic, notice));
    }

    List<Notice.Kind> kinds(Topic topic) {
        return sent.stream().filter(s -> s.topic() == topic).map(s -> s.notice().kind()).toList();
    }
}
