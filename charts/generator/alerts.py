"""The alerts of the chart as tables in the pages that speak of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN: Final = "<!-- alerts: written by `make docs` from charts/leasegate/files/alerts.yaml -->\n"
_END: Final = "<!-- end of alerts -->\n"
_TEMPLATE: Final = re.compile(r"[{][{] [$](?:labels[.])?(\w+)(?: \| \w+)? [}][}]")


def alert_pages(alerts: Path, docs: Path) -> dict[Path, str]:
    """Return the pages with the alerts as they are now: when they fire, and what to do then."""
    (group,) = yaml.safe_load(alerts.read_text(encoding="utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    when = _table(
        ("alert", "severity", "for", "expression"),
        [
            (
                f"`{rule['alert']}`",
                rule["labels"]["severity"],
                rule.get("for", "at once"),
                f"`{_cell(rule['expr'])}`",
            )
            for rule in rules
        ],
    )
    meaning = _table(
        ("alert", "it means", "what to do"),
        [
            (
                f"`{rule['alert']}`",
                _cell(rule["annotations"]["summary"]),
                _cell(_TEMPLATE.sub(r"*\1*", rule["annotations"]["description"]))
                + _runbook(rule["annotations"]),
            )
            for rule in rules
        ],
    )
    return {
        docs / "metrics.md": _with_table(docs / "metrics.md", when),
        docs / "operations.md": _with_table(docs / "operations.md", meaning),
    }


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _runbook(annotations: dict[str, str]) -> str:
    """Return a link to the section of docs/ that says more, if there is one."""
    page, _, section = annotations.get("runbook", "").removeprefix("docs/").partition("#")
    return f" [More]({page}#{section})." if page else ""


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|")


def _with_table(page: Path, table: str) -> str:
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for the alerts, between {_BEGIN}and {_END}")
    return f"{before}{_BEGIN}\n{table}\n{_END}{after}"
