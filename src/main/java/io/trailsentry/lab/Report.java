package io.trailsentry.lab;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.lab.Case.Expected;
import io.trailsentry.lab.LabelledSet.Counts;
import io.trailsentry.lab.Table.Cell;
import io.trailsentry.lab.Table.Cell.Count;
import io.trailsentry.lab.Table.Cell.Names;
import io.trailsentry.lab.Table.Cell.Rate;
import io.trailsentry.lab.Table.Cell.Share;
import io.trailsentry.lab.Table.Cell.Words;
import io.trailsentry.lab.Table.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An evaluation in figures: recall with precision beside it, what was missed, and what was disturbed. Pure; the same
/// evaluation gives the same bytes.
public final class Report {
    /// Tactics by which an intruder does damage; ATT&CK's names in lower case.
    private static final Set<String> DAMAGING = Set.of("persistence", "privilege-escalation", "defense-evasion",
            "credential-access", "exfiltration", "impact");
    /// ATT&CK's order; others follow by name.
    private static final List<String> TACTICS = List.of("initial-access", "execution", "persistence",
            "privilege-escalation", "defense-evasion", "credential-access", Evaluation.DISCOVERY, "lateral-movement",
            "collection", "exfiltration", "impact");
    private static final List<Severity> SEVERITIES = List.of(Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM,
            Severity.LOW);
    private static final int SHOWN = 1;

    private final List<LabelledSet> sets;
    private final List<Table> tables;

    /// The report of an evaluation.
    public Report(List<LabelledSet> sets) {
        this.sets = List.copyOf(sets);
        this.tables = List.of(summary(), tactics(), techniques(), missed(), falseAlarms(), detectors(), records());
    }

    /// For a terminal.
    public String text() {
        return shown().map(Table::text).collect(Collectors.joining());
    }

    /// For a page of documentation.
    public String markdown() {
        return shown().map(Table::markdown).collect(Collectors.joining());
    }

    /// For programs: one line, one field for each table.
    public String json() {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        tables.forEach(table -> object.set(table.key(), table.json()));
        return object + "\n";
    }

    private Stream<Table> shown() {
        return tables.stream().filter(table -> !table.rows().isEmpty());
    }

    private Table summary() {
        List<List<Cell>> rows = new ArrayList<>();
        for (LabelledSet set : sets) {
            rows.add(summary(set.name(), set.form().name().toLowerCase(Locale.ROOT), List.of(set)));
        }
        if (sets.size() > 1) {
            rows.add(summary("all", "", sets));
        }
        return new Table("summary", "Recall and precision", """
                found: attacks with a signal of 20 or more. medium+: with a finding of medium or above.
                precision: of the signals of 40 or more, those on attacks; techniques left out: their files hold
                preparation too. if all: what a build that flags every record would reach.
                flagged: records, or of each technique the different actions, with a signal of 40 or more.
                alarms: findings of medium or above on quiet records: ordinary ones, tests that should not match,
                discovery alone; per 1,000 of them; any: low ones too. critical to low: all findings.
                """,
                List.of(new Column("set", "set"), new Column("form", ""), new Column("records", "records"),
                        new Column("found", "found"), new Column("foundMedium", "medium+"),
                        new Column("precision", "precision"), new Column("precisionIfAllFlagged", "if all"),
                        new Column("flagged", "flagged"), new Column("quietRecords", ""),
                        new Column("alarms", "alarms"),
                        new Column("alarmsPer1000", "/1,000"), new Column("quietFindings", "any"),
                        new Column("critical", "critical"), new Column("high", "high"), new Column("medium", "medium"),
                        new Column("low", "low")),
                rows);
    }

    private static List<Cell> summary(String name, String form, List<LabelledSet> sets) {
        List<Case> cases = sets.stream().flatMap(set -> set.cases().stream()).toList();
        List<Case> attacks = expected(cases, Expected.FOUND);
        List<Case> quiet = expected(cases, Expected.QUIET);
        List<Finding> disturbing = findings(quiet);
        long alarms = disturbing.stream().filter(Case::isAlarm).count();
        long quietRecords = records(quiet);
        List<Case> single = withoutTechniques(sets);
        List<Cell> row = new ArrayList<>(List.of(new Words(name), new Words(form),
                new Count(sets.stream().mapToLong(set -> set.counts().judged()).sum()),
                share(attacks, Case::isFound), share(attacks, Case::isAlarmed),
                precision(single, signal -> true), chance(single), flagged(sets), new Count(quietRecords),
                new Count(alarms), new Count(Math.round(1000.0 * alarms / Math.max(1, quietRecords))),
                new Count(disturbing.size())));
        severities(findings(cases).stream().map(Finding::severity).toList()).forEach(row::add);
        return row;
    }

    private Table tactics() {
        List<Case> techniques = of(Form.TECHNIQUES);
        List<Case> labelled = of(Form.RECORDS);
        Set<String> found = new TreeSet<>(Comparator.comparingInt(Report::order)
                .thenComparing(Comparator.naturalOrder()));
        techniques.forEach(item -> found.addAll(item.tactics()));
        expected(labelled, Expected.FOUND).forEach(item -> found.addAll(item.tactics()));
        List<List<Cell>> rows = new ArrayList<>();
        if (!found.isEmpty()) {
            rows.add(tactic("the six damaging ones", techniques, labelled,
                    item -> item.tactics().stream().anyMatch(DAMAGING::contains)));
        }
        found.forEach(
                tactic -> rows.add(tactic(tactic, techniques, labelled, item -> item.tactics().contains(tactic))));
        addUnlessEmpty(rows, "quiet: discovery alone", expected(labelled, Expected.QUIET));
        addUnlessEmpty(rows, "no tactic told", expected(labelled, Expected.UNTOLD));
        return new Table("tactics", "By tactic", """
                A record counts for each of its tactics. The damaging ones: persistence, privilege escalation, defense
                evasion, credential access, exfiltration, impact. Precision against the records of discovery alone.
                """,
                List.of(new Column("tactic", "tactic"), new Column("techniques", "techniques medium+"),
                        new Column("records", "records found"), new Column("recordsMedium", "records medium+"),
                        new Column("precision", "precision"), new Column("precisionIfAllFlagged", "if all")),
                rows);
    }

    private static List<Cell> tactic(String name, List<Case> techniques, List<Case> labelled, Predicate<Case> of) {
        List<Case> records = expected(labelled, Expected.FOUND).stream().filter(of).toList();
        List<Case> beside = Stream.concat(records.stream(), expected(labelled, Expected.QUIET).stream()).toList();
        return List.of(new Words(name), share(techniques.stream().filter(of).toList(), Case::isAlarmed),
                share(records, Case::isFound), share(records, Case::isAlarmed), precision(beside, signal -> true),
                chance(beside));
    }

    private static void addUnlessEmpty(List<List<Cell>> rows, String name, List<Case> records) {
        if (!records.isEmpty()) {
            rows.add(List.of(new Words(name), new Share(0, 0), share(records, Case::isFound),
                    share(records, Case::isAlarmed), new Share(0, 0), new Rate(0, 0)));
        }
    }

    private static int order(String tactic) {
        int order = TACTICS.indexOf(tactic);
        return order < 0 ? TACTICS.size() : order;
    }

    private Table techniques() {
        List<List<Cell>> rows = new ArrayList<>();
        for (Case technique : of(Form.TECHNIQUES)) {
            Finding best = technique.best();
            Map<String, Long> strong = technique.strong().stream()
                    .sorted(Comparator.comparingInt(Signal::score).reversed().thenComparing(Report::described))
                    .collect(Collectors.groupingBy(Report::described, LinkedHashMap::new,
                            Collectors.counting()));
            rows.add(List.of(new Words(technique.name()),
                    new Words(best == null ? "none" : best.severity().label() + " " + best.score()),
                    new Count(technique.records()), flaggedActions(List.of(technique)),
                    new Names(strong.entrySet().stream()
                            .map(entry -> entry.getKey() + (entry.getValue() > 1 ? " x" + entry.getValue() : ""))
                            .toList(), Integer.MAX_VALUE)));
        }
        return new Table("techniques", "Techniques",
                """
                        best: the most severe finding. flagged: of the different API actions in the file, those with a signal of 40
                        or more, which follow: none of them should be plain preparation.
                        """,
                List.of(new Column("technique", "technique"), new Column("best", "best"),
                        new Column("records", "records"), new Column("actionsFlagged", "flagged"),
                        new Column("signals", "signals of 40 or more")),
                rows);
    }

    private static String described(Signal signal) {
        return (signal.action() == null ? "many calls" : signal.action()) + " " + signal.outcome().label() + " "
                + signal.detector() + " " + signal.score();
    }

    /// What several cases of a list have in common.
    private record Group(String set, String what, String how, String who, int score) implements Comparable<Group> {
        private static final Comparator<Group> ORDER = Comparator.comparing(Group::set)
                .thenComparing(Comparator.comparingInt(Group::score).reversed()).thenComparing(Group::what)
                .thenComparing(Group::how).thenComparing(Group::who);

        @Override
        public int compareTo(Group other) {
            return ORDER.compare(this, other);
        }
    }

    private Table missed() {
        Map<Group, List<String>> groups = new TreeMap<>();
        for (LabelledSet set : sets) {
            boolean technique = set.form() == Form.TECHNIQUES;
            for (Case item : expected(set.cases(), Expected.FOUND)) {
                if (technique ? !item.isAlarmed() : !item.isFound()) {
                    groups.computeIfAbsent(new Group(set.name(),
                            technique ? item.name() : String.join(", ", item.actions()), label(item.outcome()),
                            String.join(", ", item.tactics()), 0), key -> new ArrayList<>()).add(item.name());
                }
            }
        }
        return new Table("missed", "Missed",
                """
                        Techniques without a finding of medium or above; records and tests that should match without any signal of 20
                        or more.
                        """,
                List.of(new Column("set", "set"), new Column("action", "action or technique"),
                        new Column("outcome", "outcome"),
                        new Column("tactics", "tactics"), new Column("times", "times"),
                        new Column("names", "names")),
                groups.entrySet().stream()
                        .map(entry -> List.<Cell>of(new Words(entry.getKey().set()), new Words(entry.getKey().what()),
                                new Words(entry.getKey().how()), new Words(entry.getKey().who()),
                                new Count(entry.getValue().size()), new Names(entry.getValue(), SHOWN)))
                        .toList());
    }

    private Table falseAlarms() {
        Map<Group, List<String>> groups = new TreeMap<>();
        for (LabelledSet set : sets) {
            for (Case item : expected(set.cases(), Expected.QUIET)) {
                for (Finding finding : item.findings()) {
                    if (Case.isAlarm(finding)) {
                        Signal leading = finding.leading();
                        String action = leading.action() == null ? "many calls" : leading.action();
                        groups.computeIfAbsent(new Group(set.name(), action, leading.outcome().label(),
                                String.join(", ", finding.detectors()), finding.score()), key -> new ArrayList<>())
                                .add(set.form() == Form.ORDINARY ? leading.evidence().eventId() : item.name());
                    }
                }
            }
        }
        return new Table("falseAlarmList", "False alarms",
                "Findings of medium or above on ordinary records, and on tests that should not match.\n",
                List.of(new Column("set", "set"), new Column("severity", "severity"), new Column("score", "score"),
                        new Column("detectors", "detectors"), new Column("action", "action"),
                        new Column("outcome", "outcome"), new Column("times", "times"), new Column("names", "names")),
                groups.entrySet().stream()
                        .map(entry -> List.<Cell>of(new Words(entry.getKey().set()),
                                new Words(Severity.of(entry.getKey().score()).label()),
                                new Count(entry.getKey().score()), new Words(entry.getKey().who()),
                                new Words(entry.getKey().what()), new Words(entry.getKey().how()),
                                new Count(entry.getValue().size()), new Names(entry.getValue(), SHOWN)))
                        .toList());
    }

    private Table detectors() {
        List<Case> single = withoutTechniques(sets);
        List<Signal> quiet = signals(expected(single, Expected.QUIET));
        Set<String> ids = new TreeSet<>(Comparator.comparingInt(Detectors::order)
                .thenComparing(Comparator.naturalOrder()));
        signals(single).forEach(signal -> ids.add(signal.detector()));
        List<List<Cell>> rows = new ArrayList<>();
        for (String id : ids) {
            List<Cell> row = new ArrayList<>(List.of(new Words(id),
                    precision(single, signal -> signal.detector().equals(id)), chance(single)));
            severities(quiet.stream().filter(signal -> signal.detector().equals(id))
                    .map(signal -> Severity.of(signal.score())).toList()).forEach(row::add);
            rows.add(row);
        }
        return new Table("detectors", "By detector",
                "Precision of each detector's signals of 40 or more, and its signals on ordinary records, by severity.\n",
                List.of(new Column("detector", "detector"), new Column("precision", "precision"),
                        new Column("precisionIfAllFlagged", "if all"), new Column("critical", "critical"),
                        new Column("high", "high"), new Column("medium", "medium"), new Column("low", "low")),
                rows);
    }

    private Table records() {
        List<List<Cell>> rows = new ArrayList<>();
        for (LabelledSet set : sets) {
            Counts counts = set.counts();
            rows.add(List.of(new Words(set.name()), new Words(set.form().name().toLowerCase(Locale.ROOT)),
                    new Count(counts.all()), new Count(counts.judged()), new Count(counts.unwatched()),
                    new Count(counts.skipped()), new Count(counts.duplicates()), new Count(counts.unlabelled()),
                    new Count(counts.unreadable()), new Count(counts.unmatched())));
        }
        return new Table("records", "Records",
                "unwatched: made by root, an AWS service or nobody named. no record: CloudTrail would not write it so.\n",
                List.of(new Column("set", "set"), new Column("form", "form"), new Column("all", "all"),
                        new Column("judged", "judged"), new Column("unwatched", "unwatched"),
                        new Column("skipped", "no record"), new Column("duplicates", "duplicates"),
                        new Column("unlabelled", "no label"), new Column("unreadable", "unreadable"),
                        new Column("unmatched", "labels without record")),
                rows);
    }

    private List<Case> of(Form form) {
        return sets.stream().filter(set -> set.form() == form).flatMap(set -> set.cases().stream()).toList();
    }

    private static List<Case> expected(List<Case> cases, Expected expected) {
        return cases.stream().filter(item -> item.expected() == expected).toList();
    }

    private static List<Finding> findings(List<Case> cases) {
        return cases.stream().flatMap(item -> item.findings().stream()).toList();
    }

    private static List<Signal> signals(List<Case> cases) {
        return cases.stream().flatMap(item -> item.signals().stream()).toList();
    }

    private static long records(List<Case> cases) {
        return cases.stream().mapToLong(Case::records).sum();
    }

    private static Share share(List<Case> cases, Predicate<Case> which) {
        return new Share(cases.stream().filter(which).count(), cases.size());
    }

    /// Of the signals of 40 or more, those on attacks.
    private static Share precision(List<Case> cases, Predicate<Signal> which) {
        long right = expected(cases, Expected.FOUND).stream().flatMap(item -> item.strong().stream()).filter(which)
                .count();
        long wrong = expected(cases, Expected.QUIET).stream().flatMap(item -> item.strong().stream()).filter(which)
                .count();
        return new Share(right, right + wrong);
    }

    private static Rate chance(List<Case> cases) {
        long attacks = records(expected(cases, Expected.FOUND));
        return new Rate(attacks, attacks + records(expected(cases, Expected.QUIET)));
    }

    private static Share flagged(List<LabelledSet> sets) {
        long part = 0;
        long of = 0;
        for (LabelledSet set : sets) {
            Share share = switch (set.form()) {
                case RECORDS, TESTS -> share(set.cases(), item -> !item.strong().isEmpty());
                case TECHNIQUES -> flaggedActions(set.cases());
                case ORDINARY -> new Share(set.cases().stream().flatMap(item -> item.strong().stream())
                        .map(signal -> signal.evidence().eventId()).distinct().count(), records(set.cases()));
            };
            part += share.part();
            of += share.of();
        }
        return new Share(part, of);
    }

    /// Of the different actions of each case, those with a signal of 40 or more.
    private static Share flaggedActions(List<Case> cases) {
        long flagged = cases.stream()
                .mapToLong(
                        item -> item.strong().stream().map(Signal::action).filter(Objects::nonNull).distinct().count())
                .sum();
        return new Share(flagged, cases.stream().mapToLong(item -> item.actions().size()).sum());
    }

    private static List<Case> withoutTechniques(List<LabelledSet> sets) {
        return sets.stream().filter(set -> set.form() != Form.TECHNIQUES).flatMap(set -> set.cases().stream())
                .toList();
    }

    private static List<Cell> severities(List<Severity> found) {
        return SEVERITIES.stream()
                .<Cell>map(severity -> new Count(found.stream().filter(severity::equals).count())).toList();
    }

    private static String label(@Nullable Outcome outcome) {
        return outcome == null ? "" : outcome.label();
    }
}
