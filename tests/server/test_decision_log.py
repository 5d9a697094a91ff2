"""What is written about answers, and what never is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from app.admission import (
    Allowed,
    Cause,
    Denied,
    Finding,
    Patched,
    ReplaceOperation,
    Verdict,
)
from app.admission.recovery import ReviewStart
from app.admission.review import GroupVersionResource
from app.server.decision_log import DecisionLog
from tests.reviews import create, encode, read_review

if TYPE_CHECKING:
    from starlette.types import Scope

PLAIN: dict[str, Any] = {"headers": []}
VERIFIED: dict[str, Any] = {"state": {"caller_verified": True}}
TRACED: dict[str, Any] = {
    "headers": [(b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
}
REVIEW = read_review(
    encode(
        create(
            uid="uid-1",
            name="cand",
            namespace="ns",
            dryRun=True,
            userInfo={"username": "ann", "groups": ["hidden-group"]},
        )
    )
)
WHO = {
    "webhook": "validate",
    "uid": "uid-1",
    "operation": "CREATE",
    "resource": "leasecandidates.v1beta1.coordination.k8s.io",
    "namespace": "ns",
    "name": "cand",
    "user": "ann",
    "caller_verified": False,
    "dry_run": True,
    "milliseconds": 0.25,
    "log_level": "info",
}


def decide(verdict: Verdict, scope: Scope = PLAIN, *, allows: int = 0, times: int = 1) -> Any:  # noqa: ANN401
    log = DecisionLog(lambda: 0.0, allows=allows)
    with capture_logs() as records:
        for _ in range(times):
            log.decided("validate", scope, REVIEW, verdict, 0.00025)
    return records


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        pytest.param(
            Denied(
                code=422,
                reason="Invalid",
                message="hidden message",
                causes=(
                    Cause("FieldValueInvalid", "spec.strategy", "hidden value"),
                    Cause("FieldValueInvalid", "spec.strategy", "another hidden value"),
                ),
                findings=(Finding("strategy-format", "Deny"), Finding("strategy-format", "Deny")),
            ),
            {
                "event": "denied",
                "causes": ["spec.strategy: FieldValueInvalid"],
                "violations": ["strategy-format=Deny"],
            },
            id="a denial by its causes and rules",
        ),
        pytest.param(
            Patched(operations=(ReplaceOperation("/spec/binaryVersion", "hidden"),)),
            {"event": "patched", "patched": ["/spec/binaryVersion"]},
            id="a patch by its paths",
        ),
        pytest.param(
            Allowed(warnings=("look",), findings=(Finding("version-gap", "Warn"),)),
            {"event": "allowed", "warnings": ("look",), "violations": ["version-gap=Warn"]},
            id="a warning",
        ),
        pytest.param(
            Allowed(findings=(Finding("version-gap", "Audit"),)),
            {"event": "allowed", "violations": ["version-gap=Audit"]},
            id="a violation that is only audited",
        ),
        pytest.param(
            Allowed(defect="the patch does not apply"),
            {"event": "allowed", "defect": "the patch does not apply"},
            id="a defect of ours",
        ),
    ],
)
def test_there_is_one_record_for(verdict: Verdict, said: dict[str, object]) -> None:
    [record] = decide(verdict)
    assert record == WHO | said


def test_the_trace_of_the_caller_is_carried() -> None:
    [record] = decide(Allowed(warnings=("look",)), TRACED)
    assert record["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert record["span_id"] == "00f067aa0ba902b7"


def test_it_is_said_whether_the_caller_was_verified() -> None:
    [record] = decide(Allowed(warnings=("look",)), VERIFIED)
    assert record["caller_verified"] is True


@pytest.mark.parametrize(("allows", "written"), [(0, 0), (1, 7), (3, 2), (8, 0)])
def test_every_nth_plain_allow_is_written(allows: int, written: int) -> None:
    assert len(decide(Allowed(), allows=allows, times=7)) == written


def test_an_oversized_body_is_written_by_what_its_beginning_names() -> None:
    start = ReviewStart(
        "admission.k8s.io/v1",
        "uid-2",
        "UPDATE",
        "cand",
        resource=GroupVersionResource(group="g", version="v1", resource="things"),
    )
    with capture_logs() as records:
        denied = Denied(code=413, reason="RequestEntityTooLarge", message="too large")
        DecisionLog(lambda: 0.0).oversized("mutate", TRACED | VERIFIED, start, denied)
    [record] = records
    assert record["event"] == "denied"
    assert record["oversized"] is True
    assert (record["uid"], record["operation"], record["name"]) == ("uid-2", "UPDATE", "cand")
    assert record["resource"] == "things.v1.g"
    assert record["caller_verified"] is True
    assert record["trace_id"]


def test_a_flood_of_refusals_is_not_written_whole() -> None:
    now = 0.0
    log = DecisionLog(lambda: now)
    with capture_logs() as records:
        for _ in range(1000):
            log.refused("validate", PLAIN, 429, "too many at once")
        log.refused("validate", TRACED, 400, "not JSON")
        now = 5.0
        log.refused("validate", PLAIN, 429, "too many at once")
    assert len(records) == 12
    assert records[0] == {
        "event": "refused",
        "log_level": "warning",
        "webhook": "validate",
        "code": 429,
        "message": "too many at once",
    }
    assert [record["code"] for record in records[-3:]] == [429, 400, 429]
    assert [record.get("unwritten") for record in records[-3:]] == [None, None, 990]
    assert records[-2]["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
