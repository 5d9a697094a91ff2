"""A report as workflow commands of GitHub Actions, which shows them beside the lines of a change.

Source: GitHub, "Workflow commands for GitHub Actions", setting a notice, warning or error message.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.check.text import plain, said
from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.check.report import Report

_COMMANDS: Final = {Action.DENY: "error", Action.WARN: "warning", Action.AUDIT: "notice"}


def render(report: Report) -> Iterator[str]:
    """Yield a command for each finding and problem."""
    for each in report.findings:
        who = each.object_name
        # Columns count only where the value is on one line.
        end = {"endColumn": each.end_column} if each.end_line == each.line else {}
        lines = {} if each.line is None else {"line": each.line, "col": each.column, **end}
        file = {} if each.file is None else {"file": _file(each.file)}
        yield _command(
            _COMMANDS[each.action],
            f"{who}: {said(each)}" if who else said(each),
            **file,
            **lines,
            title=f"leasegate {each.rule}",
        )
    for problem in report.problems:
        where = {} if problem.line is None else {"line": problem.line, "col": problem.column}
        yield _command("error", problem.message, file=_file(problem.file), **where)


def _command(command: str, message: str, **properties: str | int | None) -> str:
    given = ",".join(
        f"{name}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::{command} {given}::{_escaped(message)}"


def _file(name: str) -> str:
    return Path(name).as_posix()


def _escaped(text: str) -> str:
    return plain(text).replace("%", "%25")
