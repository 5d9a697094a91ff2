"""The mutating policy changes an object exactly where the mutating hook would.

Its patch makes objects of a type that only kube-apiserver has: the cluster suite applies it.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from app.cel_policies.mutating import mutating_policy
from app.leasecandidate import LeaseCandidateSpec
from app.leasecandidate.normalize import normalize
from tests.cel_policies import cel, writes


def is_changed(spec: dict[str, Any]) -> bool:
    policy: Any = mutating_policy("leasegate-strip-v")["spec"]
    (condition,) = policy["matchConditions"]
    return cel.holds(condition["expression"], {"object": {"spec": spec}})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({"binaryVersion": "v1.33.0"}, True, id="binaryVersion"),
        pytest.param(
            {"binaryVersion": "1.33.0", "emulationVersion": "v1.33.0"}, True, id="emulationVersion"
        ),
        pytest.param({"binaryVersion": "vv1.33.0"}, False, id="two letters"),
        pytest.param({"binaryVersion": "V1.33.0"}, False, id="an upper case letter"),
        pytest.param({"binaryVersion": "v1.33"}, False, id="no version after it"),
        pytest.param({"binaryVersion": "v"}, False, id="nothing after it"),
        pytest.param({"binaryVersion": ""}, False, id="no version at all"),
        pytest.param({}, False, id="an empty spec"),
    ],
)
def test_a_leading_v_is_what_is_changed(spec: dict[str, Any], *, expected: bool) -> None:
    assert is_changed(spec) is expected


def test_the_condition_is_that_of_the_hook() -> None:
    random = Random(11)  # noqa: S311  a seed, not a secret
    changed = 0
    for _ in range(1000):
        spec = writes.near_miss(random)
        rewrites, _hints = normalize(LeaseCandidateSpec.model_validate(spec))
        assert is_changed(spec) is bool(rewrites), spec
        changed += bool(rewrites)
    assert 200 < changed < 800


def test_an_object_without_spec_is_left_alone() -> None:
    policy: Any = mutating_policy("leasegate-strip-v")["spec"]
    (condition,) = policy["matchConditions"]
    assert not cel.holds(condition["expression"], {"object": {"metadata": {}}})


def test_a_failure_leaves_the_object_to_built_in_validation() -> None:
    policy: Any = mutating_policy("leasegate-strip-v")["spec"]
    assert (policy["failurePolicy"], policy["reinvocationPolicy"]) == ("Ignore", "Never")
