"""Explanations as JSON for programs. Fields are added, never renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.explain.explanation import Explanation
    from app.explain.verdicts import Row
    from app.explain.what_if import WhatIf
    from app.leasecandidate import MicroTime

Json = dict[str, object]


def render(explanations: Iterable[Explanation], now: MicroTime) -> str:
    """Return one object: `at`, `healthy`, and `leases`."""
    leases = [*map(_lease, explanations)]
    report = {
        "at": str(now),
        "healthy": all(lease["healthy"] for lease in leases),
        "leases": leases,
    }
    return _pretty(report)


def render_what_if(what_if: WhatIf) -> str:
    """Return one object: `before` and `after` as in `leases`, `difference`, `objections`."""
    return _pretty(
        {
            "healthy": what_if.is_healthy,
            "difference": what_if.difference,
            "before": _lease(what_if.before),
            "after": _lease(what_if.after),
            "objections": [
                {
                    "name": objection.name,
                    "rule": objection.violation.rule.id,
                    "action": objection.violation.action.value,
                    "field": objection.violation.error.field,
                    "message": objection.violation.message,
                }
                for objection in what_if.objections
            ],
        }
    )


def _pretty(report: Json) -> str:
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def _lease(explanation: Explanation) -> Json:
    situation, diagnosis = explanation.situation, explanation.diagnosis
    lease = situation.stored.lease if situation.stored else None
    return {
        "namespace": situation.key.namespace,
        "name": situation.key.name,
        "state": diagnosis.state.value,
        "healthy": diagnosis.state.is_healthy,
        "headline": diagnosis.headline,
        "why": diagnosis.why,
        "next": diagnosis.next,
        "coordinated": situation.is_coordinated,
        "holder": situation.holder,
        "held": situation.is_held,
        "renewTime": _text(lease.renew_time if lease else None),
        "expires": _text(lease.expiry if lease else None),
        "preferredHolder": (lease.preferred_holder or "") if lease else "",
        "strategy": situation.strategy,
        "best": [candidate.name for candidate in situation.best],
        "outcomes": [
            {
                "end": step.end.name,
                "pinged": list(step.pinged),
                "electee": step.electee,
                "requeued": step.is_requeued,
            }
            for step in situation.steps
        ]
        if situation.is_coordinated
        else [],
        "candidates": [*map(_candidate, explanation.rows)],
        "remedies": [
            {"text": remedy.text, "command": remedy.command} for remedy in diagnosis.remedies
        ],
        "hints": explanation.hints,
    }


def _candidate(row: Row) -> Json:
    candidate, offset = row.candidate, row.clock_offset
    return {
        "name": candidate.name,
        "binaryVersion": candidate.binary_version,
        "emulationVersion": candidate.emulation_version,
        "strategy": candidate.strategy,
        "renewTime": _text(candidate.renew_time),
        "pingTime": _text(candidate.ping_time),
        "verdict": row.verdict.value,
        "text": row.text,
        "clockOffsetSeconds": None if offset is None else offset.total_seconds(),
    }


def _text(time: MicroTime | None) -> str | None:
    return None if time is None else str(time)
