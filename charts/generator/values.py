"""Reading values.yaml: the defaults, and the comment above each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z]+):(?: .*)?$")


def read_values(path: Path) -> dict[str, object]:
    """Return the defaults."""
    values: dict[str, object] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return values


def read_comments(path: Path) -> dict[str, str]:
    """Return the comment right above each key, by the key's dotted path."""
    comments: dict[str, str] = {}
    pending: list[str] = []
    parents: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            pending.append(stripped.removeprefix("#").strip())
            continue
        if match := _KEY.fullmatch(line):
            depth = len(match["indent"]) // 2
            parents[depth:] = [match["key"]]
            if pending:
                comments[".".join(parents)] = " ".join(pending)
        pending = []
    return comments
