"""What both hooks check first: whether they judge the request at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.admission import Operation, Review, Verdict
from app.leasecandidate import LeaseCandidate
from app.leasecandidate.spec import GROUP, RESOURCE, VERSIONS

if TYPE_CHECKING:
    from app.admission.review import GroupVersionResource

Hook = Callable[[Review[LeaseCandidate]], Verdict]
"""A hook decides on one review."""

_WRITES: Final = frozenset({Operation.CREATE, Operation.UPDATE})


def writes(operation: str) -> bool:
    """Whether an operation writes a candidate; the others are always allowed."""
    return operation in _WRITES


def is_judged(review: Review[object]) -> bool:
    """Whether a review writes a candidate; any other is allowed without a look at its objects."""
    return writes(review.operation) and not misregistration(review.resource, review.sub_resource)


def misregistration(resource: GroupVersionResource, sub_resource: str) -> str:
    """Return a warning where the webhook configuration sends other resources, else nothing."""
    known = resource.group == GROUP and resource.resource == RESOURCE
    if known and resource.version in VERSIONS and not sub_resource:
        return ""
    asked = f"{resource}/{sub_resource}" if sub_resource else str(resource)
    return (
        f"leasegate did not check this: the webhook configuration sends it {asked}, and it knows "
        f"{RESOURCE}.{GROUP} in {' and '.join(VERSIONS)} only; correct the configuration's rules"
    )
