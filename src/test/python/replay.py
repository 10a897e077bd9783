"""Measures whole-process replays of one gzipped file of records, beside unpacking alone, a plain reading in Python, and
AWS's Event Ruler.

Usage: replay.py FILE RECORDS ROUNDS JAVA CLASSPATH [write]. Run by `.ci/bench replay`. Prints each round, the medians with
their ratio to unpacking, and, for each, that ratio against the one in docs/performance.md. `write` puts the table there,
and the chart beside it.
"""

import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time

import document

PYTHON = "import gzip, json, sys\nfor line in gzip.open(sys.argv[1]):\n    json.loads(line)['eventName']"
HEIGHT = 28
UNPACKING = "unpacking: gzip -dc"


def measure(command):
    """Seconds, seconds of processors, and megabytes at the peak that a command takes."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def committed():
    """The ratios of processor time in the document, by row."""
    rows = re.findall(r"^\| ([^|]+) \|.*\| ([\d.]+) \|$", document.table("replay"), re.M)
    return {name: float(ratio) for name, ratio in rows}


def chart(rates):
    """Bars: records a second, the median of each row."""
    most = max(rates.values())
    lines = []
    for i, (name, rate) in enumerate(rates.items()):
        top, width = 6 + i * HEIGHT, max(1, round(330 * rate / most))
        colour = "#2b6cb0" if name.startswith("replay") else "#a0aec0"
        lines.append(f'<text x="290" y="{top + 17}" text-anchor="end">{name}</text>'
                     f'<rect x="300" y="{top + 3}" width="{width}" height="{HEIGHT - 8}" fill="{colour}"/>'
                     f'<text x="{306 + width}" y="{top + 17}">{rate:,.0f}/s</text>')
    document.write_chart("replay", lines, 720, HEIGHT * len(rates) + 12)


def main():
    file, records, rounds, java, classes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:6]
    replay = ["./trailsentry", "replay", "--format", "jsonl", "--agent"]
    commands = {
        UNPACKING: ["gzip", "-dc", file],
        "Python: gzip and json": [sys.executable, "-c", PYTHON, file],
        "AWS Event Ruler: 109 patterns": [java, "-cp", classes, "io.trailsentry.bench.RulerScan", file],
        "replay --agent agent-role-1": [*replay, "agent-role-1", file],
        "replay --agent '*'": [*replay, "*", file],
    }
    if shutil.which("taskset"):
        for name in list(commands)[-2:]:
            commands[name + ", one processor"] = ["taskset", "-c", "0", *commands[name]]
    measured = {name: [] for name in commands}
    load = os.getloadavg()[0]
    subprocess.run([*replay, "*", os.devnull], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for number in range(1, rounds + 1):
        for name, command in commands.items():
            measured[name].append(measure(command))
            print(f"round {number}: {name}: {measured[name][-1][0]:.2f} s", file=sys.stderr)
    before = committed()
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr.split('"')[1]
    table = [f"{rounds} rounds of {records:,} records on {os.cpu_count()} processors ({platform.machine()}), load "
             f"{load:.2f} before; Java {version}, Python {platform.python_version()}.\n",
             "| | records/s: median (least to most) | processor time, s | peak memory, MB "
             "| processor time / unpacking |", "|---|---|---|---|---|"]
    medians = {name: statistics.median(cpu for _, cpu, _ in times) for name, times in measured.items()}
    rates = {name: sorted(records / wall for wall, _, _ in times) for name, times in measured.items()}
    for name, times in measured.items():
        table.append(f"| {name} | {statistics.median(rates[name]):,.0f} ({rates[name][0]:,.0f} to "
                     f"{rates[name][-1]:,.0f}) | {medians[name]:.2f} | {max(peak for _, _, peak in times):.0f} "
                     f"| {medians[name] / medians[UNPACKING]:.2f} |")
        if name in before:
            now = medians[name] / medians[UNPACKING] / before[name]
            print(f"{name}: {now:.2f} of the committed ratio", file=sys.stderr)
    print("\n".join(table))
    if sys.argv[6:] == ["write"]:
        document.write("replay", table)
        chart({name: statistics.median(rate) for name, rate in rates.items()})


main()
