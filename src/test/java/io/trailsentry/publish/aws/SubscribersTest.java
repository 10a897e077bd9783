package io.trailsentry.publish.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubscribersTest {
    @ParameterizedTest
    @CsvSource(textBlock = """
            dana@example.com, d***@e***.com
            d@x.y.co, d***@x***.co
            https://events.pagerduty.com/integration/SECRET/enqueue, https://events.pagerduty.com/***
            https://user:pass@example.com/x, https://example.com/***
            +491701234589, ***89
            arn:aws:lambda:eu-central-1:111122223333:function:pager, arn:aws:lambda:eu-central-1:111122223333:function:***
            odd, ***dd
            """)
    void address_isToldApartButNotTold(String address, String shown) {
        assertThat(Subscribers.masked(address)).isEqualTo(shown);
    }

    @Test
    void text_tellsWhoGetsMessagesAndWhoDoesNotYet() {
        assertThat(new Subscribers(Map.of("https", 1, "email", 2), List.of("email d***@e***.com"), false).text())
                .isEqualTo("3 confirmed (email 2, https 1), 1 pending (email d***@e***.com)");
        assertThat(new Subscribers(Map.of(), List.of(), false).text()).isEqualTo("0 confirmed");
    }
}
