"""What we once said otherwise than kube-apiserver, said as it says it."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.parity.ours import Ours
from tests.leasecandidate.differences import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_difference_that_was_found_does_not_come_back(case: Case) -> None:
    stored: dict[str, Any] | None = None
    if case.stored is not None:
        stored = dict(case.stored)
        stored["metadata"] = {
            **stored["metadata"],
            "uid": "2c1f6d9e",
            "resourceVersion": "7",
            "creationTimestamp": "2026-01-02T03:04:05Z",
        }
    answer = Ours().ask(case.question(stored), "")
    assert case.holds(answer), answer
