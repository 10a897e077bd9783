"""Measures whole-process replays of one gzipped file of records, beside unpacking alone and a plain reading in Python.

Usage: replay.py FILE RECORDS ROUNDS. Run by `.ci/bench replay`. Prints each round, the medians with their ratio to
unpacking, and, for each, that ratio against the one in docs/performance.md.
"""

import os
import platform
import re
import statistics
import subprocess
import sys
import time

PYTHON = "import gzip, json, sys\nfor line in gzip.open(sys.argv[1]):\n    json.loads(line)['eventName']"


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
    """The ratios of processor time in docs/performance.md, by row."""
    with open("docs/performance.md", encoding="utf-8") as file:
        table = re.search(r"<!-- replay -->(.*?)<!-- /replay -->", file.read(), re.S)
    rows = re.findall(r"^\| ([^|]+) \|.*\| ([\d.]+) \|$", table.group(1) if table else "", re.M)
    return {name: float(ratio) for name, ratio in rows}


def main():
    file, records, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    replay = ["./trailsentry", "replay", "--format", "jsonl", "--agent"]
    commands = {
        "unpacking: gzip -dc": ["gzip", "-dc", file],
        "Python: gzip and json": [sys.executable, "-c", PYTHON, file],
        "replay --agent agent-role-1": [*replay, "agent-role-1", file],
        "replay --agent '*'": [*replay, "*", file],
    }
    measured = {name: [] for name in commands}
    load = os.getloadavg()[0]
    subprocess.run([*replay, "*", os.devnull], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for number in range(1, rounds + 1):
        for name, command in commands.items():
            measured[name].append(measure(command))
            print(f"round {number}: {name}: {measured[name][-1][0]:.2f} s", file=sys.stderr)
    before = committed()
    print(f"{rounds} rounds of {records:,} records on {os.cpu_count()} processors ({platform.machine()}), load "
          f"{load:.2f} before; Python {platform.python_version()}.\n")
    print("| | records/s: median (least to most) | processor time, s | peak memory, MB | processor time / unpacking |")
    print("|---|---|---|---|---|")
    unpacking = statistics.median(cpu for _, cpu, _ in measured["unpacking: gzip -dc"])
    for name, times in measured.items():
        rates = sorted(records / wall for wall, _, _ in times)
        cpu = statistics.median(cpu for _, cpu, _ in times)
        print(f"| {name} | {statistics.median(rates):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f}) | {cpu:.2f} "
              f"| {max(peak for _, _, peak in times):.0f} | {cpu / unpacking:.2f} |")
    for name, times in measured.items():
        if name in before:
            now = statistics.median(cpu for _, cpu, _ in times) / unpacking
            print(f"{name}: {now / before[name]:.2f} of the committed ratio", file=sys.stderr)


main()
