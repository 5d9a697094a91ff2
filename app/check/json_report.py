"""A report as one JSON object."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from app.check.report import Report


def render(report: Report) -> str:
    """Return the object: `findings`, `problems` and `summary`."""
    changes, changed_files = report.changed
    return json.dumps(
        {
            "findings": [asdict(finding) for finding in report.findings],
            "problems": [asdict(problem) for problem in report.problems],
            "summary": {
                "files": report.files,
                "candidates": report.candidates,
                "denied": report.denied,
                "warnings": report.count(Action.WARN),
                "audited": report.count(Action.AUDIT),
                "exempted": report.exempted,
                "skipped": report.skipped,
                "changedValues": changes,
                "changedFiles": changed_files,
            },
        },
        indent=2,
    )
