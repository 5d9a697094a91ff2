"""Judging one object as the server would: mutating side, kube-apiserver, validating side."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from app.admission import Operation
from app.admission.bad_review import problems
from app.check.conflicts import CandidateSummary, summary_of
from app.check.remark import (
    LEADING_V,
    NEAR_MISS,
    NOT_CHECKED,
    NOT_DECODED,
    NOT_SERVED,
    NOT_SUBMITTED,
    UNKNOWN_FIELD,
    Remark,
    about,
    of_violation,
)
from app.leasecandidate import LeaseCandidate
from app.leasecandidate.microtime import ZERO
from app.leasecandidate.normalize import normalize, rewritten
from app.leasecandidate.quote import quote, quote_shortened
from app.leasecandidate.rules import RULES, Action, Requester, Ruleset, Write
from app.leasecandidate.rules.siblings import is_live
from app.leasecandidate.spec import GROUP, KIND, VERSIONS
from app.leasecandidate.submission import Destination, RefusedWrite, submit
from app.webhooks import parse_candidates
from app.webhooks.hook import misregistration, writes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from app.admission import Review
    from app.check.kinds import Json
    from app.check.location import Path
    from app.leasecandidate import MicroTime
    from app.leasecandidate.rules import RulesConfiguration, Violation

# Values that are reported as not decodable: a list may hold a million.
_MOST_NOT_DECODED: Final = 10
_API_VERSION: Final = f"{GROUP}/{VERSIONS[0]}"
# This rule judges who writes pingTime; of a stored object that was the server.
_NOT_FOR_STORED: Final = "ping-time-not-from-server"
# Fields of another version of the API, with what to write instead.
_REMEDIES: Final = {"preferredStrategies": "v1alpha2 and later take one: give it as strategy"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The remarks on one object, and its summary for the rules that compare siblings.

    `exempted` is the number of violations that an exemption covers; `without_clock` says that rules
    were skipped because there is no time to compare with.
    """

    namespace: str
    name: str
    remarks: tuple[Remark, ...] = ()
    sibling: CandidateSummary | None = None
    exempted: int = 0
    without_clock: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    """One write as it arrives at the server: what is sent where, by whom, and what it replaces.

    `undecoded` are the fields that had to be left out; `is_stored` says that the candidate was read
    from a server.
    """

    candidate: LeaseCandidate
    destination: Destination
    old: LeaseCandidate | None = None
    requester: Requester = field(default_factory=Requester)
    undecoded: frozenset[str] = frozenset()
    is_stored: bool = False


class Judge:
    """Judges objects by the rules of a configuration; `namespace` is that of `kubectl`.

    `now` is None where rules that compare with the clock shall not judge.
    """

    def __init__(
        self, configuration: RulesConfiguration, now: MicroTime | None, namespace: str
    ) -> None:
        self.configuration = configuration
        self.now = now
        self._namespace = namespace
        # Siblings are known when all objects have been read; see `conflicts`.
        rules = [rule for rule in RULES if not rule.needs_siblings]
        self._ruleset = Ruleset(configuration, rules)
        self._ruleset_of_stored = Ruleset(
            configuration, [rule for rule in rules if rule.id != _NOT_FOR_STORED]
        )

    def manifest(self, value: Json) -> Judgement:
        """Judge the CREATE of a LeaseCandidate, or one that was read from a server."""
        misnamed = tuple(_misnamed(value))
        if any(each.rule == NOT_CHECKED.id for each in misnamed):
            return Judgement("", _name_in(value), misnamed)
        if misnamed:
            value = value | {"apiVersion": _API_VERSION, "kind": KIND}
        candidate, undecoded, bad = _decoded(value)
        version = candidate.api_version.rpartition("/")[2]
        namespace = candidate.metadata.namespace or self._namespace
        before = (*misnamed, *bad, *_unknown_fields(candidate))
        request = _Request(
            candidate,
            Destination(version, namespace),
            undecoded=undecoded,
            is_stored=bool(candidate.metadata.uid and candidate.metadata.resource_version),
        )
        return self._judge(request, before)

    def review(self, value: Json) -> Judgement:
        """Judge the request of an AdmissionReview; BadReviewError where it is none."""
        review = parse_candidates(to_json(value)).request
        if warning := misregistration(review.resource, review.sub_resource):
            return Judgement(review.namespace, review.name, (about(NOT_CHECKED, "", warning),))
        candidate = review.object
        if candidate is None or not writes(review.operation):
            return Judgement(review.namespace, review.name)
        return self._judge(_request_of(review, candidate))

    def _judge(self, request: _Request, before: tuple[Remark, ...] = ()) -> Judgement:
        """Judge a request; `before` are the remarks that precede those of the rules."""
        candidate, of_mutation = _mutated(request.candidate)
        remarks = (*before, *of_mutation)
        metadata = candidate.metadata
        name = metadata.name or (f"{metadata.generate_name}*" if metadata.generate_name else "")
        if request.old is None:
            submitted = submit(candidate, request.destination)
            if isinstance(submitted, RefusedWrite):
                refused = about(NOT_SUBMITTED, "", submitted.message)
                return Judgement(request.destination.namespace, name, (*remarks, refused))
            candidate = submitted
        write = Write(
            _as_stored(candidate),
            request.old,
            requester=request.requester,
            now=self.now,
            settings=self._ruleset.settings,
        )
        ruleset = self._ruleset_of_stored if request.is_stored else self._ruleset
        evaluation = ruleset.evaluate(write)
        found = [
            of_violation(each)
            for each in evaluation.violations
            if not _is_about(each, request.undecoded)
        ]
        # The server reports some defects twice; here each is reported once.
        remarks = (*remarks, *dict.fromkeys(found))
        denied = any(each.action is Action.DENY for each in remarks)
        counts = is_live(candidate.spec.renew_time, self.now) if request.is_stored else not denied
        return Judgement(
            candidate.metadata.namespace,
            name,
            remarks,
            None if request.undecoded else summary_of(write, metadata.name, counts=counts),
            len(evaluation.exempted),
            without_clock=bool(evaluation.skipped),
        )


def _misnamed(value: Json) -> Iterator[Remark]:
    """Yield what is wrong with apiVersion and kind of an object that claims to be a candidate."""
    api_version, kind = value.get("apiVersion"), str(value["kind"])
    group, _, version = str(api_version).rpartition("/")
    if group and "coordination" not in group:
        message = f"leasegate did not check this: it knows {KIND} of {GROUP}"
        yield about(NOT_CHECKED, "apiVersion", message)
        return
    if not isinstance(api_version, str) or not api_version:
        yield about(NOT_SERVED, "apiVersion", f"is missing; write {_API_VERSION}")
    elif (group, version) == (GROUP, "v1alpha1"):
        message = f"only Kubernetes 1.31 served v1alpha1; write {_API_VERSION}"
        yield about(NOT_SERVED, "apiVersion", message)
    elif group != GROUP or version not in VERSIONS:
        message = f"no server has {KIND} in {quote_shortened(api_version)}; write {_API_VERSION}"
        yield about(NOT_SERVED, "apiVersion", message)
    if kind != KIND:
        yield about(NOT_SERVED, "kind", f"no server has {quote(kind)}; write {KIND}")


def _decoded(value: Json) -> tuple[LeaseCandidate, frozenset[str], tuple[Remark, ...]]:
    """Return the candidate without the fields that cannot be decoded, their names, and why."""
    try:
        return LeaseCandidate.from_wire(value), frozenset(), ()
    except ValidationError as error:
        found = [(tuple(details["loc"]), details, words) for details, words in problems(error)]
    rest: Json = dict(value)
    for path, _, _ in found:
        part = rest.get(str(path[0]))
        if len(path) > 1 and isinstance(part, dict):
            rest[str(path[0])] = {key: each for key, each in part.items() if key != path[1]}
        else:
            rest.pop(str(path[0]), None)
    undecoded = frozenset(".".join(map(str, path[:2])) for path, _, _ in found)
    remarks = tuple(_not_decoded(*each) for each in found[:_MOST_NOT_DECODED])
    return LeaseCandidate.from_wire(rest), undecoded, remarks


def _not_decoded(path: Path, details: ErrorDetails, problem: str) -> Remark:
    is_plain = isinstance(details["input"], bool | int | float)
    remedy = "; put it in quotes" if details["type"] == "string_type" and is_plain else ""
    return about(NOT_DECODED, ".".join(map(str, path)), f"{problem}{remedy}", path)


def _is_about(violation: Violation, undecoded: frozenset[str]) -> bool:
    """Whether a violation is about a field that was left out, since it could not be decoded."""
    if not undecoded:
        return False
    looked_at = (".".join(map(to_camel, path.split("."))) for path in violation.rule.looks_at)
    fields = {violation.error.field, *looked_at}
    return any(f"{field}.".startswith(f"{each}.") for field in fields for each in undecoded)


def _mutated(candidate: LeaseCandidate) -> tuple[LeaseCandidate, tuple[Remark, ...]]:
    """Return the candidate after the mutating webhook, and the remarks of that webhook."""
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
    """Return the name of an object that is not decoded, empty where it has none."""
    match value:
        case {"metadata": {"name": str(name)}}:
            return name
        case _:
            return ""


def _request_of(review: Review[LeaseCandidate], candidate: LeaseCandidate) -> _Request:
    old = review.old_object if review.operation is Operation.UPDATE else None
    namespace = review.namespace or candidate.metadata.namespace
    requester = Requester(review.user_info.username, review.user_info.groups)
    return _Request(candidate, Destination(review.resource.version, namespace), old, requester)


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
            meant = f"; {_REMEDIES[name]}" if name in _REMEDIES else meant
            dotted = ".".join(map(str, (*path, name)))
            yield about(UNKNOWN_FIELD, dotted, f"there is no such field{meant}", (*path, name))
