"""What CHANGELOG.md says of the chart, as Artifact Hub reads it from Chart.yaml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_THE_CHART: Final = re.compile(r"\b(chart|helm)\b", re.IGNORECASE)


def changes(changelog: str, version: str) -> str | None:
    """Return the annotation artifacthub.io/changes of a version: YAML in a string.

    Its entries are those of the version that name the chart or Helm, with their kind in Artifact
    Hub's words, which are those of Keep a Changelog in lower case. None where there are none.
    """
    found = [
        {"kind": kind.lower(), "description": entry}
        for kind, entry in _entries(changelog, version)
        if _OF_THE_CHART.search(entry)
    ]
    return yaml.safe_dump(found, sort_keys=False, width=100) if found else None


def _entries(changelog: str, version: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of each entry, on one line."""
    _, _, rest = changelog.partition(f"\n## [{version}]")
    section, _, _ = rest.partition("\n## ")
    for part in section.split("\n### ")[1:]:
        kind, _, lines = part.partition("\n")
        for entry in re.split(r"^- ", lines, flags=re.MULTILINE)[1:]:
            yield kind.strip(), " ".join(entry.split())
