"""What is counted for each answer of the application."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.admission import Allowed, Finding, Review
from tests.reviews import read_review
from tests.server.metrics.requests import Request, Samples, risen, samples_of

if TYPE_CHECKING:
    from app.leasecandidate import LeaseCandidate
    from app.server.metrics import Metrics
    from tests.server.metrics.requests import ReadExample, Send


def decision(webhook: str, decision: str, operation: str = "CREATE", dry_run: str = "false") -> str:
    return (
        f"decisions_total,decision={decision},dry_run={dry_run},"
        f"operation={operation},webhook={webhook}"
    )


def parsed(review: object) -> Review[LeaseCandidate]:
    return read_review(json.dumps(review).encode())


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(
            ("/validate", "create-valid"), {decision("validate", "allowed"): 1}, id="an allow"
        ),
        pytest.param(
            ("/validate", "create-dry-run"),
            {decision("validate", "allowed", dry_run="true"): 1},
            id="a dry run is told apart",
        ),
        pytest.param(
            ("/mutate", "create-with-leading-v"), {decision("mutate", "patched"): 1}, id="a patch"
        ),
        pytest.param(
            ("/validate", "update-changes-lease-name"),
            {
                decision("validate", "denied", "UPDATE"): 1,
                "rule_violations_total,action=Deny,rule=lease-name-immutable": 1,
            },
            id="a denial and the rule it comes from",
        ),
        pytest.param(
            ("/validate", "create-with-leading-v"),
            {
                decision("validate", "denied"): 1,
                "rule_violations_total,action=Deny,rule=binary-version-format": 1,
                "rule_violations_total,action=Deny,rule=binary-version-too-low": 1,
            },
            id="each rule that was violated",
        ),
    ],
)
def test_a_review_is_counted(
    request_: tuple[str, str], expected: Samples, metrics: Metrics, send: Send, example: ReadExample
) -> None:
    path, name = request_
    before = samples_of(metrics)
    send([Request(path, example(name))])
    webhook = path.removeprefix("/")
    took = {f"review_duration_seconds_count,webhook={webhook}": 1.0}
    assert risen(before, samples_of(metrics)) == expected | took


def test_a_rule_that_finds_much_in_one_object_is_counted_once(
    metrics: Metrics, send: Send, example: ReadExample
) -> None:
    review = example("create-valid")
    labels = {f"bad key {number}": f"bad value {number}!" for number in range(45)}
    review["request"]["object"]["metadata"]["labels"] = labels  # type: ignore[index]
    before = samples_of(metrics)
    [answer] = send([Request(body=review)])
    assert len(answer.json()["response"]["status"]["details"]["causes"]) == 90
    after = risen(before, samples_of(metrics))
    assert after["rule_violations_total,action=Deny,rule=metadata-format"] == 1


def test_a_review_of_another_resource_is_misregistered(
    metrics: Metrics, send: Send, example: ReadExample
) -> None:
    review = example("create-valid")
    review["request"]["resource"] = {"group": "apps", "version": "v1", "resource": "deployments"}
    before = samples_of(metrics)
    send([Request("/mutate", review)])
    after = risen(before, samples_of(metrics))
    assert after["misregistered_reviews_total,webhook=mutate"] == 1
    assert after[decision("mutate", "allowed")] == 1


@pytest.mark.parametrize(
    ("request_", "code", "reason"),
    [
        pytest.param(Request(body=b"{"), 400, "BadRequest", id="a body that is not JSON"),
        pytest.param(Request(path="/nowhere"), 404, "NotFound", id="an unknown path"),
        pytest.param(Request(method="PUT"), 405, "MethodNotAllowed", id="another method"),
        pytest.param(
            Request(body=b" " * 65 * 1024),
            413,
            "RequestEntityTooLarge",
            id="a large body that names no request",
        ),
        pytest.param(
            Request(headers={"content-type": "text/plain"}),
            415,
            "UnsupportedMediaType",
            id="another media type",
        ),
    ],
)
def test_a_bad_request_is_counted_by_its_reason(
    request_: Request, code: int, reason: str, metrics: Metrics, send: Send
) -> None:
    before = samples_of(metrics)
    [answer] = send([request_])
    assert (answer.status_code, answer.json()["reason"]) == (code, reason)
    assert risen(before, samples_of(metrics)) == {f"bad_requests_total,reason={reason}": 1}


@pytest.mark.parametrize(
    ("code", "series"),
    [
        pytest.param(408, "bad_requests_total,reason=Timeout", id="too slow a client"),
        pytest.param(418, "bad_requests_total,reason=Other", id="any other client error"),
        pytest.param(429, "shed_total,webhook=validate", id="too many at once"),
        pytest.param(500, "defects_total,webhook=validate", id="a defect"),
        pytest.param(503, "shutdown_refusals_total", id="shutting down"),
        pytest.param(504, "deadline_exceeded_total,webhook=validate", id="too late"),
    ],
)
def test_an_http_error_is_counted_by_what_it_means(
    code: int, series: str, metrics: Metrics
) -> None:
    before = samples_of(metrics)
    metrics.observer.refused("validate", {}, code, "a message")
    assert risen(before, samples_of(metrics)) == {series: 1}


def test_a_defect_of_a_hook_is_counted(metrics: Metrics, example: ReadExample) -> None:
    review = parsed(example("create-valid"))
    before = samples_of(metrics)
    metrics.observer.decided("mutate", {}, review, Allowed(defect="no patch"), 0.0003)
    after = risen(before, samples_of(metrics))
    assert after["defects_total,webhook=mutate"] == 1


def test_the_duration_falls_into_the_bucket_that_holds_it(
    metrics: Metrics, example: ReadExample
) -> None:
    review = parsed(example("create-valid"))
    metrics.observer.decided("validate", {}, review, Allowed(), 0.00015)
    metrics.observer.decided("validate", {}, review, Allowed(), 60)
    name = "leasegate_review_duration_seconds_bucket,le={},webhook=validate"
    after = samples_of(metrics)
    counts = [after[name.format(bound)] for bound in ("0.0001", "0.0002", "10.0", "+Inf")]
    assert counts == [0, 1, 1, 2]


def test_an_unknown_operation_of_an_oversized_body_becomes_no_label(
    metrics: Metrics, send: Send
) -> None:
    envelope = b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":'
    before = samples_of(metrics)
    send(
        Request(body=envelope + b'{"uid":"1","operation":"%b","x":"%b' % (name, b"<" * 65536))
        for name in (b"CREATE", b"EVIL", b"UPDATE\\n")
    )
    assert risen(before, samples_of(metrics)) == {
        decision("validate", "denied", dry_run="unknown"): 1,
        decision("validate", "allowed", "unknown", "unknown"): 2,
    }


def test_all_rules_stand_at_0_from_the_start(metrics: Metrics) -> None:
    before = samples_of(metrics)
    assert before["leasegate_rule_violations_total,action=Deny,rule=strategy-required"] == 0
    assert before["leasegate_rule_violations_total,action=Audit,rule=renew-time-stale"] == 0
    assert "leasegate_rule_violations_total,action=Warn,rule=strategy-required" not in before


@pytest.mark.parametrize(
    "series",
    [
        *("shed_total,webhook=validate", "deadline_exceeded_total,webhook=mutate"),
        *("misregistered_reviews_total,webhook=validate", "defects_total,webhook=mutate"),
        *("bad_requests_total,reason=BadRequest", "shutdown_refusals_total"),
        *(
            "review_duration_seconds_count,webhook=validate",
            "reloads_total,result=failure,what=rules",
        ),
    ],
)
def test_what_an_alert_looks_at_stands_at_0_from_the_start(metrics: Metrics, series: str) -> None:
    # Prometheus sees no rise in a counter that begins with 1.
    assert samples_of(metrics)[f"leasegate_{series}"] == 0


def test_findings_without_a_denial_are_counted(metrics: Metrics, example: ReadExample) -> None:
    review = parsed(example("create-valid"))
    verdict = Allowed(findings=(Finding("version-gap", "Warn"), Finding("version-gap", "Warn")))
    before = samples_of(metrics)
    metrics.observer.decided("validate", {}, review, verdict, 0.001)
    after = risen(before, samples_of(metrics))
    assert after["rule_violations_total,action=Warn,rule=version-gap"] == 1


def test_reviews_that_differ_in_one_thing_are_counted_apart(
    metrics: Metrics, send: Send, example: ReadExample
) -> None:
    before = samples_of(metrics)
    send([Request("/validate", example(name)) for name in ("create-valid", "create-dry-run")] * 2)
    send([Request(path, example("update-renews")) for path in ("/validate", "/mutate")])
    after = risen(before, samples_of(metrics))
    assert {name: value for name, value in after.items() if name.startswith("decisions")} == {
        decision("validate", "allowed"): 2,
        decision("validate", "allowed", dry_run="true"): 2,
        decision("validate", "allowed", "UPDATE"): 1,
        decision("mutate", "allowed", "UPDATE"): 1,
    }
