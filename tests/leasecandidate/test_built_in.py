"""What built-in rules say of a heartbeat is remembered, and nobody can tell but by the time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from app.leasecandidate import LeaseCandidate
from app.leasecandidate.field import FieldError, required
from app.leasecandidate.objectmeta import ObjectMeta, OwnerReference
from app.leasecandidate.rules import BUILT_IN_RULES, RULES, Write
from app.leasecandidate.rules.built_in import LENGTH, UPDATES, BuiltInRules
from app.leasecandidate.spec import LeaseCandidateSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.leasecandidate.rules import Rule

GOOD: Final = LeaseCandidate.from_wire(
    {
        "metadata": {
            "name": "scheduler-1",
            "namespace": "kube-system",
            "uid": "757a1367",
            "resourceVersion": "17",
            "generation": 1,
            "creationTimestamp": "2026-01-02T03:04:05Z",
        },
        "spec": {
            "leaseName": "scheduler",
            "binaryVersion": "1.36.0",
            "emulationVersion": "1.35.0",
            "strategy": "OldestEmulationVersion",
            "renewTime": "2026-01-02T03:04:05.000000Z",
        },
    }
)
CHANGES: Final[dict[str, object]] = {
    "metadata.name": "a/b",
    "metadata.generate_name": "a/b",
    "metadata.namespace": "!",
    "metadata.uid": "another",
    "metadata.resource_version": "",
    "metadata.generation": -1,
    "metadata.creation_timestamp": "2025-01-02T03:04:05Z",
    "metadata.deletion_timestamp": "2026-01-02T03:04:05Z",
    "metadata.deletion_grace_period_seconds": 5,
    "metadata.labels": {"!": ""},
    "metadata.annotations": {"!": ""},
    "metadata.owner_references": [OwnerReference()],
    "metadata.finalizers": ["!"],
    "spec.lease_name": "",
    "spec.binary_version": "v1.36.0",
    "spec.emulation_version": "9.0.0",
    "spec.strategy": "x",
}
NOT_LOOKED_AT: Final = {
    *("metadata.managed_fields", "metadata.self_link"),
    *("spec.ping_time", "spec.renew_time"),
}


def changed(path: str, value: object) -> LeaseCandidate:
    part, name = path.split(".")
    with_it = getattr(GOOD, part).model_copy(update={name: value})
    return GOOD.model_copy(update={part: with_it})


def heartbeat(number: int = 0, **metadata: object) -> Write:
    """An update of what changes with each heartbeat, and of `metadata`."""
    meta = GOOD.metadata.model_copy(update={"resource_version": str(number), **metadata})
    spec = LeaseCandidateSpec.from_wire(
        {**GOOD.spec.model_dump(), "renewTime": f"2026-01-02T03:04:05.{number:06d}Z"}
    )
    new = GOOD.model_copy(update={"metadata": meta, "spec": spec})
    return Write(new, new.model_copy(update={"spec": GOOD.spec}))


def test_the_table_names_every_attribute() -> None:
    attributes = {f"metadata.{name}" for name in ObjectMeta.model_fields} | {
        f"spec.{name}" for name in LeaseCandidateSpec.model_fields
    }
    assert set(CHANGES) | NOT_LOOKED_AT == attributes


@pytest.mark.parametrize(("path", "value"), CHANGES.items())
def test_what_a_faultless_update_had_not_is_found_in_the_next(path: str, value: object) -> None:
    rules, fresh = BuiltInRules(RULES), BuiltInRules(RULES)
    bad, good = changed(path, value), GOOD
    assert list(rules.violations(Write(good, good))) == []
    assert rules.violations(Write(bad, good)) == fresh.violations(Write(bad, good)) != []
    assert list(rules.violations(Write(good, bad))) == list(fresh.violations(Write(good, bad)))


@pytest.fixture
def asked() -> list[Write]:
    return []


@pytest.fixture
def counting(asked: list[Write]) -> Callable[..., Rule]:
    """Make a built-in rule that remembers what it was asked about."""

    def rule(*found: FieldError) -> Rule:
        def check(write: Write) -> tuple[FieldError, ...]:
            asked.append(write)
            return found

        return replace(BUILT_IN_RULES[0], check=check)

    return rule


def test_heartbeats_are_judged_once(counting: Callable[..., Rule], asked: list[Write]) -> None:
    rules = BuiltInRules([counting()])
    for number in range(5):
        assert list(rules.violations(heartbeat(number + 1))) == []
    assert asked == [heartbeat(1)]


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(Write(GOOD), id="a create"),
        pytest.param(heartbeat(1, labels={"a": "b"}), id="one with labels"),
        pytest.param(heartbeat(1, uid="u" * LENGTH), id="one with a text that fills the memory"),
    ],
)
def test_some_writes_are_judged_each_time(
    counting: Callable[..., Rule], asked: list[Write], write: Write
) -> None:
    rules = BuiltInRules([counting()])
    for _ in range(2):
        assert list(rules.violations(write)) == []
    assert asked == [write, write]


def test_what_is_wrong_is_said_each_time(counting: Callable[..., Rule], asked: list[Write]) -> None:
    rules = BuiltInRules([counting(required("spec.leaseName"))])
    said = [[str(found.error) for found in rules.violations(heartbeat(1))] for _ in range(2)]
    assert said == [["spec.leaseName: Required value"]] * 2
    assert len(asked) == 2


def test_no_more_than_so_many_are_remembered(
    counting: Callable[..., Rule], asked: list[Write]
) -> None:
    rules = BuiltInRules([counting()])
    for number in range(UPDATES + 1):
        rules.violations(heartbeat(1, uid=str(number)))
    asked.clear()
    rules.violations(heartbeat(1, uid=str(UPDATES)))
    assert asked == []
    rules.violations(heartbeat(1, uid="0"))
    assert len(asked) == 1
