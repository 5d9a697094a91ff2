"""Explanations as text for people."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from app.explain.diagnosis import ElectionState
from app.explain.verdicts import CandidateVerdict
from app.explain.words import ago, shown
from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.explain.explanation import Explanation
    from app.explain.verdicts import Row
    from app.explain.what_if import WhatIf
    from app.leasecandidate import MicroTime

_HEAD: Final = ("CANDIDATE", "BINARY", "EMULATES", "STRATEGY", "RENEWED", "PINGED", "VERDICT")
_NONE: Final = "-"
_LEAST_NAME: Final = 12
_COLORS: Final = {
    ElectionState.HELD: "green",
    ElectionState.HANDOVER: "yellow",
    ElectionState.CONTESTED: "yellow",
}
_STATES: Final = {
    ElectionState.HELD: "held",
    ElectionState.HANDOVER: "changing hands",
    ElectionState.CONTESTED: "contested",
    ElectionState.BLOCKED: "blocked",
    ElectionState.NOT_YIELDING: "not yielding",
    ElectionState.STALLED: "stalled",
    ElectionState.LEADERLESS: "without a leader",
}
_VERDICT_COLORS: Final = {
    CandidateVerdict.LEADER: "green",
    CandidateVerdict.NEXT: "cyan",
    CandidateVerdict.STANDS_BY: None,
    CandidateVerdict.EXPIRED: "bright_black",
}


@dataclass(frozen=True, slots=True)
class Style:
    """The greatest width of a line, None for any, and whether healthy Leases are shown in full."""

    width: int | None = None
    in_full: bool = False


def render(explanation: Explanation, style: Style) -> Iterator[str]:
    """Yield the lines on one Lease; for a held one only the first, unless `in_full`."""
    diagnosis = explanation.diagnosis
    color = _COLORS.get(diagnosis.state, "red")
    name = click.style(_name(explanation), bold=True)
    yield f"{name}: {click.style(diagnosis.headline, fg=color)}"
    if diagnosis.state is ElectionState.HELD and not style.in_full:
        return
    if explanation.rows:
        yield from _table(explanation, style)
    paragraphs = [("Why", diagnosis.why), ("Next", diagnosis.next)]
    paragraphs += [("Hint", hint) for hint in explanation.hints]
    for title, text in paragraphs:
        if text:
            yield from _wrapped(f"{title}: {text}", style)
    for number, remedy in enumerate(diagnosis.remedies):
        title = "Do" if number == 0 else "Or"
        title = "Then" if remedy.text.startswith("then: ") else title
        text = remedy.text.removeprefix("then: ")
        yield from _wrapped(f"{title}: {text}{':' if remedy.command else '.'}", style)
        if remedy.command:
            yield f"      {click.style(remedy.command, bold=True)}"


def render_what_if(what_if: WhatIf, style: Style) -> Iterator[str]:
    """Yield the lines on the Lease as it is and as it would be, and what rules object to."""
    yield "As it is:"
    yield from islice(render(what_if.before, style), 1)
    yield "As it would be:"
    yield from render(what_if.after, style)
    for objection in what_if.objections:
        violation = objection.violation
        said = f"{shown(objection.name)}: {violation.error.field}: {violation.message}"
        is_denied = violation.action is Action.DENY
        title = "Denied" if is_denied else "Warning"
        yield f"{click.style(title, fg='red' if is_denied else 'yellow')}: {said}"
    yield what_if.difference


def summary(explanations: Sequence[Explanation]) -> str:
    """Return how many Leases there are in each state, in one line."""
    counts = Counter(explanation.diagnosis.state for explanation in explanations)
    number = len(explanations)
    found = ", ".join(
        f"{counts[state]} {_STATES[state]}" for state in ElectionState if counts[state]
    )
    return f"{number} {'Lease' if number == 1 else 'Leases'}: {found}"


def _name(explanation: Explanation) -> str:
    return "/".join(shown(part) for part in explanation.situation.key if part)


def _wrapped(text: str, style: Style) -> list[str]:
    if style.width is None:
        return [f"  {text}"]
    return textwrap.wrap(
        text,
        style.width,
        initial_indent="  ",
        subsequent_indent="    ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _table(explanation: Explanation, style: Style) -> Iterator[str]:
    now = explanation.situation.now
    cells = [_HEAD, *(_cells(row, now) for row in explanation.rows)]
    # Columns without any value are left out.
    used = [
        column for column in range(len(_HEAD)) if any(line[column] != _NONE for line in cells[1:])
    ]
    widths = {column: max(len(line[column]) for line in cells) for column in used}
    others = sum(widths[column] + 2 for column in used if column) + 2
    if style.width is not None:
        widths[0] = max(_LEAST_NAME, min(widths[0], style.width - others))
    for number, line in enumerate(cells):
        name = _middle_cut(line[0], widths[0])
        middle = [line[column].ljust(widths[column]) for column in used[1:-1]]
        color = _VERDICT_COLORS.get(explanation.rows[number - 1].verdict, "red") if number else None
        last = click.style(line[-1], fg=color) if color else line[-1]
        yield "  " + "  ".join((name.ljust(widths[0]), *middle, last))


def _cells(row: Row, now: MicroTime) -> Sequence[str]:
    each = row.candidate
    return (
        shown(each.name),
        shown(each.binary_version),
        shown(each.emulation_version) if each.emulation_version else _NONE,
        shown(each.strategy),
        _NONE if each.renew_time is None else ago(each.renew_time, now),
        _NONE if each.ping_time is None else ago(each.ping_time, now),
        row.text,
    )


def _middle_cut(text: str, width: int) -> str:
    """Shorten a name in its middle, since names mostly differ at their ends."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"
