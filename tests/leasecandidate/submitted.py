"""Candidates on their way to the API server, and what becomes of their metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.leasecandidate import LeaseCandidate

if TYPE_CHECKING:
    from app.leasecandidate.submission import RefusedWrite


def candidate(metadata: dict[str, Any], **fields: object) -> LeaseCandidate:
    return LeaseCandidate.from_wire({"metadata": metadata, **fields})


def metadata_of(result: LeaseCandidate | RefusedWrite) -> dict[str, Any]:
    assert isinstance(result, LeaseCandidate)
    return result.metadata.model_dump()
