"""docs/parity.md, made from the reports that are kept and the tables of the tests."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

import yaml

from devtools.elections import report as elections
from devtools.parity.report import Report, kept
from devtools.parity.suite import Suite
from devtools.parity.wordings import OLDER_ANSWERS, WORDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOT: Final = Path(__file__).parents[2]
PAGE: Final = _ROOT / "docs" / "parity.md"
_DIFFERENCES: Final = _ROOT / "tests" / "data" / "differences.yaml"

_TEMPLATE: Final = Path(__file__).with_name("page.md")


def page(reports: Iterable[Report]) -> str:
    """Return the whole page."""
    cases = yaml.safe_load(_DIFFERENCES.read_text("utf-8"))
    found = [(case["name"], f"`{case['ours_was']}`") for case in cases]
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        results="\n".join(map(_result, reports)),
        wordings="\n".join(
            f"* {why}" for why in (*OLDER_ANSWERS, *(wording.why for wording in WORDINGS))
        ),
        elections="\n".join(map(_election, elections.kept())),
        differences=_table(("kube-apiserver", "we once said"), found),
    )


def _election(report: elections.Report) -> str:
    rows = [
        ("seed", str(report.seed)),
        ("cases", f"{report.cases:,}"),
        ("steps, in every order of the candidates", f"{report.steps:,}"),
        ("cases that chance decides", f"{report.by_chance:,}"),
        ("**differences**", f"**{report.differences}**"),
        ("time", f"{report.seconds} s"),
    ]
    ends = [(end, f"{count:,}") for end, count in report.ends.items()]
    return "\n".join(
        [
            f"### Kubernetes {report.kubernetes}: elections\n",
            _table(("", ""), rows),
            "<details><summary>How the steps ended</summary>\n",
            _table(("end", "steps"), ends),
            "</details>\n",
        ]
    )


def _result(report: Report) -> str:
    total = report.creates + report.updates
    rows = [
        ("seed", str(report.seed)),
        ("creates", f"{report.creates:,}"),
        ("updates", f"{report.updates:,}"),
        ("causes compared", f"{sum(report.causes.values()):,}"),
        ("**differences**", f"**{report.differences}**"),
        ("time", f"{report.seconds} s, {total // max(report.seconds, 1):,} writes a second"),
    ]
    if suite := Suite.read(report.kubernetes):
        passed = f"{suite.passed} tests passed, none failed, in {suite.seconds} s"
        rows.append(("`make test-cluster`, the whole suite", passed))
    answers = [(f"`{answer}`", f"{count:,}") for answer, count in report.answers.items()]
    causes = [(f"`{cause}`", f"{count:,}") for cause, count in report.causes.items()]
    return "\n".join(
        [
            f"### Kubernetes {report.kubernetes}\n",
            _table(("", ""), rows),
            "<details><summary>The server's answers, and its causes</summary>\n",
            _table(("answer", "writes"), answers),
            _table(("cause", "times"), causes),
            "</details>\n",
        ]
    )


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows), ""]
    return "\n".join(lines)


def write(path: Path = PAGE) -> None:
    """Write the page anew."""
    path.write_text(page(kept()), "utf-8")


if __name__ == "__main__":
    write()
