"""The elections of a cluster that is followed: what is judged when, and what is shown."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.explain import verdicts
from app.explain.diagnosis import ElectionState
from app.explain.elections import ElectionListener, Elections
from app.explain.objects import LEASE, Key, StoredCandidate, StoredLease
from app.explain.snapshot import Snapshot
from app.leasecandidate.election import Candidate
from app.leasecandidate.spec import KIND
from tests.explain.scene import NOW, candidate, lease

ALL = 1_000_000


def plain(name: str, renewed: float = 1) -> StoredLease:
    return StoredLease(Key("team", name), lease("pod", renewed, strategy=None))


def stands(name: str, of: str) -> StoredCandidate:
    return StoredCandidate(Key("team", of), candidate(name))


def states(elections: Elections) -> dict[str, str]:
    return {found.lease: found.state.value for found in elections.shown()}


def test_a_lease_comes_changes_and_goes() -> None:
    elections = Elections()
    elections.add(plain("web"))
    assert states(elections) == {}
    elections.judge(NOW, ALL)
    assert states(elections) == {"web": "Held"}
    elections.add(plain("web", 60))
    elections.judge(NOW, ALL)
    assert states(elections) == {"web": "Leaderless"}
    elections.remove(plain("web"))
    elections.judge(NOW, ALL)
    assert states(elections) == {}


def test_a_lease_that_is_gone_stays_as_long_as_somebody_stands_for_it() -> None:
    elections = Elections()
    elections.add(stands("a", "web"))
    elections.judge(NOW, ALL)
    assert states(elections) == {"web": "Leaderless"}
    elections.remove(stands("a", "web"))
    elections.judge(NOW, ALL)
    assert states(elections) == {}


def test_a_lease_that_nobody_stands_for_any_more_takes_no_memory() -> None:
    snapshot = Snapshot()
    snapshot.add(stands("a", "web"))
    snapshot.remove(stands("a", "web"))
    snapshot.remove(stands("b", "other"))
    assert not snapshot.candidates


def test_time_makes_a_leader_go_without_an_event() -> None:
    elections = Elections()
    elections.add(plain("web", 1))
    elections.judge(NOW, ALL)
    for seconds, state in ((14, "Held"), (15, "Leaderless")):
        now = NOW + timedelta(seconds=seconds)
        elections.come_due(now)
        elections.judge(now, ALL)
        assert states(elections) == {"web": state}


def test_what_did_not_change_is_not_judged_again() -> None:
    elections = Elections()
    elections.add(plain("web"))
    elections.judge(NOW, ALL)
    elections.come_due(NOW + timedelta(seconds=10))
    assert not elections.judge(NOW + timedelta(hours=1), ALL)
    assert states(elections) == {"web": "Held"}


def test_a_turn_judges_so_many_and_the_oldest_first() -> None:
    elections = Elections()
    for name in "abcde":
        elections.add(plain(name))
    assert elections.judge(NOW, 2)
    assert list(states(elections)) == ["a", "b"]
    elections.add(plain("a", 60))
    assert elections.judge(NOW, 2)
    assert states(elections) == dict.fromkeys("abcd", "Held")
    assert not elections.judge(NOW, 2)
    assert states(elections) == {"a": "Leaderless"} | dict.fromkeys("bcde", "Held")


def test_those_with_candidates_are_shown_first_and_others_are_counted_by_state() -> None:
    elections = Elections(shown=2)
    for name in "abc":
        elections.add(plain(name, 60 if name == "c" else 1))
    elections.judge(NOW, ALL)
    assert list(states(elections)) == ["a", "b"]
    assert elections.not_shown() == Counter({ElectionState.LEADERLESS: 1})
    elections.add(stands("x", "z"))
    elections.judge(NOW, ALL)
    assert list(states(elections)) == ["z", "a"]
    assert elections.not_shown().total() == 2
    elections.remove(stands("x", "z"))
    elections.judge(NOW, ALL)
    assert list(states(elections)) == ["a", "b"]


def raw(content: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(content).encode())


def test_the_listener_reads_objects_without_a_kind_and_leaves_nodes_out() -> None:
    leases, candidates = (ElectionListener(Elections(), kind) for kind in (LEASE, KIND))
    metadata = {"name": "web", "namespace": "team"}
    found = leases.read(raw({"metadata": metadata, "spec": {"holderIdentity": "pod"}}))
    assert isinstance(found, StoredLease)
    assert found.lease.holder_identity == "pod"
    other = candidates.read(raw({"metadata": metadata, "spec": {"leaseName": "held"}}))
    assert isinstance(other, StoredCandidate)
    assert (other.key, other.candidate) == (Key("team", "held"), Candidate("web"))
    node = {"name": "node", "namespace": "kube-node-lease"}
    assert leases.read(raw({"metadata": node, "spec": {}})) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"spec": {}}, id="it has no name"),
        pytest.param({"metadata": {"name": "a"}, "spec": {"renewTime": "soon"}}, id="no time"),
        pytest.param({"metadata": {"name": "a"}, "spec": []}, id="no spec"),
    ],
)
def test_an_object_that_cannot_be_used_is_left_out(content: dict[str, Any]) -> None:
    assert ElectionListener(Elections(), LEASE).read(raw(content)) is None


def test_more_objects_than_the_capacity_are_said_until_there_is_a_new_list() -> None:
    listener = ElectionListener(Elections(), LEASE, capacity=2)
    listener.replace([plain("a"), plain("b")])
    listener.put(plain("a"))
    assert listener.overflow == ""
    listener.put(plain("c"))
    assert listener.overflow == "there are more than 2 objects of kind Lease"
    listener.replace([plain("a")])
    assert listener.overflow == ""


def test_a_new_list_forgets_what_is_gone() -> None:
    elections = Elections()
    listener = ElectionListener(elections, LEASE)
    listener.replace([plain("gone"), plain("kept")])
    elections.judge(NOW, ALL)
    listener.replace([plain("kept")])
    elections.judge(NOW, ALL)
    assert states(elections) == {"kept": "Held"}
    listener.forget()
    elections.judge(NOW, ALL)
    assert states(elections) == {}


def test_a_candidate_that_stands_for_another_lease_leaves_the_one_before() -> None:
    elections = Elections()
    listener = ElectionListener(elections, KIND)
    listener.put(stands("a", "before"))
    listener.put(stands("a", "after"))
    elections.judge(NOW, ALL)
    assert states(elections) == {"after": "Leaderless"}


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        pytest.param(
            KIND,
            {"leaseName": "l", "binaryVersion": "1", "emulationVersion": "1", "strategy": "s"},
            id="a candidate",
        ),
        pytest.param(
            LEASE, {"holderIdentity": "h", "strategy": "s", "preferredHolder": "p"}, id="a Lease"
        ),
    ],
)
def test_texts_that_kube_apiserver_does_not_limit_are_shortened(
    kind: str, spec: dict[str, str]
) -> None:
    listener = ElectionListener(Elections(), kind)
    content = {"metadata": {"name": "a", "namespace": "team"}}
    usual = listener.read(raw(content | {"spec": spec}))
    large = listener.read(
        raw(content | {"spec": {name: text * 100_000 for name, text in spec.items()}})
    )
    assert set(spec.values()) - {"l"} <= set(str(usual).split("'"))
    assert len(str(large)) < 2000
    assert "SHA-256" in str(large)


def test_thousands_of_candidates_that_are_tied_are_judged_without_naming_all_to_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named: list[str] = []

    def count(name: str) -> str:
        named.append(name)
        return name

    monkeypatch.setattr(verdicts, "shown", count)
    created = NOW - timedelta(hours=1)
    elections = Elections()
    for number in range(200):
        tied = candidate(f"c{number}", created=created)
        elections.add(StoredCandidate(Key("team", "web"), tied))
    elections.judge(NOW, ALL)
    assert elections.shown()[0].verdicts[verdicts.CandidateVerdict.TIE] == 200
    assert len(named) <= 200 * 3
