"""The table of differences that were found, read from tests/data/differences.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from app.leasecandidate.spec import GROUP, KIND, VERSIONS
from app.leasecandidate.submission import Destination
from devtools.parity.metadata import NAMESPACE
from devtools.parity.question import Question
from tests.leasecandidate.cases import expand, table

if TYPE_CHECKING:
    from devtools.parity.question import Answer, JsonObject

_VERSION: Final = VERSIONS[0]


@dataclass(frozen=True)
class Case:
    """One difference: what is asked, and what kube-apiserver says."""

    name: str
    body: object
    stored: JsonObject | None
    expected: dict[str, Any]

    def question(self, stored: JsonObject | None) -> Question:
        """Return what to ask where `stored` is what the server really has."""
        if stored is None:
            return Question(
                Destination(_VERSION, NAMESPACE, self.expected.get("put", "")), self.body
            )
        name = cast("str", cast("JsonObject", stored["metadata"])["name"])
        return Question(Destination(_VERSION, NAMESPACE, name), _merged(stored, self.body), stored)

    def holds(self, answer: Answer) -> bool:
        """Whether an answer is the expected one."""
        expected = self.expected
        if answer.code != expected["code"]:
            return False
        causes = [(cause.reason.removeprefix("FieldValue"), cause.field) for cause in answer.causes]
        ends = [cause.message for cause in answer.causes]
        stored = answer.stored or {}
        return (
            causes == [(reason, field) for reason, field, _ in expected.get("causes", ())]
            and all(
                message.endswith(end)
                for message, (_, _, end) in zip(ends, expected.get("causes", ()), strict=True)
            )
            and all(
                expected[part] == _without(stored[part], "uid", "creationTimestamp")
                for part in ("spec", "metadata")
                if part in expected
            )
        )


def _without(value: object, *names: str) -> JsonObject:
    return {key: item for key, item in cast("JsonObject", value).items() if key not in names}


def _merged(one: object, other: object) -> object:
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {key: _merged(one.get(key), value) for key, value in other.items()}
    return other


def _case(entry: dict[str, Any]) -> Case:
    stored = entry.get("stored")
    if stored is not None:
        stored = {"apiVersion": f"{GROUP}/{_VERSION}", "kind": KIND} | expand(stored)
    return Case(entry["name"], expand(entry["body"]), stored, entry)


CASES: Final = [_case(entry) for entry in table("differences.yaml")]
