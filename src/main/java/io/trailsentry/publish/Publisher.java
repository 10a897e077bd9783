package io.trailsentry.publish;

/// The port to the readers of findings. Implementations are thread-safe.
public interface Publisher {
    /// Whether anybody can be reached through a topic; one that is not configured is passed over.
    boolean reaches(Topic topic);

    /// Tells a step of a finding to the readers of one topic.
    ///
    /// @throws PublishException when it was not accepted, or it is not known whether it was
    void publish(Topic topic, Notice notice) throws PublishException;

    /// Tells the readers of one topic what they are not told one by one.
    ///
    /// @throws PublishException when it was not accepted, or it is not known whether it was
    void publish(Topic topic, FloodNotice notice) throws PublishException;

    /// A step that was not accepted.
    final class PublishException extends Exception {
        private static final long serialVersionUID = 1;

        /// With the reason and its cause.
        public PublishException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
