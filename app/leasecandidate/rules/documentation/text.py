"""The rules as text for a terminal: a table of all, or everything of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.leasecandidate.rules import RULES
from app.leasecandidate.rules.documentation.entry import Entry, entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate.rules import RulesConfiguration


def table(configuration: RulesConfiguration) -> Iterator[str]:
    """Yield the lines of a table of all rules."""
    rows = [("RULE", "ACTION", "OPERATIONS", "TITLE")]
    for rule in RULES:
        shown = entry(rule, configuration)
        action = "built-in" if rule.built_in else shown.action
        rows.append((rule.id, action, ", ".join(shown.operations), rule.title))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        yield "  ".join((*cells, row[3]))


def in_full(shown: Entry) -> Iterator[str]:
    """Yield the lines that say everything of one rule."""
    rule = shown.rule
    yield f"{rule.id}: {rule.title}"
    yield ""
    yield f"Why         {rule.why}"
    yield f"Source      {rule.source}"
    yield f"Operations  {', '.join(shown.operations)}"
    if shown.fields:
        yield f"Fields      {', '.join(shown.fields)}"
    if shown.needs:
        yield f"Needs       {' and '.join(shown.needs)}"
    if rule.built_in:
        yield "Action      Deny; kube-apiserver enforces it itself"
    else:
        yield f"Action      {shown.action}"
        profiles = ", ".join(f"{name} {action}" for name, action in shown.actions.items())
        yield f"Profiles    {profiles}"
    if shown.no_twin:
        yield f"CEL twin    none: {shown.no_twin}"
        return
    yield f"CEL twin    {shown.cel}"
    yield f"            else: {shown.cel_message}"
    if shown.differs:
        yield f"            differs for {shown.differs}"
