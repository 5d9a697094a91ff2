"""Judging one object as the server would: mutating side, kube-apiserver, validating side."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from pydantic_core import to_json

from app.admission import Operation
from app.admission.bad_review import problems
from app.check.conflicts import Standing, standing_of
from app.check.remark import (
    LEADING_V,
    NEAR_MISS,
    NOT_CHECKED,
    NOT_DECODED,
    NOT_SUBMITTED,
    UNKNOWN_FIELD,
    Remark,
    about,
    of_violation,
)
from app.leasecandidate import LeaseCandidate
from app.leasecandidate.microtime import ZERO
from app.leasecandidate.normalize import normalize, rewritten
from app.leasecandidate.quote import quote
from app.leasecandidate.rules import RULES, Action, Requester, Ruleset, Write
from app.leasecandidate.spec import KIND, VERSIONS
from app.leasecandidate.submission import Destination, Refusal, submit
from app.webhooks import parse_candidates
from app.webhooks.hook import misregistration, writes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from app.admission import Review
    from app.check.objects import Json
    from app.check.place import Path
    from app.leasecandidate import MicroTime
    from app.leasecandidate.rules import RulesConfiguration

# Of the values that cannot be decoded, so many are told: a list may hold a million.
_TOLD: Final = 10


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said of one object, and what its siblings need to know of it.

    `exempted` is the number of violations that an exemption covers.
    """

    namespace: str
    name: str
    remarks: tuple[Remark, ...] = ()
    standing: Standing | None = None
    exempted: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """One write as it arrives at the server: by whom, where to, over what."""

    candidate: LeaseCandidate
    destination: Destination
    old: LeaseCandidate | None = None
    requester: Requester = field(default_factory=Requester)


class Judge:
    """Judges objects by the rules of a configuration; `namespace` is that of `kubectl`."""

    def __init__(self, configuration: RulesConfiguration, now: MicroTime, namespace: str) -> None:
        self.configuration = configuration
        self.now = now
        self._namespace = namespace
        # Siblings are known when all objects have been read; see `conflicts`.
        self._ruleset = Ruleset(configuration, [rule for rule in RULES if not rule.needs_siblings])

    def manifest(self, value: Json) -> Judgement:
        """Judge the CREATE of a LeaseCandidate."""
        version = str(value["apiVersion"]).rpartition("/")[2]
        if version not in VERSIONS:
            message = f"leasegate did not check this: it knows {KIND} in {' and '.join(VERSIONS)}"
            return Judgement("", _name_in(value), (about(NOT_CHECKED, "apiVersion", message),))
        try:
            candidate = LeaseCandidate.from_wire(value)
        except ValidationError as error:
            return Judgement("", _name_in(value), tuple(_not_decoded(error)))
        namespace = candidate.metadata.namespace or self._namespace
        unknown = tuple(_unknown_fields(candidate))
        return self._judge(_Asked(candidate, Destination(version, namespace)), unknown)

    def review(self, value: Json) -> Judgement:
        """Judge the request of an AdmissionReview; BadReviewError where it is none."""
        review = parse_candidates(to_json(value)).request
        if warning := misregistration(review.resource, review.sub_resource):
            return Judgement(review.namespace, review.name, (about(NOT_CHECKED, "", warning),))
        candidate = review.object
        if candidate is None or not writes(review.operation):
            return Judgement(review.namespace, review.name)
        return self._judge(_asked_by(review, candidate))

    def _judge(self, asked: _Asked, before: tuple[Remark, ...] = ()) -> Judgement:
        candidate, said = _mutated(asked.candidate)
        remarks = (*before, *said)
        metadata = candidate.metadata
        name = metadata.name or f"{metadata.generate_name}*"
        if asked.old is None:
            submitted = submit(candidate, asked.destination)
            if isinstance(submitted, Refusal):
                refused = about(NOT_SUBMITTED, "", submitted.message)
                return Judgement(asked.destination.namespace, name, (*remarks, refused))
            candidate = submitted
        write = Write(
            _as_stored(candidate),
            asked.old,
            requester=asked.requester,
            now=self.now,
            settings=self._ruleset.settings,
        )
        evaluation = self._ruleset.evaluate(write)
        # The server finds some defects twice; a person wants to read of each once.
        remarks = (*remarks, *dict.fromkeys(map(of_violation, evaluation.violations)))
        denied = any(each.action is Action.DENY for each in remarks)
        return Judgement(
            candidate.metadata.namespace,
            name,
            remarks,
            standing_of(write, metadata.name, counts=not denied),
            len(evaluation.exempted),
        )


def _mutated(candidate: LeaseCandidate) -> tuple[LeaseCandidate, tuple[Remark, ...]]:
    """Return the candidate after the mutating side, and what that side says."""
    rewrites, hints = normalize(candidate.spec)
    if rewrites:
        spec = rewritten(candidate.spec, rewrites)
        candidate = candidate.model_copy(update={"spec": spec})
    changed = (
        about(
            LEADING_V,
            f"spec.{rewrite.field}",
            f"{quote(rewrite.old)} would be stored as {quote(rewrite.new)}: "
            'versions have no leading "v"',
        )
        for rewrite in rewrites
    )
    hinted = (about(NEAR_MISS, f"spec.{hint.field}", hint.message) for hint in hints)
    return candidate, (*changed, *hinted)


def _name_in(value: Json) -> str:
    """Return the name of what cannot be decoded, empty where that is not to be found either."""
    match value:
        case {"metadata": {"name": str(name)}}:
            return name
        case _:
            return ""


def _asked_by(review: Review[LeaseCandidate], candidate: LeaseCandidate) -> _Asked:
    old = review.old_object if review.operation is Operation.UPDATE else None
    namespace = review.namespace or candidate.metadata.namespace
    requester = Requester(review.user_info.username, review.user_info.groups)
    return _Asked(candidate, Destination(review.resource.version, namespace), old, requester)


def _as_stored(candidate: LeaseCandidate) -> LeaseCandidate:
    """Leave out zero times, which kube-apiserver sends on as null."""
    spec = candidate.spec
    zero = {
        name: None
        for name, time in (("ping_time", spec.ping_time), ("renew_time", spec.renew_time))
        if time == ZERO
    }
    if not zero:
        return candidate
    return candidate.model_copy(update={"spec": spec.model_copy(update=zero)})


def _not_decoded(error: ValidationError) -> Iterator[Remark]:
    for details, problem in islice(problems(error), _TOLD):
        path: Path = tuple(details["loc"])
        remedy = ""
        if details["type"] == "string_type" and isinstance(details["input"], bool | int | float):
            remedy = "; put it in quotes"
        yield about(NOT_DECODED, ".".join(map(str, path)), f"{problem}{remedy}", path)


def _unknown_fields(candidate: LeaseCandidate) -> Iterator[Remark]:
    parts: list[tuple[Path, BaseModel]] = [
        ((), candidate),
        (("metadata",), candidate.metadata),
        *(
            (("metadata", "ownerReferences", index), owner)
            for index, owner in enumerate(candidate.metadata.owner_references)
        ),
        (("spec",), candidate.spec),
    ]
    for path, part in parts:
        for name in part.model_extra or ():
            known = [info.alias or key for key, info in type(part).model_fields.items()]
            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else "; remove it"
            dotted = ".".join(map(str, (*path, name)))
            yield about(UNKNOWN_FIELD, dotted, f"there is no such field{meant}", (*path, name))
