"""The table of expected verdicts, read from tests/data/leasecandidate.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Case = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads times as text, as the wire has them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def section(origin: str, name: str) -> list[Case]:
    """Return one section: `upstream` or `derived`, then its name."""
    cases: list[Case] = table("leasecandidate.yaml")[origin][name]
    return cases


def table(file: str) -> Any:  # noqa: ANN401  data of any shape
    """Return all of one YAML file of tests/data."""
    path = Path(__file__).parent.parent / "data" / file
    return yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506


def expand(value: Any) -> Any:  # noqa: ANN401  data of any shape
    """Write out `{repeat, len, tail}` as `len` characters that end in `tail`."""
    match value:
        case {"repeat": str(unit), "len": int(length)}:
            tail = value.get("tail", "")
            return (unit * length)[: length - len(tail)] + tail
        case dict():
            return {key: expand(item) for key, item in value.items()}
        case _:
            return value
