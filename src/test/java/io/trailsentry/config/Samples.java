package io.trailsentry.config;

import java.time.LocalDate;

/// Configurations that several tests read.
final class Samples {
    /// A day on which no exception of the samples has run out.
    static final LocalDate TODAY = LocalDate.of(2026, 11, 22);

    /// Every key once.
    static final String YAML = """
            agents:
              - name: coder                                   # as it appears in alerts
                principals: ["arn:aws:iam::111122223333:role/mcp-agent-role"]   # role or user ARNs, names, globs
                environment: dev
                regions: [eu-central-1, us-east-1]            # absent: learned
                hours: { zone: Europe/Berlin, days: MON-FRI, from: "08:00", to: "18:00" }
                channel: mcp
                assumable-roles: []                           # roles it may assume
                attached-policies: ["arn:aws:iam::111122223333:policy/mcp-agent-policy"]
            accounts:
              "111122223333": { name: sandbox, environment: dev }
            people: { "AIDAEXAMPLEUSER00001": Dana }
            detectors:
              destructive-action: { mode: dry-run }
              off-hours-burst: { calls: 40, minutes: 10 }
            exceptions:
              - { detector: destructive-action, agent: coder, action: "ec2:TerminateInstances", target: "*", until: 2027-06-30, reason: nightly clean-up }
            alerting: { page-at: high, repeat-after: PT1H, flood: { alerts: 20, per: PT10M } }
            """;

    /// The same as JSON, with what YAML 1.1 would refuse: tabs and the escape \/.
    static final String JSON = """
            {
            \t"agents": [{
            \t\t"name": "coder",
            \t\t"principals": ["arn:aws:iam::111122223333:role\\/mcp-agent-role"],
            \t\t"environment": "dev",
            \t\t"regions": ["eu-central-1", "us-east-1"],
            \t\t"hours": {"zone": "Europe/Berlin", "days": ["MON", "TUE", "WED", "THU", "FRI"], "from": "08:00", "to": "18:00"},
            \t\t"channel": "mcp",
            \t\t"assumable-roles": [],
            \t\t"attached-policies": ["arn:aws:iam::111122223333:policy/mcp-agent-policy"]
            \t}],
            \t"accounts": {"111122223333": {"name": "sandbox", "environment": "dev"}},
            \t"people": {"AIDAEXAMPLEUSER00001": "Dana"},
            \t"detectors": {"destructive-action": {"mode": "dry-run"}, "off-hours-burst": {"calls": 40, "minutes": 10}},
            \t"exceptions": [{"detector": "destructive-action", "agent": "coder", "action": "ec2:TerminateInstances",
            \t\t"target": "*", "until": "2027-06-30", "reason": "nightly clean-up"}],
            \t"alerting": {"page-at": "high", "repeat-after": "PT1H", "flood": {"alerts": 20, "per": "PT10M"}}
            }
            """;

    private Samples() {
    }
}
