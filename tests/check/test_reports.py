"""A report as text, as JSON and as SARIF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from app.check import json_report, sarif, text
from app.check.remark import TOPICS
from app.check.report import Change, Diagnostic, Problem, Report
from app.leasecandidate.rules import RULES, Action
from tests.check.manifests import judge, manifest, run, stream
from tests.reviews import create

if TYPE_CHECKING:
    from pathlib import Path


RULE = "(leasegate rule renew-time-stale)"


def finding(action: Action = Action.DENY, **changes: Any) -> Diagnostic:  # noqa: ANN401
    values: dict[str, Any] = {
        "file": "a.yaml",
        "document": 2,
        "line": 7,
        "column": 5,
        "end_line": None,
        "end_column": None,
        "namespace": "shop",
        "name": "web-1",
        "rule": "renew-time-stale",
        "action": action,
        "field": "spec.renewTime",
        "reason": "FieldValueInvalid",
        "message": "is old",
        "fixable": False,
        "ratcheted": False,
    }
    return Diagnostic(**values | changes)


def change(line: int) -> Change:
    return Change("a.yaml", line, 3, "shop/web-1", "spec.binaryVersion", "v1.0.0", "1.0.0")


def plain(report: Report) -> list[str]:
    return [*map(click.unstyle, text.render(report)), text.summary(report)]


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        pytest.param(
            Report(findings=[finding()], files=1, candidates=1, denied=1),
            [
                f"a.yaml:7:5: denied: shop/web-1 (document 2): spec.renewTime: is old {RULE}",
                "1 candidate in 1 file: 1 denied, 0 warnings",
            ],
            id="a denial",
        ),
        pytest.param(
            Report(
                findings=[
                    finding(Action.WARN, name="", namespace="", field=""),
                    finding(Action.AUDIT),
                ],
                files=2,
                candidates=2,
            ),
            [
                f"a.yaml:7:5: warning: LeaseCandidate (document 2): is old {RULE}",
                f"a.yaml:7:5: audit: shop/web-1 (document 2): spec.renewTime: is old {RULE}",
                "2 candidates in 2 files: 0 denied, 1 warning; 1 record for the audit log",
            ],
            id="a warning without a name, and a record",
        ),
        pytest.param(
            Report(
                problems=[Problem("b.yaml", "is not YAML", 1, 2), Problem("c", "cannot be read")],
                files=1,
                skipped=1,
                exempted=2,
                changes=[change(1), change(2), change(3)],
            ),
            [
                *(
                    f'a.yaml:{line}:3: changed: shop/web-1: spec.binaryVersion: "v1.0.0" to "1.0.0"'
                    for line in (1, 2, 3)
                ),
                "b.yaml:1:2: error: is not YAML",
                "c: error: cannot be read",
                (
                    "0 candidates in 1 file: 0 denied, 0 warnings; 2 violations exempted; "
                    "1 other object skipped; 2 problems with the input; 3 values changed in 1 file"
                ),
            ],
            id="problems, and what else there is to count",
        ),
        pytest.param(
            Report(findings=[finding(Action.WARN, fixable=True)], files=1, candidates=1),
            [
                f"a.yaml:7:5: warning: shop/web-1 (document 2): spec.renewTime: is old {RULE}",
                "1 candidate in 1 file: 0 denied, 1 warning; --fix changes 1 value",
            ],
            id="what can be fixed",
        ),
        pytest.param(
            Report(
                findings=[finding(file="a\nb\x1b[31m", name="\x9bx", field="é\u202e", message="\r")]
            ),
            [
                (
                    "a\ufffdb\ufffd[31m:7:5: denied: shop/\ufffdx (document 2): é\ufffd: \ufffd "
                    f"{RULE}"
                ),
                "0 candidates in 0 files: 0 denied, 0 warnings",
            ],
            id="what would tell a terminal something",
        ),
    ],
)
def test_a_report_is_told_in_lines(report: Report, lines: list[str]) -> None:
    assert plain(report) == lines


@pytest.mark.parametrize(
    ("action", "styled"),
    [
        (Action.DENY, "\x1b[31m\x1b[1mdenied\x1b[0m"),
        (Action.WARN, "\x1b[33m\x1b[1mwarning\x1b[0m"),
        (Action.AUDIT, "\x1b[36m\x1b[1maudit\x1b[0m"),
    ],
)
def test_the_word_that_matters_has_a_colour(action: Action, styled: str) -> None:
    line = next(iter(text.render(Report(findings=[finding(action)]))))
    assert line.startswith(f"a.yaml:7:5: {styled}: shop/web-1")


@pytest.mark.parametrize(
    ("report", "strict", "code"),
    [
        (Report(), False, 0),
        (Report(), True, 0),
        (Report(findings=[finding(Action.AUDIT)]), True, 0),
        (Report(findings=[finding(Action.WARN)]), False, 0),
        (Report(findings=[finding(Action.WARN)]), True, 1),
        (Report(findings=[finding(Action.DENY)]), False, 1),
        (Report(problems=[Problem("a", "x")]), False, 2),
        (Report(findings=[finding(Action.DENY)], problems=[Problem("a", "x")]), True, 2),
    ],
)
def test_the_exit_code_says_what_was_found(report: Report, strict: bool, code: int) -> None:
    assert report.exit_code(strict=strict) == code


@pytest.fixture
def mixed(tmp_path: Path) -> Report:
    """Return a report on files with something of everything."""
    good = manifest("a")
    texts = (
        stream(
            good, manifest("b", strategy="example.com/b"), manifest("v", binaryVersion="v1.0.0")
        ),
        stream(manifest("c", foo=1, renewTime=5), {"kind": "Other"}, create({"leaseName": "A B"})),
        "a: [",
        stream(manifest("d", leaseName="\x1b[31m\u2028"), manifest("e", version="v1")),
        '{"a":1,"a":2}' + json.dumps(manifest("f", binaryVersion="1.33")),
    )
    report = run(tmp_path, *texts, by=judge(actions={"version-gap": "Audit"}))
    report.problems.append(Problem("<stdin>", "cannot be read"))
    return report


def test_a_report_is_one_json_object(mixed: Report) -> None:
    told = json.loads(json_report.render(mixed))
    assert set(told) == {"findings", "problems", "changes", "summary"}
    assert len(told["findings"]) == len(mixed.findings) > 5
    assert told["findings"][0] | {"file": "", "message": ""} == {
        "file": "",
        "document": 1,
        "line": 11,
        "column": 15,
        "endLine": 11,
        "endColumn": 39,
        "namespace": "default",
        "name": "a",
        "rule": "strategy-conflict",
        "action": "Warn",
        "field": "spec.strategy",
        "reason": "FieldValueInvalid",
        "message": "",
        "fixable": False,
        "ratcheted": False,
    }
    assert told["problems"][-1] == {
        "file": "<stdin>",
        "message": "cannot be read",
        "line": None,
        "column": None,
    }
    assert told["summary"] == {
        "files": 5,
        "candidates": 8,
        "denied": mixed.denied,
        "warnings": mixed.count(Action.WARN),
        "audited": mixed.count(Action.AUDIT),
        "exempted": 0,
        "skipped": 2,
        "ignored": 0,
        "foreign": 0,
        "withoutClock": False,
        "changedValues": 0,
        "changedFiles": 0,
    }


def test_sarif_is_valid_and_says_the_same(mixed: Report) -> None:
    written = sarif.render(mixed, "1.2.3", exit_code=2)
    log = Sarif.model_validate_json(written)
    (found,) = json.loads(written)["runs"]
    assert log.version.value == "2.1.0"
    described = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert described == [*(rule.id for rule in RULES), *(topic.id for topic in TOPICS)]
    assert found["tool"]["driver"]["semanticVersion"] == "1.2.3"
    levels = {Action.DENY: "error", Action.WARN: "warning", Action.AUDIT: "note"}
    for result, told in zip(found["results"], mixed.findings, strict=True):
        assert described[result["ruleIndex"]] == result["ruleId"] == told.rule
        assert result["level"] == levels[told.action]
        assert result["message"]["text"].endswith(told.message)
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        expected: dict[str, int | None] = {"startLine": told.line, "startColumn": told.column}
        if told.end_line is not None:
            expected |= {"endLine": told.end_line, "endColumn": told.end_column}
        assert region == expected
        assert location["physicalLocation"]["artifactLocation"]["uri"].startswith("file:///")
    (invocation,) = found["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    assert len(invocation["toolExecutionNotifications"]) == len(mixed.problems)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("charts/a b.yaml", "charts/a%20b.yaml"),
        ("./a.yaml", "a.yaml"),
        ("b//../a.yaml", "a.yaml"),
        ("/é.yaml", "file:///%C3%A9.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
    ],
)
def test_a_file_is_named_by_a_uri(file: str, uri: str) -> None:
    report = Report(findings=[finding(file=file)])
    (found,) = json.loads(sarif.render(report, "1", exit_code=1))["runs"]
    location = found["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri
    assert found["invocations"][0]["executionSuccessful"] is True


def test_topics_are_no_rules_and_say_what_they_are_about() -> None:
    ids = [topic.id for topic in TOPICS]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & {rule.id for rule in RULES}
    for topic in TOPICS:
        assert topic.why.endswith(".")
        assert not topic.title.endswith(".")
