#!/usr/bin/env python3
"""Fails if the project's text or names use an expression for which its glossary has a better one.

Usage: ci/glossary.py
"""
import re
import subprocess
import sys
from pathlib import Path

# A space in a pattern also matches an underscore, and a line break within a comment.
BETTER = {
    "told": "reported; receives a `gap` event",
    "tells? of": "reports",
    "let(?:s|ting)? go of|given up": "drop, evict",
    "anew": "again; a new epoch",
    "for ever": "forever, indefinitely",
    "so (?:many|much)(?! that)": "the number of; at most; this many",
    "[,.;:] other than": "unlike; except",
    "(?:come|comes|came|coming) back": "reconnect; return",
    "what is ready|what there is": "the ready events, the pending events",
    "(?<!there.)is\\s+none|is no id": "is not an ID; does not exist",
    "who reads|whoever|(?:of|for|to|by|than) who": "a reader; clients that",
    "li(?:f|v)es? of (?:a|the) log|(?:another|this|last|new) life|last lives": "epoch",
    "stands? (?:at|in)": "is at, is in",
    "by itself": "automatically; alone",
}
TEXT = {".rs", ".md", ".html", ".sh", ".toml", ".py", ".mjs", ".yml", ".conf", ".cfg", ".vcl", ".service", ".socket"}
APART = re.compile(r"/vendor/|^ci/glossary\.py$")
# Standards are quoted as they are.
QUOTED = re.compile(r'(?:HTML|RFC) [\d.]+[^"\n]{0,60}"[^"]*"|^\| \d+(?:\.\d+)+ \|.*', re.MULTILINE)


def anywhere(pattern):
    words = pattern.replace(" ", r"(?:_|\s+(?:(?://[/!]?|#)\s+)?)")
    return re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)


patterns = [(anywhere(pattern), better) for pattern, better in BETTER.items()]
files = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout.split("\0")
failed = False
for name in files:
    if Path(name).suffix not in TEXT or APART.search(name) or not Path(name).is_file():
        continue
    text = QUOTED.sub(lambda quote: re.sub(r"\S", "\0", quote[0]), Path(name).read_text())
    for pattern, better in patterns:
        for match in pattern.finditer(text):
            failed = True
            line = text.count("\n", 0, match.start()) + 1
            print(f"{name}:{line}: {' '.join(match[0].split())!r}: better: {better}")
sys.exit(failed)
