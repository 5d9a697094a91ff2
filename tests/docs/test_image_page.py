"""docs/image.md knows the build arguments that the Dockerfile has, and no others."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/image.md").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
ARGUMENTS = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))


def test_the_table_has_each_build_argument_with_its_default() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| `?(.*?)`? \|", PAGE, re.MULTILINE))
    assert table == {name: {'""': "empty"}.get(value, value) for name, value in ARGUMENTS.items()}


def test_the_commands_use_build_arguments_that_there_are() -> None:
    used = re.findall(r"--build-arg (\w+)=(\S+)", PAGE)
    assert {name for name, _ in used} <= set(ARGUMENTS)
    pinned = {name for name, value in used if re.search(r":\S+@sha256:DIGEST$", value)}
    assert pinned == {"BASE", "BUILD_BASE"}
