package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What readers see of findings about a state, word for word. `-Dgolden.update=true` writes them anew.
class StateGoldenTest {
    private static final Path SCHEMA = Path
            .of("../shared/reference/oncall-siem/ocsf-1.6.0-detection_finding-cloud.schema.json");
    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Renderers RENDERERS = Renderers.of(CATALOGUE,
            Map.of("111122223333", new Configuration.Account("sandbox", "dev")), "0.1.0");
    private static final Subject ACCOUNT = Subject.account("aws", "111122223333");
    private static final Subject CODER = new Subject(Agent.learned("coder"), new Principal(Principal.Kind.ROLE,
            "111122223333", "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role"));

    private final Map<String, Notice> told = new LinkedHashMap<>();
    private Instant now = Instant.parse("2026-11-02T06:00:00Z");

    private void run(InMemory memory, Check... checks) throws MemoryException {
        now = now.plusSeconds(86_400);
        new Announcer(Watch.of(Configuration.EMPTY, Configuration.EMPTY.roster(), CATALOGUE), memory, new Publisher() {
            @Override
            public boolean reaches(Topic topic) {
                return true;
            }

            @Override
            public void publish(Topic topic, Notice notice) {
                told.put(topic + "-" + notice.kind(), notice);
            }

            @Override
            public void publish(Topic topic, FloodNotice notice) {
                throw new AssertionError("nothing is held back");
            }
        }, metrics -> {
        }, () -> now, line -> {
        }).tell(List.of(checks), EnumSet.allOf(Rule.class));
    }

    private static String pretty(String json) throws JsonProcessingException {
        return JSON.writeValueAsString(JSON.readTree(json)) + "\n";
    }

    private void readsInEveryForm(String name, String kind) throws IOException {
        Notice alert = told.get("ALERTS-" + kind);
        Notice finding = told.get("FINDINGS-" + kind);
        assertThat(alert).isNotNull();
        assertThat(finding).isNotNull();
        Golden.reads(name + ".email.txt", "Subject: " + RENDERERS.alert().subject(alert) + "\n\n"
                + RENDERERS.alert().body(alert));
        Golden.reads(name + ".chat.json", pretty(RENDERERS.chat().render(alert)));
        Golden.reads(name + ".page.json", "Subject: " + RENDERERS.page().subject(alert) + "\n\n"
                + pretty(RENDERERS.page().body(alert)));
        String ocsf = RENDERERS.ocsf().render(finding);
        Golden.reads(name + ".ocsf.json", pretty(ocsf));
        if (Files.exists(SCHEMA)) {
            assertThat(JsonSchemaFactory.getInstance(VersionFlag.V7).getSchema(Files.readString(SCHEMA))
                    .validate(JSON.readTree(ocsf))).isEmpty();
        }
    }

    @Test
    void blindAccount_andItsMending_readAsReviewed() throws Exception {
        InMemory memory = new InMemory();
        List<Check> checks = new ArrayList<>(List.of(
                Check.failure(Rule.TRAIL_LOGS, ACCOUNT, 85, null, "has no trail that logs",
                        "Without a trail that logs, EventBridge delivers nothing.",
                        "Deploy with CreateTrail=yes, or start the trail: aws cloudtrail start-logging --name NAME"),
                Check.warning(Rule.AGENT_SEEN, ACCOUNT, 30, "arn:aws:sns:eu-central-1:111122223333:trailsentry-alerts",
                        "has a subscription that nobody confirmed", "Its owner gets no alert.",
                        "Confirm it by the link in the email.")));
        run(memory, checks.toArray(Check[]::new));
        readsInEveryForm("coverage-gap", "CREATE");
        run(memory);
        readsInEveryForm("coverage-gap-mended", "SUPERSEDED");
    }

    @Test
    void drift_readsAsReviewed() throws Exception {
        String difference = "+ {\"Action\":\"*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}";
        run(new InMemory(), Check.failure(Rule.AS_REVIEWED, CODER, 75, "arn:aws:iam::aws:policy/AdministratorAccess",
                "got a policy that allows everything", "It may do more than was reviewed.\n" + difference,
                "If it is in order, ./trailsentry review; else put it back.").of(difference));
        readsInEveryForm("perimeter-drift-admin", "CREATE");
    }
}
