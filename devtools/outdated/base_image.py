"""The minor of Python that the Dockerfile's base has, beside the newest that uv knows of."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from devtools.outdated.release import Outdated, newest

_BASE = re.compile(r"^ARG BASE=python:(\d+\.\d+)(\S*)$", re.MULTILINE)


def outdated_base(checkout: Path) -> Iterator[Outdated]:
    """Yield the tag if there is a final release of a newer minor, among those that uv knows."""
    uv = Path(sys.executable).with_name("uv")
    options = ("--only-downloads", "--all-versions", "--output-format=json")
    command = [str(uv), "python", "list", *options]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    releases = [release["version"] for release in json.loads(listed)]
    yield from outdated_tag((checkout / "Dockerfile").read_text(), releases)


def outdated_tag(dockerfile: str, releases: list[str]) -> Iterator[Outdated]:
    """Compare the tag of a Dockerfile with releases of CPython such as ``3.13.5``."""
    pinned = _BASE.search(dockerfile)
    latest = ".".join(newest(releases).split(".")[:2])
    if pinned and latest and latest != pinned[1]:
        yield Outdated("Dockerfile", "python", pinned[1] + pinned[2], latest + pinned[2])
