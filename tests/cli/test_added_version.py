"""Another API version of LeaseCandidate with the same schema is one more name in one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.cli.processes import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

LINE = 'VERSIONS: Final = ("v1beta1", '


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the program, and of the chart's generator, that knows a version v9."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("app", "charts", "docs"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(root / name, folder)
    spec = folder / "app" / "leasecandidate" / "spec.py"
    lines = spec.read_text()
    assert lines.count(LINE) == 1
    spec.write_text(lines.replace(LINE, f'{LINE}"v9", '))
    return folder


def python(checkout: Path, *arguments: str, code: int = 0) -> str:
    """Run Python with the copy to the exit code, and return what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_check_judges_it(checkout: Path) -> None:
    manifest = {
        "apiVersion": "coordination.k8s.io/v9",
        "kind": "LeaseCandidate",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"leaseName": "a", "binaryVersion": "1", "strategy": "example.com/a"},
    }
    (checkout / "candidate.json").write_text(json.dumps(manifest))
    said = python(checkout, "-m", "app", "check", "candidate.json", code=1)
    assert "must be a valid semantic version" in said


def test_the_webhooks_take_it(checkout: Path) -> None:
    program = (
        "from app.admission.review import GroupVersionResource as Resource;"
        "from app.webhooks.hook import misregistration;"
        "print([misregistration(Resource("
        "group='coordination.k8s.io', version=version, resource='leasecandidates'), '')"
        " for version in ('v9', 'v8')])"
    )
    known, unknown = yaml.safe_load(python(checkout, "-c", program))
    assert known == ""
    assert "leasecandidates.coordination.k8s.io in v1beta1 and v9 and v1alpha2 only" in unknown


def test_the_policies_match_it(checkout: Path) -> None:
    said = python(checkout, "-m", "app", "policy")
    rules = [
        rule
        for manifest in yaml.safe_load_all(said)
        for rule in manifest["spec"].get("matchConstraints", {}).get("resourceRules", ())
        if rule["resources"] != ["leases"]  # the policy on their holder
    ]
    assert rules
    assert all(rule["apiVersions"] == ["v1beta1", "v9", "v1alpha2"] for rule in rules)


def test_the_schema_names_it(checkout: Path) -> None:
    assert "coordination.k8s.io/v9 or " in python(checkout, "-m", "app", "schema")


def test_the_chart_registers_for_it(checkout: Path) -> None:
    python(checkout, "-m", "charts.generator")
    versions = checkout / "charts" / "leasegate" / "files" / "versions.yaml"
    assert yaml.safe_load(versions.read_text()) == ["v1beta1", "v9", "v1alpha2"]
    template = (checkout / "charts" / "leasegate" / "templates" / "webhooks.yaml").read_text()
    assert 'apiVersions: {{ $.Files.Get "files/versions.yaml" | fromYamlArray' in template
