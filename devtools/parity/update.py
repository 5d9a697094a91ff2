"""What kube-apiserver does to a candidate that is updated before it validates it.

Source: apiserver `pkg/endpoints/handlers/update.go`, `pkg/registry/generic/registry/store.go` and
`pkg/registry/rest/update.go`, v1.36.3. A webhook is asked later, so the program needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.leasecandidate.field import invalid_shown
from app.leasecandidate.submission import Destination, RefusedWrite, locate, resource_version

if TYPE_CHECKING:
    from app.leasecandidate import LeaseCandidate, ObjectMeta


def update(
    candidate: LeaseCandidate, destination: Destination, stored: LeaseCandidate
) -> LeaseCandidate | RefusedWrite:
    """Return the candidate as it is validated, or why it is not."""
    meta = locate(candidate, destination)
    if not isinstance(meta, RefusedWrite):
        meta = _update(meta, stored.metadata)
    if isinstance(meta, RefusedWrite):
        return meta
    return candidate.model_copy(update={"metadata": meta})


def _update(meta: ObjectMeta, stored: ObjectMeta) -> ObjectMeta | RefusedWrite:
    """Compare with what is stored, and take over what a client cannot change."""
    if meta.uid not in ("", stored.uid):
        return RefusedWrite(409, "metadata.uid is that of another object")
    given = resource_version(meta.resource_version)
    if given is None:
        return RefusedWrite(500, "metadata.resourceVersion is not a number")
    if given == 0:
        detail = "must be specified for an update"
        cause = invalid_shown("metadata.resourceVersion", "0", detail)
        return RefusedWrite(422, str(cause), cause)
    if given != resource_version(stored.resource_version):
        return RefusedWrite(409, "the object has been modified; read it again")
    taken_over: dict[str, object] = {
        "generation": stored.generation,
        "uid": stored.uid,
        "creation_timestamp": stored.creation_timestamp,
    }
    if stored.deletion_timestamp is not None:
        taken_over["deletion_timestamp"] = stored.deletion_timestamp
    if meta.deletion_grace_period_seconds is None:
        taken_over["deletion_grace_period_seconds"] = stored.deletion_grace_period_seconds
    return meta.model_copy(update=taken_over)
