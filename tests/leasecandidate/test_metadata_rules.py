"""The built-in rules on metadata, against what kube-apiserver's own code said."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from app.leasecandidate import LeaseCandidate
from app.leasecandidate.rules import Write
from app.leasecandidate.rules.ruleset import Profile, RulesConfiguration, Ruleset
from tests.conftest import DATA

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = json.loads((DATA / "metadata-rules.json").read_text())
BUILT_IN = Ruleset(RulesConfiguration(profile=Profile.BUILTIN))


def expand(value: Any) -> Any:  # noqa: ANN401  data of any shape
    """Write out `{x*254}`."""
    match value:
        case str():
            return re.sub(r"\{(.)\*(\d+)\}", lambda run: run[1] * int(run[2]), value)
        case dict():
            return {expand(key): expand(item) for key, item in value.items()}
        case list():
            return [expand(item) for item in value]
        case _:
            return value


def candidate(metadata: object) -> LeaseCandidate:
    return LeaseCandidate.from_wire({"metadata": metadata, "spec": TABLE["spec"]})


def causes(metadata: object, old: object = None) -> list[list[str]]:
    write = Write(candidate(metadata), None if old is None else candidate(old))
    return [
        [violation.error.reason.value, violation.error.field, violation.message]
        for violation in BUILT_IN.evaluate(write).violations
    ]


def named(cases: Iterable[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", named(case for case in TABLE["cases"] if "old" not in case))
def test_a_create_gets_the_causes_that_kube_apiserver_gives(case: dict[str, Any]) -> None:
    assert causes(expand(case["metadata"])) == expand(case["causes"])


@pytest.mark.parametrize("case", named(case for case in TABLE["cases"] if "old" in case))
def test_an_update_gets_the_causes_that_kube_apiserver_gives(case: dict[str, Any]) -> None:
    assert causes(expand(case["metadata"]), expand(case["old"])) == expand(case["causes"])


def test_the_table_has_both_verdicts_for_both_operations() -> None:
    seen = {("old" in case, bool(case["causes"])) for case in TABLE["cases"]}
    assert seen == {(update, denied) for update in (False, True) for denied in (False, True)}


def test_labels_are_reported_in_the_order_of_their_keys() -> None:
    """Go walks maps in random order; ours is the same each time."""
    metadata = {"name": "a", "namespace": "b", "labels": {"-c": "", "-a": "", "-b": ""}}
    shown = [message.split('"')[1] for _, _, message in causes(metadata)]
    assert shown == ["-a", "-b", "-c"]


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"ownerReferences": [{"controller": True}] * 700}, id="700 controllers"),
        pytest.param({"finalizers": ["!"] * 200_000}, id="200,000 bad finalizers"),
        pytest.param({"labels": {f"!{n}": "!" for n in range(60_000)}}, id="60,000 bad labels"),
    ],
)
def test_an_absurd_object_is_denied_without_an_absurd_answer(metadata: dict[str, Any]) -> None:
    """kube-apiserver would write hundreds of megabytes of causes."""
    found = causes({"name": "a", "namespace": "b"} | metadata)
    more = f"Too many: there are more errors than the first {len(found) - 1}"
    assert (found[-1][0], found[-1][2]) == ("FieldValueTooMany", more)
    assert len(found) <= 101
    assert sum(len(message) for _, _, message in found) < 100 * 1024
