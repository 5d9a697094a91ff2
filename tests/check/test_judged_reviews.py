"""What is said of an AdmissionReview in a file, and of what claims to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.check.manifests import NOW, judge, run, stream
from tests.reviews import create, update

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        pytest.param(create(), [], id="a good CREATE"),
        pytest.param(
            create({"binaryVersion": "v1.33.0"}), ["leading-v"], id="a leading v is no denial"
        ),
        pytest.param(
            update({"leaseName": "Not DNS", "renewTime": "2026-11-22T07:05:00.000000Z"}),
            ["lease-name-immutable"],
            id="an UPDATE is one",
        ),
        pytest.param(
            create(userInfo={"username": "system:apiserver"}, operation="DELETE"),
            [],
            id="a DELETE is always allowed",
        ),
        pytest.param(
            create({"pingTime": NOW}, userInfo={"username": "system:apiserver"}),
            [],
            id="the server may ping",
        ),
        pytest.param(
            create({"pingTime": NOW}), ["ping-time-not-from-server"], id="others may not ping"
        ),
        pytest.param(
            create(resource={"group": "apps", "version": "v1", "resource": "deployments"}),
            ["not-checked"],
            id="another resource is not checked",
        ),
    ],
)
def test_a_review_is_judged_for_who_asks_what(review: dict[str, Any], expected: list[str]) -> None:
    found = judge("2026-11-22T07:10:00.000000Z").review(review)
    assert [remark.rule for remark in found.remarks] == expected


@pytest.mark.parametrize(
    ("review", "words"),
    [
        pytest.param({"request": {}}, "/request/uid is required", id="without a uid"),
        pytest.param({"request": {"uid": 5}}, "/request/uid must be a string", id="a wrong type"),
        pytest.param({}, "/request is required", id="without a request"),
        pytest.param(
            {"request": create({"renewTime": 5})["request"]},
            "/request/object/spec/renewTime must be",
            id="an object that cannot be read",
        ),
    ],
)
def test_what_is_no_review_is_unusable_input(
    tmp_path: Path, review: dict[str, Any], words: str
) -> None:
    head = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
    report = run(tmp_path, stream(head | review))
    (problem,) = report.problems
    assert words in problem.message
    assert problem.line is not None
    assert report.exit_code() == 2
