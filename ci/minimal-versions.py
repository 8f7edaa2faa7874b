#!/usr/bin/env python3
"""Checks that the libraries build with the oldest versions of their direct dependencies that they declare.

Usage: ci/minimal-versions.py

Works on a copy of the libraries below `target`, without their tests and without the rest of the workspace, whose
dependencies would ask for newer versions.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "target/minimal-versions"


def without(section, manifest):
    """Removes the sections of a manifest whose names match, each to the next section or the end."""
    return re.sub(rf"^\[+{section}\]+\n(?:(?!\[).*\n)*", "", manifest, flags=re.MULTILINE)


def copy():
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    libraries = sorted(path.parent.name for path in ROOT.glob("sse-*/Cargo.toml"))
    for library in libraries:
        # `docs` has the text of some modules.
        for folder in filter(Path.is_dir, [ROOT / library / name for name in ["src", "docs"]]):
            shutil.copytree(folder, COPY / library / folder.name)
        manifest = (ROOT / library / "Cargo.toml").read_text()
        manifest = without("(?:target\\..*\\.)?dev-dependencies", without("example", manifest))
        (COPY / library / "Cargo.toml").write_text(manifest)
    manifest = (ROOT / "Cargo.toml").read_text()
    manifest = re.sub(r"^(?:default-)?members = \[[^\]]*\]", "", manifest, flags=re.MULTILINE)
    manifest = re.sub(r"^exclude = .*", f"members = {libraries}", manifest, flags=re.MULTILINE)
    (COPY / "Cargo.toml").write_text(manifest)


def cargo(*arguments, **environment):
    subprocess.run(["cargo", *arguments], cwd=COPY, env=os.environ | environment, check=True)


if __name__ == "__main__":
    copy()
    # The option is unstable; this has the stable cargo accept it.
    cargo("generate-lockfile", "-Z", "direct-minimal-versions", RUSTC_BOOTSTRAP="1")
    cargo("check", "--workspace", "--all-features", "--locked")
