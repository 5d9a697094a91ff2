"""A report as one JSON object."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from app.check.report import Diagnostic, Report


def render(report: Report) -> str:
    """Return the object: `findings`, `problems`, `changes` and `summary`."""
    return json.dumps(
        {
            "findings": [_finding(finding) for finding in report.findings],
            "problems": [asdict(problem) for problem in report.problems],
            "changes": [asdict(change) for change in report.changes],
            "summary": {
                "files": report.files,
                "candidates": report.candidates,
                "denied": report.denied,
                "warnings": report.count(Action.WARN),
                "audited": report.count(Action.AUDIT),
                "exempted": report.exempted,
                "ignored": report.ignored,
                "skipped": report.skipped,
                "foreign": report.foreign,
                "withoutClock": report.without_clock,
                "changedValues": len(report.changes),
                "changedFiles": len({change.file for change in report.changes}),
            },
        },
        indent=2,
    )


def _finding(finding: Diagnostic) -> dict[str, object]:
    return {to_camel(name): value for name, value in asdict(finding).items()}
