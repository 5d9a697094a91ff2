"""The conditions of the webhook registrations skip heartbeats, and nothing that a rule is for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from app.leasecandidate import MicroTime
from app.leasecandidate.rules import ADDED_RULES, Action, RulesConfiguration, Ruleset
from charts.generator import match_conditions
from tests.cel_policies import cel, writes

if TYPE_CHECKING:
    from charts.generator.match_conditions import MatchCondition
    from tests.cel_policies.writes import Case

NOW = MicroTime.parse("2026-01-02T03:04:05.678901Z")
ALICE = writes.USERS[0]
SERVER = writes.USERS[2]


def is_called(conditions: tuple[MatchCondition, ...], case: Case) -> bool:
    values = cel.values_of(case)
    # No `all` with a generator: each of them must be free of errors.
    return all([cel.holds(condition.expression, values) for condition in conditions])  # noqa: C419


def heartbeat(**new: Any) -> Case:  # noqa: ANN401
    """Renew a candidate one minute later, with other changes."""
    spec = {
        "leaseName": "example",
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.35.0",
        "strategy": "OldestEmulationVersion",
        "pingTime": str(NOW),
        "renewTime": str(NOW),
    }
    changed = spec | {"renewTime": str(NOW + timedelta(minutes=1))} | new
    metadata = {"name": "c", "namespace": "default", "resourceVersion": "1"}
    return writes.Case(
        "default",
        ALICE,
        {"metadata": metadata, "spec": {k: v for k, v in changed.items() if v != ""}},
        {"metadata": metadata, "spec": spec},
    )


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(heartbeat(), id="a heartbeat"),
        pytest.param(heartbeat(renewTime=str(NOW)), id="nothing changes"),
        pytest.param(heartbeat(renewTime=str(NOW + timedelta(minutes=30))), id="30 minutes later"),
    ],
)
def test_a_pure_heartbeat_calls_no_webhook(case: Case) -> None:
    assert not is_called(match_conditions.VALIDATING, case)
    assert not is_called(match_conditions.MUTATING, case)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(replace(heartbeat(), old=None), id="CREATE"),
        pytest.param(heartbeat(leaseName="other"), id="another leaseName"),
        pytest.param(heartbeat(binaryVersion="1.36.1"), id="another binaryVersion"),
        pytest.param(heartbeat(binaryVersion="v1.36.0"), id="a leading v"),
        pytest.param(heartbeat(binaryVersion="v1.36"), id="a near miss"),
        pytest.param(heartbeat(emulationVersion=""), id="emulationVersion removed"),
        pytest.param(heartbeat(strategy="example.com/a"), id="another strategy"),
        pytest.param(heartbeat(strategy=""), id="strategy removed"),
        pytest.param(heartbeat(pingTime=str(NOW + timedelta(seconds=1))), id="another pingTime"),
        pytest.param(heartbeat(pingTime=""), id="pingTime removed"),
        pytest.param(heartbeat(pingTime=None), id="pingTime null"),
        pytest.param(heartbeat(renewTime=""), id="renewTime removed"),
        pytest.param(heartbeat(renewTime=None), id="renewTime null"),
        pytest.param(
            heartbeat(renewTime=str(NOW - timedelta(microseconds=1))), id="renewTime backwards"
        ),
        pytest.param(
            heartbeat(renewTime=str(NOW + timedelta(minutes=30, microseconds=1))),
            id="more than 30 minutes forward",
        ),
        pytest.param(heartbeat(renewTime="0000-01-01T00:00:00.000000Z"), id="year 0000"),
        pytest.param(heartbeat(renewTime="9999-12-31T23:59:59.999999Z"), id="year 9999"),
        pytest.param(heartbeat(renewTime="10000-01-01T00:59:59.999999Z"), id="year 10000"),
    ],
)
def test_any_other_write_calls_both_webhooks(case: Case) -> None:
    assert is_called(match_conditions.VALIDATING, case)
    assert is_called(match_conditions.MUTATING, case)


@pytest.mark.parametrize(
    "stored", [None, "0000-01-01T00:00:00.000000Z", "10000-01-01T00:59:59.999999Z", ...]
)
def test_a_heartbeat_after_a_time_that_cannot_be_compared_calls_both_webhooks(
    stored: object,
) -> None:
    case = heartbeat()
    assert case.old is not None
    case.old["spec"].pop("renewTime")
    if stored is not ...:
        case.old["spec"]["renewTime"] = stored
    assert is_called(match_conditions.VALIDATING, case)
    assert is_called(match_conditions.MUTATING, case)


def test_a_ping_of_the_server_calls_the_mutating_webhook_only() -> None:
    case = replace(heartbeat(pingTime=str(NOW + timedelta(seconds=1))), user=SERVER)
    assert not is_called(match_conditions.VALIDATING, case)
    assert is_called(match_conditions.MUTATING, case)
    assert is_called(match_conditions.VALIDATING, replace(case, old=None))


def generated(count: int) -> list[Case]:
    random = Random(7)  # noqa: S311  a seed, not a secret
    return [writes.update(random, writes.create(random)) for _ in range(count)]


def test_what_is_skipped_violates_nothing_but_by_a_step_of_the_clock() -> None:
    ruleset = Ruleset(RulesConfiguration(actions={rule.id: Action.WARN for rule in ADDED_RULES}))
    skipped = 0
    for case in generated(1500):
        if not is_called((match_conditions.HEARTBEAT,), case):
            skipped += 1
            write = case.write(ruleset.settings)._replace(now=NOW, siblings=())
            found = {violation.rule.id for violation in ruleset.evaluate(write).violations}
            assert found <= {"renew-time-in-future"}, case
    assert skipped > 100


def test_what_the_server_updates_is_denied_by_no_rule() -> None:
    ruleset = Ruleset(RulesConfiguration(actions={rule.id: Action.DENY for rule in ADDED_RULES}))
    for case in generated(500):
        write = replace(case, user=SERVER).write(ruleset.settings)
        evaluation = ruleset.evaluate(write._replace(now=NOW, siblings=()))
        assert Action.DENY not in {violation.action for violation in evaluation.violations}


def test_a_condition_can_be_registered() -> None:
    for condition in (*match_conditions.VALIDATING, *match_conditions.MUTATING):
        assert condition.to_manifest() == {
            "name": condition.name,
            "expression": condition.expression,
        }
        assert "emver" not in condition.expression
