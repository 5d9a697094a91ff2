"""kube-apiserver and our rules say the same of the same candidates."""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from app.leasecandidate import microtime, name_format, rfc3339, submission, timestamp, version
from app.leasecandidate.field import invalid
from app.leasecandidate.name_format import dns_label
from app.leasecandidate.rules import (
    BUILT_IN_RULES,
    metadata,
    specification,
)
from devtools.parity.controlplane import run_without_elections
from devtools.parity.difference import Difference, differ
from devtools.parity.metadata import NAMESPACE
from devtools.parity.ours import Ours
from devtools.parity.run import Plan, question, run
from devtools.parity.server import Server
from devtools.parity.stored import stored_objects
from devtools.parity.wordings import OLDER, minor
from tests.leasecandidate.differences import CASES, Case
from tests.leasecandidate.mutants import mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from app.leasecandidate.rules import Rule
    from devtools.controlplane import Binaries, ControlPlane
    from devtools.parity.question import Answer, JsonObject, Question

FIRST = 1_000
# Changes of the rules on metadata that the first questions do not show: for the server answers
# earlier (resourceVersion, namespace, name) or overwrites (generation), or since a rule is only
# asked about updates. A deletion in year 1 is among the differences that were found.
UNNOTICED = Counter(
    {
        "metadata_update: the condition never holds": 3,
        "_names: the condition never holds": 2,
        "_names: the condition always holds": 2,
        "_changed: the condition never holds": 2,
        # It is asked about updates alone; and shortcuts: there is nothing to find where there is
        # nothing.
        "metadata: the condition always holds": 4,
        "metadata_update: the condition always holds": 1,
    }
)
# Up to 1.36 the server has the same words for an owner without apiVersion as for a malformed one.
UNNOTICED_BEFORE_1_37 = Counter({"_owner_reference: the condition never holds": 1})


@pytest.fixture(scope="module")
def control_plane(
    binaries: Binaries, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """Run a control plane in which nobody but these tests touches candidates."""
    with run_without_elections(binaries, tmp_path_factory.mktemp("parity")) as running:
        yield running


@pytest.fixture
def server(control_plane: ControlPlane) -> Iterator[Server]:
    with closing(Server(control_plane)) as server:
        yield server


@dataclass(frozen=True)
class Answers:
    """What the server says to the first questions of a run."""

    kubernetes: str
    given: Sequence[tuple[Question, Answer]]

    def first_difference(self, rules: Sequence[Rule] = BUILT_IN_RULES) -> int | None:
        """Return the number of the first question that these rules answer otherwise."""
        ours = Ours(rules=rules, kubernetes=self.kubernetes)
        for number, (asked, answer) in enumerate(self.given, 1):
            try:
                if differ(answer, ours.ask(asked, answer.name)):
                    return number
            except (AttributeError, LookupError, NameError, TypeError, ValueError):
                return number  # a changed rule may fail in any way
        return None


@pytest.fixture(scope="module")
def first_answers(control_plane: ControlPlane) -> Answers:
    plan = Plan(seed=1, creates=FIRST * 4 // 5, updates=FIRST // 5)
    with closing(Server(control_plane)) as server, stored_objects(server, plan.seed) as pool:
        questions = [question(plan, number, pool) for number in range(plan.total)]
        given = [(asked, server.ask(asked)) for asked in questions]
    return Answers(control_plane.version, given)


@pytest.mark.timeout(600)
def test_no_difference_in_20000_creates_and_5000_updates(
    control_plane: ControlPlane, record_property: Callable[[str, object], None]
) -> None:
    seed = int(os.environ.get("SEED") or secrets.randbelow(2**32))
    # Before the run, so that one that ends in an error has told its seed.
    record_property("parity", f"SEED={seed}")
    outcome = run(control_plane, Plan(seed, creates=20_000, updates=5_000))
    record_property(
        "parity",
        f"{outcome.asked} writes in {outcome.seconds:.0f} s, {outcome.causes.total()} causes,"
        f" {len(outcome.differences)} differences",
    )
    assert not outcome.differences, str(min(outcome.differences, key=lambda found: found.size))
    assert outcome.asked == 25_000
    for kind in ("create", "update"):
        for code in (200, 400, 422):
            assert outcome.verdicts[kind, code] > 100


def test_a_run_with_a_changed_rule_ends_early_and_shows_where(
    control_plane: ControlPlane,
) -> None:
    others = [rule for rule in BUILT_IN_RULES if rule.id != "emulation-version-required"]
    ours = Ours(rules=others, kubernetes=control_plane.version)
    outcome = run(control_plane, Plan(2, creates=8_000, updates=2_000, differences=1), ours=ours)
    assert outcome.asked <= FIRST
    assert "must be specified when `strategy` is" in str(outcome.differences[0])


def test_the_rules_as_they_are_agree_in_the_first_thousand(
    first_answers: Answers,
) -> None:
    assert first_answers.first_difference() is None


@pytest.mark.parametrize("rule", BUILT_IN_RULES, ids=lambda rule: rule.id)
def test_a_rule_that_is_left_out_shows_within_the_first_thousand(
    first_answers: Answers, rule: Rule
) -> None:
    others = [other for other in BUILT_IN_RULES if other is not rule]
    assert first_answers.first_difference(others) is not None


@pytest.mark.parametrize("module", [metadata, specification], ids=["metadata", "specification"])
def test_every_change_of_a_comparison_shows_within_the_first_thousand(
    first_answers: Answers, module: ModuleType
) -> None:
    unnoticed: Counter[str] = Counter()
    for what, changed in mutants(module):
        replaced = {rule.id: rule for rule in changed}
        rules = [replaced.get(rule.id, rule) for rule in BUILT_IN_RULES]
        if first_answers.first_difference(rules) is None:
            unnoticed[what] += 1
    is_older = module is metadata and minor(first_answers.kubernetes) <= OLDER
    assert unnoticed - UNNOTICED == (UNNOTICED_BEFORE_1_37 if is_older else Counter())


@pytest.mark.parametrize(
    ("module", "limit", "value"),
    [
        (name_format, "_LABEL_LENGTH", 62),
        (name_format, "_LABEL_LENGTH", 64),
        (name_format, "_SUBDOMAIN_LENGTH", 252),
        (name_format, "_SUBDOMAIN_LENGTH", 254),
        (version, "_MAX", 2**64 - 2),
        (version, "_MAX", 2**64),
        (version, "_MAX_DIGITS", 19),
        (submission, "_GENERATED_BASE", 57),
        (submission, "_GENERATED_BASE", 59),
        (rfc3339, "_MAX_OFFSET_HOURS", 23),
        (rfc3339, "_MAX_OFFSET_MINUTES", 59),
    ],
)
def test_every_change_of_a_limit_shows_within_the_first_thousand(
    first_answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    limit: str,
    value: int,
) -> None:
    caches = (version.parsed, version.order, microtime.parsed, timestamp.parsed)
    for cache in caches:
        cache.clear()
    monkeypatch.setattr(module, limit, value)
    assert first_answers.first_difference() is not None
    for cache in caches:
        cache.clear()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_table_of_differences_says_what_the_server_says(
    control_plane: ControlPlane, server: Server, case: Case
) -> None:
    stored: JsonObject | None = None
    if case.stored is not None:
        stored = server.create(case.stored)
    try:
        asked = case.question(stored)
        answer = server.ask(asked)
        assert case.holds(answer), answer
        ours = Ours(kubernetes=control_plane.version).ask(asked, answer.name)
        assert not differ(answer, ours), Difference(asked, answer, ours)
    finally:
        if stored is not None:
            server.remove(stored)


@pytest.mark.parametrize(
    "name", ["a" * 63, "a" * 64, "A", "a.b", "a." * 40, "-a", "a_", "é", "a" * 64 + "-", "a b"]
)
def test_the_name_of_a_namespace_is_judged_as_the_server_judges_it(
    control_plane: ControlPlane, name: str
) -> None:
    # A candidate cannot show it: the server looks for its namespace before it validates.
    with control_plane.client() as api:
        answer = api.post("/api/v1/namespaces?dryRun=All", json={"metadata": {"name": name}})
    said: list[dict[str, str]] = answer.json().get("details", {}).get("causes", [])
    messages = [cause["message"] for cause in said if cause["field"] == "metadata.name"]
    assert messages == [invalid("metadata.name", name, text).message for text in dns_label(name)]


def test_the_same_seed_asks_the_same_questions() -> None:
    plan = Plan(seed=7, creates=80, updates=20)
    pool: list[JsonObject] = [
        {"metadata": {"name": "a", "namespace": NAMESPACE, "resourceVersion": "1"}, "spec": {}}
    ]
    numbers = random.Random(1).sample(range(plan.total), plan.total)
    asked = {number: question(plan, number, pool) for number in numbers}
    assert [asked[number] for number in range(plan.total)] == [
        question(plan, number, pool) for number in range(plan.total)
    ]
    assert sum(plan.is_update(number) for number in range(plan.total)) == plan.updates
