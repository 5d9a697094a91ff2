"""The candidates of one run are siblings of each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from app.check.conflicts import CandidateSummary, ComparedFields, conflicts
from app.leasecandidate import LeaseCandidate, MicroTime
from app.leasecandidate.rules import (
    RULES,
    Requester,
    RulesConfiguration,
    Ruleset,
    Sibling,
    Write,
)
from tests.check.manifests import NOW, judge, manifest, place, rules, run, stream
from tests.reviews import update

if TYPE_CHECKING:
    from pathlib import Path

OLDEST = "OldestEmulationVersion"
OTHER = "example.com/other"


def messages(folder: Path, *documents: dict[str, Any]) -> dict[str, list[str]]:
    """Return what is said of each candidate, by name."""
    said: dict[str, list[str]] = {}
    for finding in run(folder, stream(*documents)).findings:
        said.setdefault(finding.name, []).append(f"{finding.rule}: {finding.message}")
    return said


def test_manifests_that_disagree_on_the_strategy_are_told_so_in_their_places(
    tmp_path: Path,
) -> None:
    report = run(
        tmp_path,
        stream(manifest("a"), manifest("b"), manifest("elsewhere", leaseName="other")),
        stream(manifest("c", strategy=OTHER)),
    )
    assert [(*place(each), each.name, each.rule) for each in report.findings] == [
        ("0.yaml", 1, 11, 15, "a", "strategy-conflict"),
        ("0.yaml", 2, 26, 15, "b", "strategy-conflict"),
        ("1.yaml", 1, 11, 15, "c", "strategy-conflict"),
    ]
    one, two = "1 other live candidate with", "2 other live candidates with"
    rule = "give all the same one (leasegate rule strategy-conflict)"
    assert {each.message for each in report.findings} == {
        f'Invalid value: "{OLDEST}": {one} this binaryVersion has strategy "{OTHER}"; {rule}',
        f'Invalid value: "{OTHER}": {two} this binaryVersion have strategy "{OLDEST}"; {rule}',
    }


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param(
            [manifest("a"), manifest("b", strategy=OTHER), manifest("c", binaryVersion="1.34.0")],
            {"a": "strategy-conflict-lower", "b": "strategy-conflict-lower"},
            id="below the highest binaryVersion it is the lesser rule",
        ),
        pytest.param(
            [manifest("a"), manifest("b", strategy=OTHER, binaryVersion="1.34.0")],
            {},
            id="another binaryVersion is no conflict",
        ),
        pytest.param(
            [manifest("a"), manifest("a", strategy=OTHER)],
            {},
            id="the same name is the same object",
        ),
        pytest.param(
            [
                manifest() | {"metadata": {"generateName": "a-"}},
                manifest(strategy=OTHER) | {"metadata": {"generateName": "a-"}},
            ],
            {"a-*": "strategy-conflict"},
            id="generated names are different ones",
        ),
        pytest.param(
            [
                manifest("a"),
                manifest(strategy=OTHER) | {"metadata": {"name": "b", "namespace": "other"}},
            ],
            {},
            id="another namespace is no conflict",
        ),
        pytest.param(
            [manifest("a"), manifest("b", strategy="unknown")],
            {"b": "strategy-conflict"},
            id="what is denied is nobody's sibling, but has siblings",
        ),
        pytest.param(
            [manifest("a", renewTime=None), manifest("b", strategy=OTHER)],
            {"a": "strategy-conflict", "b": "strategy-conflict"},
            id="a manifest without renewTime is about to be applied",
        ),
        pytest.param(
            [
                manifest("a"),
                manifest("a", binaryVersion="1.35.0"),
                manifest("b", binaryVersion="1.34.0"),
                manifest("c", strategy=OTHER),
                manifest("a", binaryVersion="1.36.0"),
            ],
            {"a": "strategy-conflict-lower"},
            id="another manifest of the same object is no higher version",
        ),
        pytest.param(
            [manifest("a", binaryVersion="v1.33.0"), manifest("b", strategy=OTHER)],
            {"a": "strategy-conflict", "b": "strategy-conflict"},
            id="a version counts as it would be stored",
        ),
    ],
)
def test_candidates_conflict(
    tmp_path: Path, documents: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    said = messages(tmp_path, *documents)
    assert {
        name: rule
        for name, lines in said.items()
        for rule in {line.partition(":")[0] for line in lines}
        if rule.startswith("strategy-conflict")
    } == expected


def counts(folder: Path, *documents: dict[str, Any]) -> list[str]:
    """Return how many others each conflict counts."""
    report = run(folder, stream(*documents))
    return [each.message.split(": ")[2].split(" ")[0] for each in report.findings]


def test_each_object_without_a_name_yet_is_one_of_its_own(tmp_path: Path) -> None:
    unnamed = {"metadata": {"generateName": "a-"}}
    documents = [manifest() | unnamed, manifest() | unnamed, manifest("b", strategy=OTHER)]
    assert counts(tmp_path, *documents) == ["1", "1", "2"]


def test_another_manifest_of_the_same_object_is_not_counted(tmp_path: Path) -> None:
    other = manifest("b", strategy=OTHER)
    documents = [manifest("a"), manifest("a", strategy=OTHER), other]
    assert counts(tmp_path, *documents) == ["1"]


def test_an_update_that_changes_nothing_of_it_is_left_alone(tmp_path: Path) -> None:
    heartbeat = update({"renewTime": "2026-11-22T08:50:00.000000Z"})
    spec = heartbeat["request"]["object"]["spec"]
    rival = manifest("rival", **spec | {"strategy": OTHER})
    by = judge("2026-11-22T08:50:00.000000Z")
    report = run(tmp_path, json.dumps(heartbeat), stream(rival), by=by)
    assert [(each.name, each.rule) for each in report.findings] == [("rival", "strategy-conflict")]


def test_a_profile_decides_on_conflicts_as_on_all_else(tmp_path: Path) -> None:
    text = stream(manifest("a"), manifest("b", strategy=OTHER))
    assert rules(run(tmp_path, text, by=judge(profile="builtin"))) == []
    strict = run(tmp_path, text, by=judge(profile="strict"))
    assert (strict.denied, strict.exit_code()) == (2, 1)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from(["1.33.0", "1.33.0+x", "1.34.0"]),
            st.sampled_from(["x/a", "x/b", "x/c"]),
            st.booleans(),
        ),
        max_size=7,
    )
)
def test_each_candidate_is_judged_against_all_the_others(
    rows: list[tuple[str, str, str, bool]],
) -> None:
    """Compare with the plain way: a list of siblings for each candidate."""
    now = MicroTime.parse(NOW)
    configuration = RulesConfiguration()
    summaries = [
        CandidateSummary(
            "default",
            str(number),
            lease,
            ComparedFields(version, strategy),
            None,
            Requester(),
            counts,
        )
        for number, (lease, version, strategy, counts) in enumerate(rows)
    ]
    ruleset = Ruleset(configuration, [rule for rule in RULES if rule.needs_siblings])
    expected = []
    for number, (lease, version, strategy, _) in enumerate(rows):
        siblings = tuple(
            Sibling(row[1], row[2], now)
            for other, row in enumerate(rows)
            if other != number and row[0] == lease and row[3]
        )
        spec = {"leaseName": lease, "binaryVersion": version, "strategy": strategy}
        candidate = LeaseCandidate.from_wire({"spec": spec})
        evaluation = ruleset.evaluate(Write(candidate, siblings=siblings, now=now))
        expected += [(number, str(found.error)) for found in evaluation.violations]
    found = [(index, str(each.error)) for index, each in conflicts(summaries, configuration, now)]
    assert sorted(found) == sorted(expected)
