"""A report in SARIF 2.1.0, which code hosts show beside the lines of a change.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import json
import os.path
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from app.check.remark import TOPICS, Topic
from app.leasecandidate.rules import RULES, Action, Rule

if TYPE_CHECKING:
    from app.check.report import Diagnostic, Problem, Report

_LEVELS: Final = {Action.DENY: "error", Action.WARN: "warning", Action.AUDIT: "note"}
_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_DESCRIBED: Final[tuple[Rule | Topic, ...]] = (*RULES, *TOPICS)
_INDEX: Final = {described.id: index for index, described in enumerate(_DESCRIBED)}


def render(report: Report, version: str, *, exit_code: int) -> str:
    """Return a log with one run; `version` is that of leasegate."""
    run = {
        "tool": {
            "driver": {
                "name": "leasegate",
                "semanticVersion": version,
                "rules": [_rule(described) for described in _DESCRIBED],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not report.problems,
                "exitCode": exit_code,
                "toolExecutionNotifications": [_notification(each) for each in report.problems],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in report.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(described: Rule | Topic) -> dict[str, object]:
    return {
        "id": described.id,
        "shortDescription": {"text": described.title},
        "fullDescription": {"text": described.why},
        "help": {"text": f"{described.why} `leasegate rules {described.id}` says more."},
        "defaultConfiguration": {"level": _LEVELS.get(_action(described), "none")},
    }


def _action(described: Rule | Topic) -> Action:
    return described.action if isinstance(described, Topic) else described.default_action


def _result(finding: Diagnostic) -> dict[str, object]:

    location: dict[str, Any] = {}
    if finding.file is not None:
        location = _location(finding.file, finding.line, finding.column)
    if finding.end_line is not None:
        region = location["physicalLocation"]["region"]
        region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    if finding.name:
        location["logicalLocations"] = [
            {
                "name": finding.name,
                "fullyQualifiedName": f"{finding.namespace}/{finding.name}",
                "kind": "object",
            }
        ]
    return {
        "ruleId": finding.rule,
        "ruleIndex": _INDEX[finding.rule],
        "level": _LEVELS[finding.action],
        "message": {"text": finding.sentence},
        "locations": [location],
        **({"properties": {"ratcheted": True}} if finding.ratcheted else {}),
    }


def _notification(problem: Problem) -> dict[str, object]:
    return {
        "level": "error",
        "message": {"text": problem.message},
        "locations": [_location(problem.file, problem.line, problem.column)],
    }


def _location(file: str, line: int | None, column: int | None) -> dict[str, Any]:
    path = Path(os.path.normpath(file))
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    physical: dict[str, object] = {"artifactLocation": {"uri": uri}}
    if line is not None:
        physical["region"] = {"startLine": line, "startColumn": column}
    return {"physicalLocation": physical}
