#!/usr/bin/env python3
"""Checks that no dependency needs a newer Rust than the package that uses it declares.

Usage: ci/rust-version.py MANIFEST...

Prints each chain from a package to such a dependency, and fails if there is one. Dependencies of tests do not
count: only contributors build them.
"""

import collections
import json
import subprocess
import sys


def version(text):
    """Converts "1.90" into a tuple that compares as versions do."""
    return tuple(int(part) for part in (text.split("-")[0] + ".0.0").split(".")[:3])


def too_new(package, packages, dependencies):
    """Yields the shortest chain to each dependency that needs a newer Rust than `package` declares."""
    declared = version(package["rust_version"])
    chains = {package["id"]: [package["name"]]}
    queue = collections.deque(chains)
    while queue:
        user = queue.popleft()
        for used in dependencies[user] - chains.keys():
            needs = packages[used]
            chains[used] = chains[user] + [f"{needs['name']} {needs['version']}"]
            queue.append(used)
            if needs["rust_version"] and version(needs["rust_version"]) > declared:
                yield " -> ".join(chains[used]) + f" needs Rust {needs['rust_version']}"


def check(manifest):
    """Returns whether all packages of a workspace declare enough."""
    command = ["cargo", "metadata", "--format-version", "1", "--all-features", "--manifest-path", manifest]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    dependencies = {
        node["id"]: {
            dependency["pkg"]
            for dependency in node["deps"]
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
        }
        for node in metadata["resolve"]["nodes"]
    }
    passed = True
    for member in sorted(metadata["workspace_members"]):
        package = packages[member]
        if not package["rust_version"]:
            print(f"{package['name']} declares no rust-version", file=sys.stderr)
            passed = False
            continue
        for chain in too_new(package, packages, dependencies):
            print(f"{chain}; {package['name']} declares {package['rust_version']}", file=sys.stderr)
            passed = False
    return passed


if __name__ == "__main__":
    sys.exit(not all([check(manifest) for manifest in sys.argv[1:]]))
