"""The Python of the documentation works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.leasecandidate import LeaseCandidate
from app.leasecandidate.rules import Action, Rule, Write
from tests.docs.test_commands import BLOCKS

if TYPE_CHECKING:
    from tests.docs.blocks import Block

PYTHON = [block for block in BLOCKS if block.language == "python"]


def names(block: Block) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(compile(block.text, block.place, "exec"), found)  # noqa: S102
    return found


def test_the_rule_of_the_guide_is_a_rule() -> None:
    rules, _ = [block for block in PYTHON if block.file == "CONTRIBUTING.md"]
    (rule,) = names(rules)["RULES"]
    assert isinstance(rule, Rule)
    assert rule.default_action is Action.WARN

    def found(lease_name: str) -> list[str]:
        candidate = LeaseCandidate.model_validate({"spec": {"leaseName": lease_name}})
        return [str(error) for error in rule.check(Write(candidate))]

    assert found("example") == []
    assert found("EXAMPLE") == ['spec.leaseName: Invalid value: "EXAMPLE": write it in lower case']


def test_there_is_no_other_python_that_nothing_runs() -> None:
    assert {block.file for block in PYTHON} <= {"CONTRIBUTING.md"}
