#!/usr/bin/env python3
"""Fails if files of a crate import each other in a circle, tests and a module's own folder apart.

Usage: ci/circles.py CRATE...
"""
import re
import sys
from pathlib import Path


def uses(module, text):
    """The paths that a file names from its crate: `crate::a::B` is ("a", "B")."""
    for match in re.finditer(r"\b(crate|super)::(?=[\w{])", text):
        base = () if match[1] == "crate" else module[:-1]
        yield from tree(text, match.end(), base)[0]


def without_tests(text):
    text = re.sub(r"//[^\n]*", "", text)
    return re.split(r"#\[cfg\((?:all\()?test[^\n]*\nmod tests \{", text)[0]


def tree(text, at, path):
    """Reads `a::{B, c::D}` from a position; returns its paths and where it ends."""
    if text[at] == "{":
        paths, at = [], at + 1
        while True:
            at += re.match(r"[\s,]*", text[at:]).end()
            if text[at] == "}":
                return paths, at + 1
            more, at = tree(text, at, path)
            paths += more
    name = re.match(r"\w+|\*", text[at:])
    if not name:
        return [path], at + 1
    at += name.end()
    path = (*path, name[0])
    if text.startswith("::", at):
        return tree(text, at + 2, path)
    alias = re.match(r"\s+as\s+\w+", text[at:])
    return [path], at + (alias.end() if alias else 0)


def graph(source):
    files = {}
    for file in source.rglob("*.rs"):
        module = file.relative_to(source).with_suffix("").parts
        if not any(part.endswith("tests") or part in ("contract", "main") for part in module):
            files[() if module == ("lib",) else module] = without_tests(file.read_text())
    # What a module exports of its children.
    exports = {}
    for module, text in files.items():
        for names in re.findall(r"\bpub(?:\(\w+\))? use (?:self::)?([^;]+);", text):
            for path in tree(names, 0, module)[0]:
                exports[(*module, path[-1])] = path
    edges = {}
    for module, text in files.items():
        targets = set()
        for path in uses(module, text):
            for _ in range(3):
                for length in range(len(path), 0, -1):
                    if path[:length] in exports:
                        path = exports[path[:length]] + path[length:]
                        break
            while path not in files:
                path = path[:-1]
            # A parent's own items are its children's too.
            if path[: len(module)] != module and module[: len(path)] != path:
                targets.add(path)
        edges[module] = targets
    return edges


def circles(edges):
    """Each set of files that reach each other."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for target in edges.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen
    reached = {module: reach(module) for module in edges}
    found = {frozenset(o for o in reached[m] if m in reached.get(o, ())) for m in edges if m in reached[m]}
    return [sorted("/".join(module) + ".rs" for module in circle) for circle in found]


failed = False
for crate in sys.argv[1:]:
    edges = graph(Path(crate) / "src")
    for circle in circles(edges):
        failed = True
        print(f"{crate}: these files import each other in a circle: {', '.join(circle)}")
sys.exit(failed)
