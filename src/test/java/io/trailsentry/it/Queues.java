package io.trailsentry.it;

import java.util.List;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/// What the tests do with queues, in SQS's own words.
final class Queues {
    private Queues() {
    }

    static String arn(AwsBackend aws, String queueUrl) {
        String arn = aws.sqs().getQueueAttributes(
                request -> request.queueUrl(queueUrl).attributeNames(QueueAttributeName.QUEUE_ARN)).attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        if (arn == null) {
            throw new AssertionError("no ARN for " + queueUrl);
        }
        return arn;
    }

    /// Up to ten messages that are there now, with all their system attributes; they stay until deleted.
    static List<Message> receive(AwsBackend aws, String queueUrl) {
        return aws.sqs().receiveMessage(request -> request.queueUrl(queueUrl).maxNumberOfMessages(10)
                .messageSystemAttributeNames(MessageSystemAttributeName.ALL)).messages();
    }

    /// How many messages are there to be received.
    static int size(AwsBackend aws, String queueUrl) {
        return Integer.parseInt(aws.sqs().getQueueAttributes(request -> request.queueUrl(queueUrl)
                .attributeNames(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES)).attributes()
                .getOrDefault(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES, ""));
    }

    static void delete(AwsBackend aws, String queueUrl, Message message) {
        aws.sqs().deleteMessage(request -> request.queueUrl(queueUrl).receiptHandle(message.receiptHandle()));
    }
}
