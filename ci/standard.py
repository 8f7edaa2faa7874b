#!/usr/bin/env python3
"""Fails if docs/standard.md and the code disagree: each rule is quoted by the code that implements it, and tested.

A row needs a section, a rule, code and a test. The code's file has to define the item and quote the rule; the test
has to exist. A rule that the code quotes needs a row.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs/standard.md"
SOURCE = ROOT / "sse-core/src"


def quotes(text):
    """The rules that comments quote, as (section, rule)."""
    text = re.sub(r"\s*\n\s*//[/!]? ?", " ", text)
    return re.findall(r'HTML (9\.2\.\d): "([^"]+)"', text)


def names(cell):
    """The (file, name) pairs of a cell."""
    return re.findall(r"`([\w/]+\.rs)` `(\w+)`", cell)


def defines(text, name):
    return re.search(rf"\b(fn|struct|enum|trait|const|static|type) {name}\b", text)


def tests(text):
    """The functions that have an attribute with `test` in it."""
    return re.findall(r"#\[[^\n]*\btest\b[^\n]*\]\n(?:\s*#\[[^\n]*\]\n)*\s*(?:async )?fn (\w+)", text)


def faults(cells, files):
    """What is wrong with a row."""
    if len(cells) != 4:
        yield f"it has {len(cells)} cells, not 4"
        return
    section, rule, code, test = cells
    if not names(code):
        yield "it names no code"
    if not names(test):
        yield "it names no test"
    for file, name in names(code):
        if file not in files:
            yield f"{file} does not exist"
        elif not defines(files[file], name):
            yield f"{file} does not define {name}"
        elif (section, rule) not in quotes(files[file]):
            yield f"{file} does not quote the rule"
    for file, name in names(test):
        if file not in files:
            yield f"{file} does not exist"
        elif name not in tests(files[file]):
            yield f"{file} has no test {name}"


files = {str(path.relative_to(SOURCE)): path.read_text() for path in SOURCE.rglob("*.rs")}
rows = [line.strip("|").split("|") for line in TABLE.read_text().splitlines() if line.startswith("| 9.")]
# Backticks round a grammar keep Markdown from reading its asterisks.
rows = [[cell.strip() if "`" in cell and ".rs" in cell else cell.strip(" `") for cell in row] for row in rows]
failed = False
for row in rows:
    for fault in faults(row, files):
        failed = True
        print(f"docs/standard.md, {' '.join(row[:2])}: {fault}")
listed = {tuple(row[:2]) for row in rows}
for file, text in sorted(files.items()):
    for section, rule in quotes(text):
        if (section, rule) not in listed:
            failed = True
            print(f"sse-core/src/{file} quotes a rule without a row in docs/standard.md: {section} {rule}")
if not rows:
    failed = True
    print("docs/standard.md has no rules")
print(f"{len(rows)} rules of the standard checked")
sys.exit(failed)
