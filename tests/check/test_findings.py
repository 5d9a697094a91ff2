"""Where in files candidates are found, and what is found in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.check.manifests import judge, manifest, place, rules, run, stream
from tests.reviews import create

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            stream({"apiVersion": "v1", "kind": "List", "items": [manifest("a"), manifest("b")]}),
            (2, 0),
            id="a List",
        ),
        pytest.param(
            stream(
                {
                    "apiVersion": "coordination.k8s.io/v1beta1",
                    "kind": "LeaseCandidateList",
                    "items": [{"metadata": {"name": "a"}, "spec": manifest()["spec"]}],
                }
            ),
            (1, 0),
            id="a list whose items have no kind",
        ),
        pytest.param(
            stream({"kind": "List", "items": [{"kind": "List", "items": [manifest()]}]}),
            (1, 0),
            id="a list in a list",
        ),
        pytest.param(
            stream({"apiVersion": "v1", "kind": "Secret"}, manifest(), ["x"], "x", 5),
            (1, 4),
            id="other kinds",
        ),
        pytest.param(
            stream({"apiVersion": "example.com/v1", "kind": "Lease"}, {"kind": "List"}),
            (0, 2),
            id="another kind, and no list",
        ),
        pytest.param(stream({"apiVersion": 1, "kind": []}), (0, 1), id="kinds of other types"),
        pytest.param(json.dumps([manifest("a"), manifest("b")]), (2, 0), id="a JSON array"),
        pytest.param(stream([manifest("a"), [manifest("b")], 5]), (2, 1), id="an array in YAML"),
        pytest.param("\ufeff" + stream(manifest()), (1, 0), id="a byte order mark"),
        pytest.param(stream(create()), (1, 0), id="an AdmissionReview"),
        pytest.param("", (0, 0), id="nothing"),
    ],
)
def test_candidates_are_found_and_the_rest_is_counted(
    tmp_path: Path, text: str, expected: tuple[int, int]
) -> None:
    report = run(tmp_path, text, by=judge("2026-03-01T12:00:00.000000Z", profile="builtin"))
    assert (report.candidates, report.skipped) == expected
    assert report.problems == []
    assert report.exit_code() == 0


def test_a_finding_names_file_document_line_and_column(tmp_path: Path) -> None:
    text = """\
# one
apiVersion: v1
kind: Secret
---
apiVersion: v1
kind: List
items:
- apiVersion: coordination.k8s.io/v1beta1
  kind: LeaseCandidate
  metadata: {name: web-1}
  spec:
    leaseName: "Not DNS"
    binaryVersion: 1.33.0
    strategy: example.com/x
"""
    report = run(tmp_path, "", text)
    assert [(place(each), each.rule) for each in report.findings] == [
        (("1.yaml", 2, 12, 16), "lease-name-not-dns"),
        (("1.yaml", 2, 12, 5), "renew-time-missing"),
    ]
    assert {(each.namespace, each.name) for each in report.findings} == {("default", "web-1")}
    assert (report.candidates, report.denied, report.skipped, report.files) == (1, 1, 1, 2)
    assert report.exit_code() == 1


def test_a_finding_in_a_review_points_into_its_object(tmp_path: Path) -> None:
    review = create({"leaseName": "Not DNS"})
    text = json.dumps(review, indent=1)
    report = run(tmp_path, text, by=judge("2026-11-22T07:10:00.000000Z"))
    (finding,) = report.findings
    assert finding.line is not None
    assert finding.column is not None
    line = text.split("\n")[finding.line - 1]
    assert line.strip().startswith('"leaseName": "Not DNS"')
    assert line[finding.column - 1 :].startswith('"Not DNS"')


def test_a_key_that_stands_twice_in_a_candidate_is_a_warning(tmp_path: Path) -> None:
    text = stream(manifest()) + "\n---\na: 1\na: 2\n"
    doubled = text.replace('"leaseName": "web"', '"leaseName": "x",\n  "leaseName": "web"')
    report = run(tmp_path, doubled)
    assert rules(report) == ["duplicate-key"]
    (finding,) = report.findings
    assert finding.field == "spec.leaseName"
    assert finding.line is not None
    assert "leaseName" in doubled.split("\n")[finding.line - 1]
    assert (report.exit_code(), report.exit_code(strict=True)) == (0, 1)
