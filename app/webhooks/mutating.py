"""The mutating hook: strips a leading `v` from versions, and hints at what it does not change.

It never denies a candidate: built-in validation comes next and says no by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from app.admission import Allowed, Patched, ReplaceOperation, Verdict
from app.admission.patch import PatchDoesNotApplyError, apply
from app.leasecandidate import LeaseCandidate
from app.leasecandidate.normalize import Rewrite, normalize, rewritten
from app.webhooks.hook import misregistration, writes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.admission import Review

_NOT_CHANGED: Final = "leasegate could not change this object and left it as it was"


def mutate(review: Review[LeaseCandidate]) -> Verdict:
    """Allow the write as it is, or with a patch; DELETE and CONNECT are left alone."""
    if warning := misregistration(review.resource, review.sub_resource):
        return Allowed(warnings=(warning,), misregistration=warning)
    candidate = review.object
    if candidate is None or not writes(review.operation):
        return Allowed()
    rewrites, hints = normalize(candidate.spec)
    warnings = tuple(map(str, (*rewrites, *hints)))
    if not rewrites:
        return Allowed(warnings=warnings)
    operations = tuple(
        ReplaceOperation(f"/spec/{rewrite.field}", rewrite.new) for rewrite in rewrites
    )
    if defect := _defect(candidate, operations, rewrites):
        return Allowed(warnings=(_NOT_CHANGED, *map(str, hints)), defect=defect)
    return Patched(operations=operations, warnings=warnings)


def _defect(
    candidate: LeaseCandidate,
    operations: Sequence[ReplaceOperation],
    rewrites: Sequence[Rewrite],
) -> str:
    """Return why the patch does not do just what was meant; the empty string where it does.

    It is applied to the candidate as it was read, written back to JSON with its unknown fields.
    """
    try:
        patched = LeaseCandidate.from_wire(apply(candidate.model_dump(), operations))
    except PatchDoesNotApplyError as error:
        return f"the patch does not apply: {error}"
    except ValidationError as error:
        return f"the patched object is no LeaseCandidate: {error.error_count()} errors"
    wanted = candidate.model_copy(update={"spec": rewritten(candidate.spec, rewrites)})
    if patched != wanted:
        return "the patched object is not the one that was meant"
    return "the patched object would be patched again" if normalize(patched.spec)[0] else ""
