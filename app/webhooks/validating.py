"""The validating hook: every violation that denies is a cause of one denial."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from app.admission import Allowed, Cause, Denied, Finding, Operation, Verdict
from app.admission.response import MESSAGE_LIMIT
from app.leasecandidate import MicroTime
from app.leasecandidate.field import SHOWN_LIMIT
from app.leasecandidate.quote import quote
from app.leasecandidate.rules import (
    RULES,
    Action,
    Evaluation,
    Requester,
    Ruleset,
    Write,
)
from app.leasecandidate.spec import GROUP, KIND
from app.webhooks.hook import misregistration, writes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.admission import Review
    from app.leasecandidate import LeaseCandidate
    from app.webhooks.server_clock import ServerClock
    from app.webhooks.sibling_source import SiblingSource


_UPDATE: Final = Operation.UPDATE
_NEED_SIBLINGS: Final = frozenset(rule.id for rule in RULES if rule.needs_siblings)


class ValidatingHook:
    """Allows or denies writes of candidates; DELETE and CONNECT are always allowed.

    `rules` returns the rules that are in force, and is called with each review. `confidential`
    keeps details of siblings out of the answers, for a port that any client can reach.
    """

    def __init__(
        self,
        rules: Callable[[], Ruleset],
        clock: ServerClock,
        siblings: SiblingSource,
        *,
        confidential: bool = False,
    ) -> None:
        self._confidential = confidential
        self._rules = rules
        self._clock = clock
        self._siblings = siblings

    def __call__(self, review: Review[LeaseCandidate]) -> Verdict:
        """Decide on one review."""
        if warning := misregistration(review.resource, review.sub_resource):
            return Allowed(warnings=(warning,), misregistration=warning)
        candidate = review.object
        if candidate is None or not writes(review.operation):
            return Allowed()
        old = review.old_object if review.operation is _UPDATE else None
        if old is None:
            self._clock.observe_creation(candidate.metadata.creation_timestamp)
        ruleset, user = self._rules(), review.user_info
        write = Write(
            candidate,
            old,
            requester=Requester(user.username, user.groups),
            now=MicroTime.at(self._clock.now()),
            siblings=self._siblings.siblings(candidate) if ruleset.uses_siblings else None,
            confidential=self._confidential,
            settings=ruleset.settings,
        )
        skew = ruleset.settings.clock_skew
        found = ruleset.evaluate(write, lambda: self._clock.is_trusted(skew))
        missed = write.siblings is None and not _NEED_SIBLINGS.isdisjoint(found.skipped)
        return verdict_of(candidate, found, self._siblings.miss() if missed else "")


def verdict_of(candidate: LeaseCandidate, evaluation: Evaluation, warning: str = "") -> Verdict:
    """Turn what the rules found into a verdict; `warning` is for the client besides."""
    violations = evaluation.violations
    if not (violations or evaluation.exempted or warning):
        return _allowed(evaluation.skipped)
    denying = [
        Cause(violation.error.reason.value, violation.error.field, violation.message)
        for violation in violations
        if violation.action is Action.DENY
    ]
    warnings = tuple(
        f"{violation.error.field}: {violation.message}"
        for violation in violations
        if violation.action is Action.WARN
    ) + ((warning,) if warning else ())
    found = dict.fromkeys((violation.rule.id, violation.action.value) for violation in violations)
    findings = tuple(Finding(rule, action) for rule, action in found)
    annotations = audit_annotations(evaluation, denied=bool(denying))
    if not denying:
        return Allowed(warnings=warnings, findings=findings, audit_annotations=annotations)
    return Denied(
        code=422,
        reason="Invalid",
        message=_message(candidate.metadata.name, denying),
        group=GROUP,
        kind=KIND,
        name=candidate.metadata.name,
        uid=candidate.metadata.uid,
        causes=tuple(denying),
        warnings=warnings,
        findings=findings,
        audit_annotations=annotations,
    )


@lru_cache(maxsize=16)
def _allowed(skipped: tuple[str, ...]) -> Allowed:
    """Return the verdict where nothing was found; of one set of rules it is always the same."""
    evaluation = Evaluation(skipped=skipped)
    return Allowed(audit_annotations=audit_annotations(evaluation, denied=False))


def _message(name: str, causes: Iterable[Cause]) -> str:
    """Return the message that reads like kube-apiserver's own (apimachinery `NewInvalid`).

    Of many causes there are as many as an answer has room for.
    """
    distinct: dict[str, None] = {}
    size = 0
    for cause in causes:
        distinct[text := f"{cause.field}: {cause.message}"] = None
        if size > MESSAGE_LIMIT:
            break
        size += len(text)
    texts = list(distinct)
    summary = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    return f"{KIND}.{GROUP} {quote(name[:SHOWN_LIMIT])} is invalid: {summary}"


def audit_annotations(evaluation: Evaluation, *, denied: bool) -> tuple[tuple[str, str], ...]:
    """Return what the server's audit log shall keep: the same for the same write.

    kube-apiserver puts the webhook's name and a slash before each key, and a key must then be a
    qualified name (apiserver `pkg/admission/attributes.go`).
    """
    found = dict.fromkeys(
        f"{violation.rule.id}={violation.action}" for violation in evaluation.violations
    )
    exempted = dict.fromkeys(f"{rule} ({reason})" for rule, reason in evaluation.exempted)
    annotations = {
        "violations": ",".join(found),
        "exempted": "; ".join(exempted),
        "skipped": ",".join(evaluation.skipped),
    }
    said = tuple((key, value) for key, value in annotations.items() if value)
    return (("decision", "denied" if denied else "allowed"), *said) if said else ()
