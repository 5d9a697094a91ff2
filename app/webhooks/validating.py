"""The validating hook: every violation of a rule is a cause of one denial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.admission import Allowed, Cause, Denied, Operation, Review, Verdict
from app.leasecandidate.quote import quote
from app.leasecandidate.rules import BUILT_IN_RULES, Violation, Write, evaluate
from app.leasecandidate.spec import GROUP, KIND
from app.webhooks.hook import misregistration, read_candidate, writes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.leasecandidate import LeaseCandidate


def validate(review: Review) -> Verdict:
    """Allow or deny the write; DELETE and CONNECT are always allowed."""
    if warning := misregistration(review.resource, review.sub_resource):
        return Allowed((warning,), misregistration=warning)
    if not writes(review.operation):
        return Allowed()
    write = _read(review)
    violations = evaluate(write, BUILT_IN_RULES)
    return _invalid(write.candidate, violations) if violations else Allowed()


def _read(review: Review) -> Write:
    candidate = read_candidate(review.object, "/request/object")
    if review.operation is Operation.CREATE:
        return Write(candidate)
    return Write(candidate, read_candidate(review.old_object, "/request/oldObject"))


def _invalid(candidate: LeaseCandidate, violations: Sequence[Violation]) -> Denied:
    """Return the denial that reads like kube-apiserver's own (apimachinery `NewInvalid`)."""
    name = candidate.metadata.name
    errors = list(dict.fromkeys(str(violation.error) for violation in violations))
    summary = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
    return Denied(
        code=422,
        reason="Invalid",
        message=f"{KIND}.{GROUP} {quote(name)} is invalid: {summary}",
        group=GROUP,
        kind=KIND,
        name=name,
        uid=candidate.metadata.uid,
        causes=tuple(
            Cause(violation.error.reason, violation.error.field, violation.error.message)
            for violation in violations
        ),
    )
