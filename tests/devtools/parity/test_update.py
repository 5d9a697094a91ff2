"""What becomes of an update before it is validated, and what ends there."""

from __future__ import annotations

from typing import Any

import pytest

from app.leasecandidate.submission import Destination, RefusedWrite
from devtools.parity.update import update
from tests.leasecandidate.submitted import candidate, metadata_of

PUT = Destination("v1beta1", "default", "a")
STORED = {
    "name": "a",
    "namespace": "default",
    "uid": "1",
    "resourceVersion": "7",
    "generation": 2,
    "creationTimestamp": "2026-01-02T03:04:05Z",
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"uid": "2"}, 409),
        ({"uid": "2", "resourceVersion": "x"}, 409),
        ({"resourceVersion": "+7"}, 500),
        ({"resourceVersion": "\u0667"}, 500),
        ({"resourceVersion": ""}, 422),
        ({"resourceVersion": "00"}, 422),
        ({"resourceVersion": "6"}, 409),
        ({"resourceVersion": "70"}, 409),
    ],
)
def test_an_update_of_another_state_is_refused(change: dict[str, Any], code: int) -> None:
    refusal = update(candidate(STORED | change), PUT, candidate(STORED))
    assert isinstance(refusal, RefusedWrite)
    assert refusal.code == code
    assert (refusal.cause is None) is (code != 422)


def test_an_update_takes_over_what_a_client_cannot_change() -> None:
    deleting = STORED | {
        "deletionTimestamp": "2026-02-02T03:04:05Z",
        "deletionGracePeriodSeconds": 0,
    }
    change = {
        "name": "a",
        "resourceVersion": "007",
        "generation": -3,
        "creationTimestamp": "2025-01-02T03:04:05Z",
        "deletionTimestamp": "2025-01-02T03:04:05Z",
    }
    submitted = metadata_of(update(candidate(change), PUT, candidate(deleting)))
    assert submitted == deleting | {"resourceVersion": "007"}


def test_a_grace_period_that_is_given_is_kept_to_be_refused() -> None:
    submitted = update(
        candidate(STORED | {"deletionGracePeriodSeconds": 5}), PUT, candidate(STORED)
    )
    assert metadata_of(submitted)["deletionGracePeriodSeconds"] == 5
