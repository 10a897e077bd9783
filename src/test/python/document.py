"""The tables of docs/performance.md, each between `<!-- NAME -->` and `<!-- /NAME -->`."""

import re
import sys

DOCUMENT = "docs/performance.md"


def _section(name):
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    found = re.search(rf"(?<=<!-- {name} -->\n)(.*?)(?=<!-- /{name} -->)", text, re.S)
    if found is None:
        sys.exit(f"{DOCUMENT} has no place for {name}")
    return text, found


def table(name):
    """The text of a table."""
    return _section(name)[1].group(1)


def write(name, lines):
    """Puts a table in the place of the one that is there."""
    text, found = _section(name)
    with open(DOCUMENT, "w", encoding="utf-8") as document:
        document.write(text[: found.start()] + "\n".join(lines) + "\n" + text[found.end():])


def write_chart(name, lines, width, height):
    """Writes a chart's SVG elements."""
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="13">'
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>')
    with open(f"docs/images/{name}.svg", "w", encoding="utf-8") as picture:
        picture.write("\n".join([head, *lines, "</svg>", ""]))
