package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is new to an agent, beside what it did before.
class NoveltyTest {
    private static final int DAY = Past.LONG;
    private static final int NOON = 12 * 3_600;

    /// Ordinary work in two Regions: looking at machines, and tagging them.
    private static EventBuilder work(int number) {
        EventBuilder event = number % 4 == 0
                ? EventBuilder.agent().write("ec2", "CreateTags")
                : EventBuilder.agent().call("ec2", "DescribeInstances");
        return event.in(number % 10 == 0 ? "us-east-1" : "eu-central-1");
    }

    private static Past worker() {
        return Past.of(Past.LONG, NoveltyTest::work);
    }

    private static EventBuilder read(String region) {
        return EventBuilder.agent().call("ec2", "DescribeInstances").in(region);
    }

    private static EventBuilder write(String region) {
        return EventBuilder.agent().write("ec2", "CreateTags").in(region);
    }

    private static EventBuilder launch(String region) {
        return EventBuilder.agent().write("ec2", "RunInstances").in(region);
    }

    @Nested
    class Region {
        @Test
        void read_inANewRegion_tellsWhatItWasLearnedFrom() {
            assertThat(worker().at(DAY, NOON, read("ap-southeast-3")).signals(DAY, "unusual-region")).singleElement()
                    .returns(25, Signal::score).returns("ap-southeast-3", Signal::target)
                    .returns("read in ap-southeast-3", Signal::headline)
                    .returns(
                            "ap-southeast-3 was never used in the 90 days before; learned from 26 days, in which it used "
                                    + "eu-central-1 and us-east-1 (2 Regions)",
                            Signal::reason);
        }

        @Test
        void newRegion_isStrongerForWrites_strongestForLaunchesAndOptIn() {
            assertThat(worker().at(DAY, NOON, write("ap-southeast-3")).signals(DAY, "unusual-region"))
                    .extracting(Signal::score).containsExactly(45);
            assertThat(worker().at(DAY, NOON, launch("ap-southeast-3")).signals(DAY, "unusual-region"))
                    .extracting(Signal::score).containsExactly(65);
            assertThat(worker().at(DAY, NOON, EventBuilder.agent().write("account", "EnableRegion")
                    .parameter("regionName", "me-south-1")).signals(DAY, "unusual-region")).singleElement()
                    .returns(65, Signal::score).returns("me-south-1", Signal::target);
        }

        @Test
        void lookingAroundFirst_doesNotMakeTheLaunchUsual() {
            assertThat(worker().at(DAY, NOON, read("ap-southeast-3")).at(DAY, NOON + 60, read("ap-southeast-3"))
                    .at(DAY, NOON + 120, launch("ap-southeast-3")).signals(DAY, "unusual-region"))
                    .extracting(Signal::score).containsExactly(65, 25);
        }

        @Test
        void refusedCall_doesNotMakeTheRegionUsual() {
            EventBuilder refused = read("ap-southeast-3").error("UnauthorizedOperation", "no");
            assertThat(worker().at(DAY, NOON, refused).at(DAY, NOON + 1, write("ap-southeast-3"))
                    .signals(DAY, "unusual-region")).extracting(Signal::score).containsExactly(45);
        }

        @Test
        void secondCall_inARegion_isNotNew() {
            assertThat(worker().at(DAY, NOON, write("ap-southeast-3")).at(DAY, NOON + 1, write("ap-southeast-3"))
                    .findings(DAY)).singleElement().returns(1, Finding::count);
        }

        @Test
        void regionItReadsIn_countsForLess_onItsFirstWriteAndLaunch() {
            Past reader = Past.of(Past.LONG,
                    i -> i % 5 == 0 ? read("eu-west-1") : work(i));
            assertThat(reader.at(DAY, NOON, write("eu-west-1")).signals(DAY, "unusual-region")).singleElement()
                    .returns(25, Signal::score).extracting(Signal::reason).asString()
                    .startsWith(
                            "eu-west-1 saw no write of it in the 90 days before, though it reads there; learned from ");
            assertThat(reader.at(DAY, NOON + 1, launch("eu-west-1")).signals(DAY, "unusual-region").getFirst())
                    .returns(46, Signal::score);
            assertThat(worker().at(DAY, NOON, launch("eu-central-1")).signals(DAY, "unusual-region")).singleElement()
                    .returns(29, Signal::score);
        }

        @ParameterizedTest
        @CsvSource({"iam, ListRoles, us-east-1", "cloudfront, ListDistributions, us-east-1",
                "sts, GetCallerIdentity, us-east-1", "s3, ListBuckets, us-east-1"})
        void globalCall_saysNothingOfTheAgentsRegion(String service, String name, String region) {
            Past european = Past.of(Past.LONG, i -> read("eu-central-1"));
            assertThat(european.at(DAY, NOON, EventBuilder.agent().call(service, name).in(region)).signals(DAY,
                    "unusual-region")).isEmpty();
        }

        @Test
        void toolCall_andWhatAServiceDoes_sayNothingOfTheAgentsRegion() {
            assertThat(worker().at(DAY, NOON, EventBuilder.agent().write("aws-mcp", "CallReadWriteTool")
                    .with("eventType", "AwsMcpEvent").in("eu-west-3"))
                    .at(DAY, NOON + 1, EventBuilder.role("mcp-agent-role", "coder-1")
                            .write("ec2", "CreateNetworkInterface").through("lambda.amazonaws.com").in("eu-west-3"))
                    .signals(DAY, "unusual-region")).isEmpty();
        }

        @Test
        void region_isForgottenAfter90Days() {
            assertThat(worker().at(0, NOON, read("eu-west-1")).at(90, NOON, read("eu-west-1")).signals(90,
                    "unusual-region")).isEmpty();
            assertThat(worker().at(0, NOON, read("eu-west-1")).at(91, NOON, read("eu-west-1")).signals(91,
                    "unusual-region")).hasSize(1);
        }

        @Test
        void agentThatOftenMovesOn_isNews_ofLessWorth() {
            String[] regions = {"eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2",
                    "eu-central-2", "us-west-1", "us-west-2", "us-east-2", "ca-central-1", "ca-west-1"};
            Past nomad = Past.of(13, i -> read(regions[Math.max(0, i / 20 - 1)]));
            assertThat(nomad.at(13, NOON, launch("ap-southeast-3")).signals(13, "unusual-region"))
                    .isEmpty();
            Past settled = Past.of(26, i -> read(i / 20 == 13 ? "eu-west-2" : "eu-west-1"));
            assertThat(settled.at(26, NOON, launch("ap-southeast-3")).signals(26, "unusual-region")).singleElement()
                    .returns(62, Signal::score).extracting(Signal::reason).asString()
                    .endsWith("; a new one came on 1 of 25 days, so it counts for that much less");
        }
    }

    @Nested
    class Service {
        private List<Signal> news(Past past) {
            return past.signals(DAY, "new-service");
        }

        @Test
        void newService_isLow_aReadLessThanAWrite() {
            assertThat(news(worker().at(DAY, NOON, EventBuilder.agent().call("athena", "ListWorkGroups"))))
                    .singleElement().returns(22, Signal::score).returns("athena", Signal::target)
                    .returns("used a service that is new to it", Signal::headline)
                    .returns("athena was never used in the 90 days before; learned from 26 days, in which it used ec2 "
                            + "(1 service)", Signal::reason);
            assertThat(news(worker().at(DAY, NOON, EventBuilder.agent().write("athena", "CreateNotebook"))))
                    .singleElement().returns(24, Signal::score).extracting(Signal::reason).asString()
                    .startsWith(
                            "athena:CreateNotebook was never used in the 90 days before, nor was athena until now; ");
        }

        @Test
        void newWriteAction_ofAServiceItUses_isLowest() {
            assertThat(news(worker().at(DAY, NOON, EventBuilder.agent().write("ec2", "CreatePlacementGroup"))))
                    .singleElement().returns(20, Signal::score).returns("used an action that is new to it",
                            Signal::headline)
                    .returns("ec2:CreatePlacementGroup was never used in the 90 days before; learned from 26 days, in "
                            + "which it used ec2:CreateTags (1 write action)", Signal::reason);
        }

        @Test
        void manyNewActions_withinAQuarterHour_areStronger_butNeverMedium() {
            Past past = worker();
            for (int i = 0; i < 12; i++) {
                past.at(DAY, NOON + 30 * i, EventBuilder.agent().write("ec2", "CreateThing" + i));
            }
            assertThat(past.findings(DAY)).singleElement().returns(39, Finding::score);
            assertThat(news(past)).first().extracting(Signal::reason).asString()
                    .contains("; after 7 other new write actions within 15 min; learned from ");
        }

        @Test
        void agentThatOnlyReads_writesForTheFirstTime() {
            Past reader = Past.of(Past.LONG, i -> read("eu-central-1"));
            assertThat(news(
                    reader.at(DAY, NOON, EventBuilder.agent().write("ec2", "CreatePlacementGroup").in("eu-central-1"))))
                    .singleElement().returns(24, Signal::score).extracting(Signal::reason).asString()
                    .contains("nor any other write action");
        }

        @Test
        void whatAnotherDetectorTells_isNotToldTwice() {
            Past past = worker().at(DAY, NOON,
                    EventBuilder.agent().write("iam", "CreateAccessKey").parameter("userName",
                            "dana"));
            assertThat(past.findings(DAY)).singleElement().returns(75, Finding::score)
                    .returns(List.of("privilege-escalation"), Finding::detectors);
        }

        @Test
        void refusedAction_isWorthLess_andDoesNotBecomeUsual() {
            EventBuilder refused = EventBuilder.agent().write("ec2", "CreatePlacementGroup")
                    .error("UnauthorizedOperation", "no");
            assertThat(news(worker().at(DAY, NOON, refused))).isEmpty();
            assertThat(news(worker().at(DAY, NOON, refused).at(DAY, NOON + 1,
                    EventBuilder.agent().write("ec2", "CreatePlacementGroup")))).hasSize(1);
        }

        @Test
        void agentThatTriesSomethingNewEverySecondDay_isNoNews() {
            Past curious = Past.of(Past.LONG, i -> i % 40 == 39
                    ? EventBuilder.agent().write("ec2", "CreateThing" + i)
                    : work(i));
            assertThat(curious.at(DAY, NOON, EventBuilder.agent().write("ec2", "CreatePlacementGroup")).findings(DAY))
                    .isEmpty();
        }

        @Test
        void whileLearning_nothingIsFound() {
            Past young = Past.of(3, NoveltyTest::work);
            for (int i = 0; i < 12; i++) {
                young.at(3, NOON + 30 * i,
                        EventBuilder.agent().write("athena", "CreateThing" + i).in("ap-southeast-3"));
            }
            assertThat(young.findings(0)).isEmpty();
        }
    }

    /// Direct use, by a client at an address.
    private static EventBuilder direct(String address, String userAgent) {
        return EventBuilder.role("mcp-agent-role", "coder-1").with("sourceIPAddress", address).with("userAgent",
                userAgent);
    }

    @Nested
    class Place {
        private static final String CLI = "aws-cli/2.35.24 os/linux#6.8";
        private static final String SDK = "Boto3/1.40.0 md/Botocore#1.40.0 os/macos#23.1.0";

        /// An agent that works by the command line from one network.
        private static Past office() {
            return Past.of(Past.LONG, i -> i % 4 == 0
                    ? direct("203.0.113.24", CLI).write("ec2", "CreateTags")
                    : direct("203.0.113.24", CLI).call("ec2", "DescribeInstances"));
        }

        private static List<Signal> leaks(Past past) {
            return past.signals(DAY, "credential-leak");
        }

        private static EventBuilder reading(EventBuilder event) {
            return event.call("ec2", "DescribeInstances");
        }

        private static EventBuilder writing(EventBuilder event) {
            return event.write("ec2", "CreateTags");
        }

        @Test
        void newNetwork_isLow_andMediumWithAnotherClient() {
            assertThat(leaks(office().at(DAY, NOON, reading(direct("198.51.100.7", CLI))))).singleElement()
                    .returns(25, Signal::score).returns("198.51.0.0/16", Signal::target)
                    .returns("was used from a network that is new to it", Signal::headline)
                    .returns(
                            "it never came from 198.51.0.0/16 in the 90 days before; learned from 26 days, in which it "
                                    + "came from 203.0.0.0/16 (1 network)",
                            Signal::reason);
            assertThat(leaks(office().at(DAY, NOON, writing(direct("198.51.100.7", CLI))))).extracting(Signal::score)
                    .containsExactly(38);
            assertThat(leaks(office().at(DAY, NOON, reading(direct("198.51.100.7", CLI.replace("linux", "windows"))))))
                    .singleElement().returns(45, Signal::score).extracting(Signal::reason).asString()
                    .contains(", nor with aws-cli on windows; ");
            assertThat(leaks(office().at(DAY, NOON, writing(direct("198.51.100.7", "curl/8.9.0"))))
                    .getFirst()).returns(55, Signal::score);
        }

        @Test
        void lookingAroundFirst_doesNotMakeTheWriteUsual() {
            assertThat(leaks(office().at(DAY, NOON, reading(direct("198.51.100.7", CLI)))
                    .at(DAY, NOON + 30, writing(direct("198.51.100.7", CLI))))).extracting(Signal::score)
                    .containsExactly(38, 25);
        }

        @Test
        void anotherAddressOfTheNetwork_anotherClient_orFirstWrite_isNothing() {
            assertThat(office().at(DAY, NOON, writing(direct("203.0.200.1", CLI))).findings(DAY)).isEmpty();
            assertThat(office().at(DAY, NOON, writing(direct("203.0.113.24", CLI.replace("linux", "macos"))))
                    .findings(DAY)).isEmpty();
            Past reader = Past.of(Past.LONG, i -> reading(direct("203.0.113.24", CLI)));
            assertThat(leaks(reader.at(DAY, NOON, writing(direct("203.0.113.24", CLI))))).isEmpty();
        }

        /// A pool of build machines behind ever other addresses of a cloud.
        @Test
        void poolWhoseAddressesChangeAllTheTime_isNothing() {
            Random random = Seed.random("NoveltyTest", 70);
            Past pool = Past.of(Past.LONG, i -> {
                EventBuilder at = direct(random.nextInt(3, 220) + "." + random.nextInt(256) + ".7.9", CLI);
                return i % 4 == 0 ? writing(at) : reading(at);
            });
            for (int i = 0; i < 20; i++) {
                pool.at(DAY, NOON + i * 60, writing(direct("198." + (200 + i) + ".100.7", SDK)));
            }
            assertThat(leaks(pool)).filteredOn(signal -> !String.valueOf(signal.target()).equals("sdk")).isEmpty();
        }

        @Test
        void networkThatChangesNowAndThen_isWorthLess() {
            Past traveller = Past.of(Past.LONG, i -> {
                EventBuilder at = direct((i / 20 % 5 == 4 ? "198." + i / 20 : "203.0") + ".113.24", CLI);
                return i % 4 == 0 ? writing(at) : reading(at);
            });
            assertThat(leaks(traveller.at(DAY, NOON, writing(direct("192.0.2.7", CLI))))).singleElement()
                    .returns(30, Signal::score).extracting(Signal::reason).asString()
                    .endsWith("; a new one came on 5 of 25 days, so it counts for that much less");
        }

        @Test
        void agentThatOnlyCameThroughTheServer_andNowDirectly_isALeak() {
            assertThat(leaks(worker().at(DAY, NOON, reading(direct("198.51.100.7", CLI)).in("eu-central-1"))))
                    .singleElement().returns(45, Signal::score).returns("cli", Signal::target)
                    .returns(
                            "it never came by cli in the 90 days before; learned from 26 days, in which it came by mcp "
                                    + "(1 channel)",
                            Signal::reason);
            assertThat(leaks(worker().at(DAY, NOON, writing(direct("198.51.100.7", CLI)).in("eu-central-1"))))
                    .extracting(Signal::score).containsExactly(55);
        }

        @Test
        void agentOfSeveralChannels_mayTakeUpAnother() {
            assertThat(leaks(office().at(DAY, NOON, reading(direct("203.0.113.24", SDK))))).singleElement()
                    .returns(25, Signal::score).returns("sdk", Signal::target);
        }

        @Test
        void gettingAnIdentity_andWhatServicesDo_sayNothing() {
            assertThat(worker().at(DAY, NOON, direct("198.51.100.7", CLI).call("sts", "GetCallerIdentity"))
                    .at(DAY, NOON + 1, writing(EventBuilder.role("mcp-agent-role", "coder-1"))
                            .through("cloudformation.amazonaws.com").in("eu-central-1"))
                    .findings(DAY)).filteredOn(finding -> finding.detectors().contains("credential-leak")).isEmpty();
            // Nor does it make the direct way usual.
            assertThat(leaks(worker().at(DAY - 9, NOON, direct("198.51.100.7", CLI).call("sts", "GetCallerIdentity"))
                    .at(DAY, NOON, reading(direct("198.51.100.7", CLI)).in("eu-central-1")))).hasSize(1);
        }

        @Test
        void refusedCalls_doNotMakeAPlaceUsual() {
            EventBuilder refused = writing(direct("198.51.100.7", CLI)).error("UnauthorizedOperation", "no");
            assertThat(leaks(office().at(DAY, NOON, refused).at(DAY, NOON + 1, writing(direct("198.51.100.7", CLI)))))
                    .first().returns(38, Signal::score).returns(Outcome.SUCCEEDED, Signal::outcome);
        }

        @Test
        void agentThatMayOnlyComeThroughTheServer_isJudgedByTheRule() {
            Past strict = Past.of(Watched.coder(true)).daily(0, Past.LONG, NoveltyTest::work);
            assertThat(leaks(strict.at(DAY, NOON, reading(direct("198.51.100.7", CLI)).in("eu-central-1"))))
                    .singleElement().returns(60, Signal::score).matches(signal -> !signal.isLearned());
        }

        @Test
        void newAccount_isLow_andMediumForAWrite_orInAnotherEnvironment() {
            assertThat(leaks(worker().at(DAY, NOON,
                    read("eu-central-1").with("recipientAccountId", Watched.OUTSIDE)))).singleElement()
                    .returns(30, Signal::score).returns(Watched.OUTSIDE, Signal::target);
            assertThat(leaks(worker().at(DAY, NOON,
                    write("eu-central-1").with("recipientAccountId", Watched.OUTSIDE)))).extracting(Signal::score)
                    .containsExactly(45);
            assertThat(leaks(worker().at(DAY, NOON,
                    read("eu-central-1").with("recipientAccountId", Watched.PRODUCTION)))).singleElement()
                    .returns(45, Signal::score)
                    .returns("it never worked in prod in the 90 days before; learned from 26 "
                            + "days, in which it worked in dev (1 environment)", Signal::reason);
        }
    }

    private static EventBuilder secret(String name) {
        return EventBuilder.agent().call("secretsmanager", "GetSecretValue").parameter("secretId", name)
                .in("eu-central-1");
    }

    @Nested
    class Secrets {
        private static List<Signal> reads(Past past) {
            return past.signals(DAY, "credential-access");
        }

        @Test
        void firstSecretOfAnAgentThatNeverReadOne_isMedium() {
            assertThat(reads(worker().at(DAY, NOON, secret("prod/db")))).singleElement().returns(45, Signal::score)
                    .extracting(Signal::reason).asString()
                    .endsWith("; it did this for the first time in 26 days");
        }

        @Test
        void otherSecret_ofAnAgentThatReadsSecrets_isLow() {
            Past reader = Past.of(Past.LONG, i -> i % 5 == 0 ? secret("dev/db") : work(i));
            assertThat(reads(reader.at(DAY, NOON, secret("prod/db")))).singleElement().returns(25, Signal::score)
                    .extracting(Signal::reason).asString().endsWith("; it did this before, but not with this one");
        }

        @Test
        void secretThatItReadsEveryDay_isNothing() {
            Past reader = Past.of(Past.LONG, i -> i % 5 == 0 ? secret("dev/db") : work(i));
            assertThat(reader.at(DAY, NOON, secret("dev/db")).findings(DAY)).isEmpty();
        }

        @Test
        void whileLearning_theRuleSpeaksAlone() {
            assertThat(Past.of(2, NoveltyTest::work).at(2, NOON, secret("prod/db")).signals(2, "credential-access"))
                    .singleElement().returns(25, Signal::score);
            // The second time it is no longer new.
            assertThat(Past.of(2, NoveltyTest::work).at(2, NOON, secret("prod/db")).at(2, NOON + 1, secret("prod/db"))
                    .findings(2)).singleElement().returns(1, Finding::count);
        }

        @Test
        void refusedRead_doesNotMakeTheSecretUsual() {
            EventBuilder refused = secret("prod/db").error("AccessDeniedException", "no");
            assertThat(reads(worker().at(DAY, NOON, refused).at(DAY, NOON + 1, secret("prod/db"))))
                    .first().returns(Outcome.SUCCEEDED, Signal::outcome);
        }

        @Test
        void graveRead_isToldHoweverOftenItIsDone() {
            EventBuilder[] password = new EventBuilder[1];
            Past reader = Past.of(Past.LONG, i -> {
                password[0] = EventBuilder.agent().call("ec2", "GetPasswordData").parameter("instanceId", "i-1")
                        .in("eu-central-1");
                return i % 20 == 0 ? password[0] : work(i);
            });
            assertThat(reads(reader.at(DAY, NOON, EventBuilder.agent().call("ec2", "GetPasswordData")
                    .parameter("instanceId", "i-1").in("eu-central-1")))).extracting(Signal::score)
                    .containsExactly(70);
        }
    }

    @Nested
    class Roles {
        private static EventBuilder assume(String role) {
            return EventBuilder.agent().call("sts", "AssumeRole").in("eu-central-1").parameter("roleArn",
                    "arn:aws:iam::111122223333:role/" + role);
        }

        private static List<Signal> roles(Past past) {
            return past.signals(DAY, "privilege-escalation");
        }

        @Test
        void roleItNeverAssumed_isMedium() {
            assertThat(roles(worker().at(DAY, NOON, assume("admin")))).singleElement().returns(45, Signal::score)
                    .returns("arn:aws:iam::111122223333:role/admin", Signal::target)
                    .returns("it never worked with that role's power in the 90 days before; learned from 26 days, in "
                            + "which it assumed no role", Signal::reason);
            Past deployer = Past.of(Past.LONG, i -> i % 5 == 0 ? assume("deployer") : work(i));
            assertThat(roles(deployer.at(DAY, NOON, assume("admin")))).singleElement().returns(45, Signal::score)
                    .extracting(Signal::reason).asString()
                    .endsWith("in which it assumed arn:aws:iam::111122223333:role/deployer (1 role)");
        }

        @Test
        void roleItAssumesEveryDay_itself_andRolesOfAConfiguredAgent_areNothing() {
            Past deployer = Past.of(Past.LONG, i -> i % 5 == 0 ? assume("deployer") : work(i));
            assertThat(roles(deployer.at(DAY, NOON, assume("Deployer")))).isEmpty();
            assertThat(roles(worker().at(DAY, NOON, assume("mcp-agent-role")))).isEmpty();
            Past configured = Past.of(Watched.coder(false)).daily(0, Past.LONG, NoveltyTest::work);
            assertThat(roles(configured.at(DAY, NOON, assume("deployer-web")))).isEmpty();
            assertThat(roles(configured.at(DAY, NOON + 1, assume("admin")))).singleElement()
                    .matches(signal -> !signal.isLearned());
        }

        @Test
        void refusedRole_isLow_andDoesNotBecomeUsual() {
            EventBuilder refused = EventBuilder.agent().call("sts", "AssumeRole").in("eu-central-1")
                    .denied("sts:AssumeRole", "arn:aws:iam::111122223333:role/admin");
            assertThat(roles(worker().at(DAY, NOON, refused))).singleElement().returns(27, Signal::score);
            assertThat(roles(worker().at(DAY, NOON, refused).at(DAY, NOON + 1, assume("admin")))).first()
                    .returns(45, Signal::score);
        }
    }

    @Test
    void weighed_whileLearning_tellsHowFarItIs() {
        Past young = Past.of(3, i -> i % 20 < 15 ? work(i) : read("eu-central-1"));
        Observation last = young.at(3, NOON, launch("ap-southeast-3")).observations().getLast();
        History history = new History();
        young.observations().forEach(history::add);
        Detectors detectors = Watched.agent().watch().detectors();
        Signal signal = last.signals().stream().filter(s -> s.detector().equals("unusual-region")).findFirst()
                .orElseThrow();
        assertThat(detectors.weighed(signal, history.profile())).returns(19, Signal::score)
                .returns("ap-southeast-3 saw no launch of it in the 90 days before; still learning (3 of 7 days, "
                        + "60 of 200 calls)", Signal::reason);
    }

    @Test
    void undatedEvent_saysNothingThatWasLearned() {
        History history = new History();
        worker().observations().forEach(history::add);
        Past undated = Past.none();
        Watched.agent().watch().observe(launch("ap-southeast-3").with("eventTime", null).event()).forEach(history::add);
        assertThat(undated.findings(Map.of(worker().observations().getFirst().principal(), history))).isEmpty();
    }

    /// A past with drift, and a last day on which much is new, in any order.
    private static Past drifting(Random random) {
        Past past = worker();
        for (int day = 0; day < Past.LONG; day++) {
            if (random.nextInt(6) == 0) {
                past.at(day, random.nextInt(86_400), EventBuilder.agent().write("ec2", "CreateThing" + day));
            }
        }
        for (int i = 0; i < 40; i++) {
            EventBuilder event = switch (random.nextInt(7)) {
                case 4 -> secret("secret-" + random.nextInt(5));
                case 5 -> direct("198." + random.nextInt(3) + ".100.7", "curl").write("ec2", "CreateTags");
                case 6 -> EventBuilder.agent().call("sts", "AssumeRole").parameter("roleArn",
                        "arn:aws:iam::111122223333:role/r" + random.nextInt(3));
                case 0 -> read("ap-southeast-" + random.nextInt(4));
                case 1 -> write("ap-southeast-" + random.nextInt(4));
                case 2 -> launch("ap-southeast-" + random.nextInt(4));
                default -> EventBuilder.agent().write("athena", "CreateThing" + random.nextInt(8));
            };
            past.at(DAY, NOON + random.nextInt(3_000), event);
        }
        return past;
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(longs = {61, 62, 63, 64, 65, 66, 67, 68})
    void history_mergedInAnyOrderAndTwice_givesTheSameJudgement(long fallback) {
        Random random = Seed.random("NoveltyTest", fallback);
        Past past = drifting(random);
        List<Observation> seen = past.observations();
        History expected = new History();
        seen.forEach(expected::add);
        List<Finding> findings = past.findings(Map.of(seen.getFirst().principal(), expected));
        assertThat(findings).anyMatch(finding -> finding.severity().isAtLeast(Severity.MEDIUM));
        List<Observation> shuffled = new ArrayList<>(seen);
        shuffled.addAll(seen.subList(0, 200));
        Collections.shuffle(shuffled, random);
        List<History> parts = new ArrayList<>(List.of(new History(), new History(), new History()));
        for (Observation observation : shuffled) {
            parts.get(random.nextInt(parts.size())).add(observation);
            if (random.nextInt(50) == 0) {
                History copy = new History();
                copy.merge(parts.get(random.nextInt(parts.size())));
                copy.bound(copy.profile());
                parts.get(random.nextInt(parts.size())).merge(copy);
            }
        }
        History merged = new History();
        parts.forEach(merged::merge);
        parts.forEach(merged::merge);
        assertThat(past.findings(Map.of(seen.getFirst().principal(), merged))).isEqualTo(findings);
    }

    @Test
    void lateEarlierSighting_takesWhatWasNewOut() {
        Past past = worker().at(DAY, NOON, launch("ap-southeast-3"));
        assertThat(past.signals(DAY, "unusual-region")).hasSize(1);
        past.at(DAY - 1, NOON, launch("ap-southeast-3"));
        assertThat(past.signals(DAY, "unusual-region")).isEmpty();
    }
}
