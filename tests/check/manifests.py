"""Manifests, and what a run over them finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.check.judge import Judge
from app.check.run import check
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import RulesConfiguration

if TYPE_CHECKING:
    from app.check.report import Diagnostic, Report

NOW = "2026-03-01T12:00:00.000000Z"

GOOD: dict[str, Any] = {
    "leaseName": "web",
    "binaryVersion": "1.33.0",
    "emulationVersion": "1.33.0",
    "strategy": "OldestEmulationVersion",
    "renewTime": NOW,
}


def manifest(name: str = "web-1", *, version: str = "v1beta1", **spec: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a good candidate with changes to its spec; None leaves a field out."""
    fields = {key: value for key, value in (GOOD | spec).items() if value is not None}
    return {
        "apiVersion": f"coordination.k8s.io/{version}",
        "kind": "LeaseCandidate",
        "metadata": {"name": name},
        "spec": fields,
    }


def stream(*documents: object) -> str:
    """Return documents as one file; JSON is YAML."""
    return "\n---\n".join(json.dumps(document, indent=1) for document in documents)


def judge(now: str | None = NOW, namespace: str = "default", **configuration: Any) -> Judge:  # noqa: ANN401
    """Return a judge by the rules of a configuration."""
    rules = RulesConfiguration.model_validate(configuration)
    return Judge(rules, None if now is None else MicroTime.parse(now), namespace)


def run(folder: Path, *texts: str, by: Judge | None = None) -> Report:
    """Write each text into a file of its own, and judge them all."""
    paths = [folder / f"{number}.yaml" for number, _ in enumerate(texts)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    return check(paths, by or judge())


def rules(report: Report) -> list[str]:
    """Return the ids of what was found, in order."""
    return [finding.rule for finding in report.findings]


def place(finding: Diagnostic) -> tuple[str, int | None, int | None, int | None]:
    """Return file, document, line and column of a finding."""
    return Path(finding.file or "").name, finding.document, finding.line, finding.column
