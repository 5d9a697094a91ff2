"""The decision on a review that is too large to be read.

Go encodes `<` as six bytes, so a client can make a review six times as large as its own request. If
the answer to a large review were an HTTP error, failurePolicy Ignore would let the write through,
and the client could bypass every rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.admission import Allowed, Denied, Verdict
from app.leasecandidate.spec import GROUP, KIND
from app.webhooks.hook import misregistration, writes

if TYPE_CHECKING:
    from app.admission.recovery import ReviewStart


def decide_oversized(start: ReviewStart, problem: str) -> Verdict:
    """Deny a write; what would be allowed unread stays allowed.

    `problem` goes on after "the review": that it is larger than so many bytes.
    """
    if start.resource is not None and (
        warning := misregistration(start.resource, start.sub_resource)
    ):
        return Allowed(warnings=(warning,), misregistration=warning)
    if start.operation and not writes(start.operation):
        return Allowed()
    return Denied(
        code=413,
        reason="RequestEntityTooLarge",
        message=(
            f"the admission review {problem}, so leasegate cannot check the {KIND}; "
            "make its metadata and spec smaller"
        ),
        group=GROUP,
        kind=KIND,
        name=start.name,
    )
