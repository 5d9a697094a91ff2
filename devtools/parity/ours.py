"""What our code says, in process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, ObjectMeta
from app.leasecandidate.rules import (
    BUILT_IN_RULES,
    Profile,
    RulesConfiguration,
    Ruleset,
    Write,
)
from app.leasecandidate.submission import RefusedWrite, submit
from devtools.parity.question import Answer, Cause
from devtools.parity.update import update
from devtools.parity.wordings import as_said_by, minor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel

    from app.leasecandidate.field import FieldError
    from app.leasecandidate.rules import Rule
    from devtools.parity.question import JsonObject, Question

_SUFFIX_LENGTH: Final = 5
_LEFT_OVER: Final = re.compile("[\udc80-\udcff]")
_NOT_COMPARED: Final = frozenset({"managedFields", "resourceVersion", "selfLink"})


def _names(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(info.alias or name for name, info in model.model_fields.items())


_META: Final = _names(ObjectMeta) - _NOT_COMPARED
_SPEC: Final = _names(LeaseCandidateSpec)


class Ours:
    """Answers with the rules that kube-apiserver enforces itself, or with others.

    The words are those of the release `kubernetes`, None for the newest.
    """

    def __init__(
        self, *, rules: Sequence[Rule] = BUILT_IN_RULES, kubernetes: str | None = None
    ) -> None:
        self._ruleset = Ruleset(RulesConfiguration(profile=Profile.BUILTIN), rules)
        self._minor = minor(kubernetes) if kubernetes else None

    def ask(self, question: Question, server_name: str) -> Answer:
        """Return our answer. Of a name that the server generated, its random end is taken over."""
        answer = self._ask(question, server_name)
        return answer if self._minor is None else as_said_by(self._minor, answer)

    def _ask(self, question: Question, server_name: str) -> Answer:
        try:
            candidate = LeaseCandidate.from_wire(question.body)
            stored = (
                LeaseCandidate.from_wire(question.stored) if question.stored is not None else None
            )
        except ValidationError:
            return Answer(400)
        if stored is None:
            suffix = server_name[-_SUFFIX_LENGTH:]
            submitted = submit(candidate, question.destination, suffix=suffix)
        else:
            submitted = update(candidate, question.destination, stored)
        if isinstance(submitted, RefusedWrite):
            causes = _causes([submitted.cause]) if submitted.cause else ()
            return Answer(submitted.code, question.destination.name if causes else "", causes)
        found = self._ruleset.evaluate(Write(submitted, stored)).violations
        # Where the server writes a name as JSON that was cut within a character, each byte that is
        # left over becomes U+FFFD.
        name = _LEFT_OVER.sub("\ufffd", submitted.metadata.name)
        if found:
            return Answer(422, name, _causes(violation.error for violation in found))
        return Answer(200, name, stored=_stored(submitted))


def _causes(errors: Iterable[FieldError]) -> tuple[Cause, ...]:
    return tuple(Cause(error.reason.value, error.field, error.message) for error in errors)


def _stored(candidate: LeaseCandidate) -> JsonObject:
    meta = _known(candidate.metadata.model_dump(), _META)
    if owners := candidate.metadata.owner_references:
        meta["ownerReferences"] = [owner.to_wire() for owner in owners]
    return {"spec": _known(candidate.spec.model_dump(), _SPEC), "metadata": meta}


def _known(fields: JsonObject, names: frozenset[str]) -> JsonObject:
    return {name: value for name, value in fields.items() if name in names}
