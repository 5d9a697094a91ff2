"""Leases and candidates in files, good and bad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.explain.files import UnusableError, read_files
from app.explain.objects import StoredCandidate, StoredLease, read
from app.explain.snapshot import Snapshot

LEASE: dict[str, Any] = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "ingest", "namespace": "team"},
    "spec": {"holderIdentity": "a", "renewTime": "2026-11-27T18:07:45.000000Z"},
}
CANDIDATE: dict[str, Any] = {
    "apiVersion": "coordination.k8s.io/v1beta1",
    "kind": "LeaseCandidate",
    "metadata": {"name": "a", "namespace": "team", "creationTimestamp": "2026-11-27T18:00:00Z"},
    "spec": {"leaseName": "ingest", "binaryVersion": "1.37.0"},
}
OTHER = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": []}}


def typed(kind: str, *items: dict[str, Any]) -> dict[str, Any]:
    """Return a list as the API server sends it: items do not say their kind."""
    plain = [{"metadata": item["metadata"], "spec": item["spec"]} for item in items]
    return {"apiVersion": items[0]["apiVersion"], "kind": kind, "items": plain}


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


def spec(item: dict[str, Any], **change: object) -> dict[str, Any]:
    return item | {"spec": item["spec"] | change}


BOTH = f"{json.dumps(LEASE)}\n{json.dumps(CANDIDATE)}"
YAML = f"# comment\n---\n{json.dumps(LEASE)}\n---\nkind: LeaseCandidate\nmetadata: {{name: a}}\n"


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        pytest.param(json.dumps(LEASE), [StoredLease], id="a Lease in JSON"),
        pytest.param(json.dumps(CANDIDATE), [StoredCandidate], id="a candidate in JSON"),
        pytest.param(
            json.dumps(listed(LEASE, OTHER, CANDIDATE)), [StoredLease, StoredCandidate], id="List"
        ),
        pytest.param(json.dumps(typed("LeaseList", LEASE)), [StoredLease], id="LeaseList"),
        pytest.param(
            json.dumps(typed("LeaseCandidateList", CANDIDATE)), [StoredCandidate], id="typed list"
        ),
        pytest.param(BOTH, [StoredLease, StoredCandidate], id="one JSON after the other"),
        pytest.param(YAML, [StoredLease, StoredCandidate], id="documents of YAML"),
        pytest.param("", [], id="nothing"),
        pytest.param(json.dumps(OTHER), [], id="something else"),
        pytest.param(json.dumps(LEASE | {"spec": None}), [StoredLease], id="a null spec"),
        pytest.param(
            json.dumps(LEASE | {"apiVersion": "example.com/v1"}), [], id="a Lease of another group"
        ),
    ],
)
def test_what_a_file_holds(content: str, kinds: list[type], tmp_path: Path) -> None:
    (tmp_path / "f").write_text(content)
    assert [type(found) for found in read_files([tmp_path / "f"])] == kinds


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("{", "f: 1:2: is not", id="half of a JSON"),
        pytest.param("a: [", "f: 1:5: is not YAML", id="half of a YAML"),
        pytest.param("- 1", "f: expected object, got array", id="a list of anything"),
        pytest.param(
            json.dumps(spec(CANDIDATE, binaryVersion=1.37)),
            "f: LeaseCandidate team/a: spec.binaryVersion: expected str | null, got float",
            id="a version that is a number",
        ),
        pytest.param(
            json.dumps(listed(spec(LEASE, renewTime="now"))),
            "f: item 1: Lease team/ingest: spec.renewTime: must be an RFC 3339 time",
            id="a time that is none",
        ),
        pytest.param(
            json.dumps(spec(LEASE, leaseDurationSeconds=2**31)),
            "f: Lease team/ingest: spec.leaseDurationSeconds: expected int <= 2147483647",
            id="a duration that no Lease can have",
        ),
        pytest.param(
            json.dumps(LEASE | {"metadata": {"name": "a", "creationTimestamp": "x"}}),
            "f: Lease a: metadata: 'x' must be an RFC 3339 time",
            id="a creation time that is none",
        ),
        pytest.param(b"\xff", "f: 1:1: is not text in UTF-8", id="bytes"),
        pytest.param("[" * 20_000, "f: ", id="deep nesting"),
        pytest.param('{"a":' * 20_000, "f: ", id="deep nesting of JSON"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    content: str | bytes, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("f").write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = read_files([Path("f")])
    assert isinstance(found, UnusableError)
    assert str(found).startswith(problem)
    assert "\n" not in str(found)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    (found,) = read_files([tmp_path / "none"])
    assert str(found) == f"{tmp_path / 'none'}: cannot be read: no such file or directory"


def test_one_bad_item_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(json.dumps(listed(spec(LEASE, renewTime=1), CANDIDATE)))
    bad, good = read_files([tmp_path / "f"])
    assert isinstance(bad, UnusableError)
    assert isinstance(good, StoredCandidate)


def test_writers_of_fields_are_read() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:renewTime": {}}}
    entries = [
        {"manager": "other", "time": "2026-11-27T18:00:00Z", "fieldsV1": {"f:spec": {}}},
        {"manager": "old", "time": "2026-11-27T18:00:00Z", "fieldsV1": fields},
        {"manager": "scheduler", "time": "2026-11-27T18:07:45Z", "fieldsV1": fields},
        {"manager": "timeless", "fieldsV1": fields},
    ]
    metadata = LEASE["metadata"] | {"managedFields": entries}
    snapshot = Snapshot()
    for found in read(json.dumps(LEASE | {"metadata": metadata}).encode()):
        assert isinstance(found, StoredLease)
        snapshot.add(found)
    (stored,) = snapshot.leases.values()
    assert stored.renewed_by is not None
    assert stored.renewed_by.manager == "scheduler"
    assert str(snapshot.newest) == "2026-11-27T18:07:45.000000Z"
