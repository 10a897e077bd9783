"""Puts the table that `.ci/bench growth` prints (standard input) into docs/performance.md, and its curves beside it."""

import math
import re
import sys

import document

WIDTH, HEIGHT, LEFT, TOP, SIDE, ACROSS = 720, 330, 60, 20, 260, 360
COLOURS = ["#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568"]
LARGEST = 10_000


def main():
    lines = [line.rstrip("\n") for line in sys.stdin if line.startswith("|")]
    curves = {}
    for name, size, ratio in re.findall(r"^\| ([^|]+) \| ([\d,]+) \|[^|]+\| ([\d.]+) \|$", "\n".join(lines), re.M):
        curves.setdefault(name, []).append((int(size.replace(",", "")), float(ratio)))
    document.write("growth", lines)

    def place(times, ratio):
        return (LEFT + ACROSS * math.log(times) / math.log(LARGEST),
                TOP + SIDE - SIDE * math.log(max(ratio, 0.5) / 0.5) / math.log(16 / 0.5))

    drawn = [f'<text x="{LEFT}" y="{HEIGHT - 8}">how many times as much of it as at first</text>']
    for ratio in (0.5, 1, 2, 4, 8, 16):
        y = place(1, ratio)[1]
        drawn.append(f'<line x1="{LEFT}" x2="{LEFT + ACROSS}" y1="{y:.0f}" y2="{y:.0f}" stroke="#e2e8f0"/>'
                     f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{ratio:g}×</text>')
    for times in (1, 10, 100, 1_000, LARGEST):
        drawn.append(f'<text x="{place(times, 1)[0]:.0f}" y="{TOP + SIDE + 20}" text-anchor="middle">{times:,}</text>')
    linear = [place(1, 1), place(16, 16)]
    drawn.append(f'<line x1="{linear[0][0]:.0f}" y1="{linear[0][1]:.0f}" x2="{linear[1][0]:.0f}" '
                 f'y2="{linear[1][1]:.0f}" stroke="#a0aec0" stroke-dasharray="4 4"/>'
                 f'<text x="{linear[1][0] + 6:.0f}" y="{linear[1][1] + 14:.0f}" fill="#718096">linear</text>')
    for (name, points), colour in zip(curves.items(), COLOURS):
        row = TOP + 20 + 24 * list(curves).index(name)
        path = " ".join("{:.0f},{:.0f}".format(*place(size / points[0][0], ratio)) for size, ratio in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
                     f'<rect x="{LEFT + ACROSS + 30}" y="{row - 10}" width="12" height="12" fill="{colour}"/>'
                     f'<text x="{LEFT + ACROSS + 50}" y="{row}">{name}</text>')
    document.write_chart("growth", drawn, WIDTH, HEIGHT)


main()
