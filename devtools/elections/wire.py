"""Cases and outcomes as the Go program reads and writes them: one JSON object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devtools.elections.cases import NOW, Case

if TYPE_CHECKING:
    from app.leasecandidate import MicroTime
    from app.leasecandidate.election import Candidate, Lease, Step

Json = dict[str, Any]


def question(case: Case) -> str:
    """Return a case with every order of its candidates."""
    lease = None
    if case.lease is not None:
        lease = {"metadata": {"namespace": "ns", "name": "lease"}, "spec": spec(case.lease)}
    return json.dumps(
        {
            "now": str(NOW),
            "candidates": [*map(_candidate, case.candidates)],
            "lease": lease,
            "orders": case.orders(),
        }
    )


def outcome(ours: Step) -> Json:
    """Return one of our steps as the program says what the controller did."""
    return {
        "pinged": sorted(ours.pinged),
        "lease": None if ours.lease is None else spec(ours.lease),
        "requeue": 5 if ours.is_requeued else 0,
        "failed": ours.is_error,
    }


def key(answer: Json) -> str:
    """Return an outcome as a text that equal ones share."""
    return json.dumps(answer, sort_keys=True)


def spec(lease: Lease) -> Json:
    """Return the spec of a Lease on the wire."""
    fields = {
        "holderIdentity": lease.holder_identity,
        "leaseDurationSeconds": lease.lease_duration_seconds,
        "acquireTime": _text(lease.acquire_time),
        "renewTime": _text(lease.renew_time),
        "strategy": lease.strategy,
        "preferredHolder": lease.preferred_holder,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _candidate(candidate: Candidate) -> Json:
    created = _text(candidate.created)
    return {
        "metadata": {
            "name": candidate.name,
            "namespace": "ns",
            "creationTimestamp": created and created.replace(".000000", ""),
        },
        "spec": {
            "leaseName": "lease",
            "binaryVersion": candidate.binary_version,
            "emulationVersion": candidate.emulation_version,
            "strategy": candidate.strategy,
            "renewTime": _text(candidate.renew_time),
            "pingTime": _text(candidate.ping_time),
        },
    }


def _text(time: MicroTime | None) -> str | None:
    return None if time is None else str(time)
