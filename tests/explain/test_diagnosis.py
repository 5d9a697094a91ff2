"""What is said of a Lease: its state, why, what happens next, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.explain.diagnosis import ElectionState
from app.explain.explanation import explain
from app.explain.objects import Writer
from app.explain.snapshot import ElectionController
from tests.explain.scene import NOW, OTHERS, ago, candidate, lease, situation

A, B, C = candidate("a"), candidate("b", "1.36.0"), candidate("c")
if TYPE_CHECKING:
    from app.explain.situation import Situation

EMPTY_HOLDER = '{"spec":{"holderIdentity":""}}'
SILENT: dict[str, Any] = {"renew_time": ago(100), "ping_time": ago(30)}
ASKED: dict[str, Any] = {"renew_time": ago(100), "ping_time": ago(2)}
EXPIRED: dict[str, Any] = {"renew_time": ago(1900), "ping_time": None}
FRESH: dict[str, Any] = {"renew_time": ago(1), "ping_time": ago(2)}
PLAIN: dict[str, Any] = {"strategy": None}

TABLE = [
    pytest.param(
        situation(lease("pod_1", **PLAIN)),
        ElectionState.HELD,
        "held by pod_1 (renewed 1 s ago, 15 s lease)",
        {},
        "",
        [],
        id="an ordinary Lease",
    ),
    pytest.param(
        situation(lease("pod_1", 30, **PLAIN)),
        ElectionState.LEADERLESS,
        "NO LEADER for 15 s (expired 18:07:30, last holder pod_1)",
        {},
        "",
        ["kubectl -n team get pod pod"],
        id="an ordinary Lease that expired",
    ),
    pytest.param(
        situation(lease("pod_1", 200_000, **PLAIN)),
        ElectionState.LEADERLESS,
        "NO LEADER for 2 d (expired 2026-11-25 10:34:40, last holder pod_1)",
        {},
        "",
        ["kubectl -n team get pod pod", "kubectl -n team delete lease ingest"],
        id="an ordinary Lease that nobody needs any more",
    ),
    pytest.param(
        situation(lease("", 30, **PLAIN)),
        ElectionState.LEADERLESS,
        "NO LEADER (released; last written 30 s ago)",
        {},
        "",
        [],
        id="an ordinary Lease that was given up",
    ),
    pytest.param(
        situation(lease("pod_1", None, **PLAIN)),
        ElectionState.LEADERLESS,
        "NO LEADER (pod_1 never renewed it)",
        {},
        "",
        ["kubectl -n team get pod pod", "kubectl -n team delete lease ingest"],
        id="a Lease that was never renewed",
    ),
    pytest.param(
        situation(lease("a"), A, C),
        ElectionState.HELD,
        "held by a (renewed 1 s ago, 15 s lease)",
        {"a": "leader", "c": "next"},
        "kube-apiserver looks again every 5 s and changes nothing.",
        [],
        id="the best leads",
    ),
    pytest.param(
        situation(lease("a"), A, B),
        ElectionState.HANDOVER,
        "held by a (renewed 1 s ago, 15 s lease), to be asked to yield to b",
        {"a": "leader", "b": "next"},
        "Within 5 s kube-apiserver asks a and b to renew and waits 5 s for answers.",
        [],
        id="a better one appears",
    ),
    pytest.param(
        situation(lease("a", preferred_holder="b"), A, B),
        ElectionState.HANDOVER,
        "held by a (renewed 1 s ago, 15 s lease), asked to yield to b",
        {"a": "leader", "b": "next"},
        "Within 5 s kube-apiserver asks a and b to renew and waits 5 s for answers.",
        [],
        id="asked to yield, not known since when",
    ),
    pytest.param(
        situation(lease("a", preferred_holder="b"), A, B, asked_by=Writer("k", ago(8))),
        ElectionState.HANDOVER,
        "held by a (renewed 1 s ago, 15 s lease), asked to yield to b for 8 s",
        {"a": "leader", "b": "next"},
        "Within 5 s kube-apiserver asks a and b to renew and waits 5 s for answers.",
        [],
        id="asked to yield just now",
    ),
    pytest.param(
        situation(lease("a", preferred_holder="b"), A, B, asked_by=Writer("k", ago(240))),
        ElectionState.NOT_YIELDING,
        "held by a (renewed 1 s ago, 15 s lease), asked to yield to b for 4 min. NOT YIELDING",
        {"a": "leader", "b": "next"},
        "Within 5 s kube-apiserver asks a and b to renew and waits 5 s for answers.",
        [],
        id="asked to yield long ago",
    ),
    pytest.param(
        situation(lease("z", **PLAIN), B, renewed_by=Writer("kcm", NOW)),
        ElectionState.NOT_YIELDING,
        "held by z (renewed 1 s ago, 15 s lease), asked to yield to b. NOT YIELDING",
        {"b": "next"},
        "Each time kube-apiserver finds preferredHolder gone, it writes it again.",
        [],
        id="a leader that is no candidate",
    ),
    pytest.param(
        situation(lease("a"), A, candidate("b", strategy=OTHERS), candidate("c", **EXPIRED)),
        ElectionState.BLOCKED,
        "held by a (renewed 1 s ago, 15 s lease). ELECTION BLOCKED: 2 strategies at the highest "
        "binaryVersion",
        {
            "a": "leader",
            "b": "disagrees with a",
            "c": "expired 18:06:05, not asked",
        },
        "kube-apiserver logs an error every 5 s and changes nothing.",
        ["kubectl -n team delete leasecandidate b"],
        id="two strategies",
    ),
    pytest.param(
        situation(
            lease("a", 60), candidate("b", **FRESH), candidate("d", strategy=OTHERS, **FRESH)
        ),
        ElectionState.BLOCKED,
        "NO LEADER for 45 s (expired 18:07:00, last holder a). ELECTION BLOCKED: 2 strategies at "
        "the highest binaryVersion",
        {"b": "stands by", "d": "disagrees with b"},
        "kube-apiserver logs an error, changes nothing and does not look again by itself. It looks "
        "when a candidate renews or the Lease is written, at the latest about 18:12:44.",
        ["kubectl -n team delete leasecandidate d"],
        id="two strategies and no leader",
    ),
    pytest.param(
        situation(lease("x", strategy=OTHERS), candidate("b", strategy=OTHERS)),
        ElectionState.HELD,
        "held by x (renewed 1 s ago, 15 s lease), picked by example.com/newest",
        {"b": "stands by"},
        "",
        [],
        id="somebody else's strategy",
    ),
    pytest.param(
        situation(lease("", strategy=OTHERS), candidate("b", strategy=OTHERS, **FRESH)),
        ElectionState.LEADERLESS,
        "NO LEADER (released; last written 1 s ago). Left to example.com/newest",
        {"b": "stands by"},
        "kube-apiserver looks again every 5 s and changes nothing.",
        [],
        id="somebody else's strategy and no leader",
    ),
    pytest.param(
        situation(lease("a"), A, candidate("b", created=A.created)),
        ElectionState.CONTESTED,
        "held by a (renewed 1 s ago, 15 s lease). A tie with b",
        {"a": "leader", "b": "tie with a: chance decides"},
        "kube-apiserver looks again every 5 s and changes nothing, or within 5 s kube-apiserver "
        "asks a and b to renew and waits 5 s for answers, by chance.",
        ["kubectl -n team delete leasecandidate b"],
        id="a tie",
    ),
    pytest.param(
        situation(lease("a"), A, candidate("b", "1.36.0", **SILENT)),
        ElectionState.CONTESTED,
        "held by a (renewed 1 s ago, 15 s lease). The best candidate, b, does not answer",
        {
            "a": "leader",
            "b": "no answer by 18:07:20: left out, not asked again until it renews",
        },
        "Within 5 s kube-apiserver asks a to renew and waits 5 s for answers.",
        ["kubectl -n team delete leasecandidate b"],
        id="a dead best candidate",
    ),
    pytest.param(
        situation(lease("a"), candidate("a", **EXPIRED)),
        ElectionState.HELD,
        "held by a (renewed 1 s ago, 15 s lease)",
        {"a": "expired 18:06:05, not asked"},
        "",
        [],
        id="held, and nobody stands",
    ),
    pytest.param(
        situation(lease("a", 60), candidate("a", **EXPIRED)),
        ElectionState.LEADERLESS,
        "NO LEADER for 45 s (expired 18:07:00, last holder a)",
        {"a": "expired 18:06:05, not asked"},
        "kube-apiserver does nothing until a candidate renews.",
        [],
        id="no leader, and nobody stands",
    ),
    pytest.param(
        situation(lease("z", 60), candidate("a", **ASKED), candidate("c", **FRESH)),
        ElectionState.LEADERLESS,
        "NO LEADER for 45 s (expired 18:07:00, last holder z). Waiting for answers",
        {"a": "asked, has until 18:07:48 to answer", "c": "stands by"},
        "kube-apiserver waits for a until 18:07:48.",
        [],
        id="an election under way",
    ),
    pytest.param(
        situation(lease("z", 60), candidate("a", **SILENT), candidate("c", **SILENT)),
        ElectionState.BLOCKED,
        "NO LEADER for 45 s (expired 18:07:00, last holder z). NOBODY ANSWERS",
        {
            "a": "no answer by 18:07:20: left out, not asked again until it renews",
            "c": "no answer by 18:07:20: left out, not asked again until it renews",
        },
        "kube-apiserver logs an error, changes nothing and does not look again by itself. It looks "
        "when a candidate renews or the Lease is written, at the latest about 18:11:05.",
        [],
        id="nobody answers",
    ),
    pytest.param(
        situation(lease("z", 60), candidate("a", "x", **FRESH)),
        ElectionState.BLOCKED,
        "NO LEADER for 45 s (expired 18:07:00, last holder z). NOBODY CAN BE ELECTED",
        {"a": "its versions cannot be read, never elected"},
        "kube-apiserver logs an error, changes nothing and does not look again by itself. It looks "
        "when a candidate renews or the Lease is written, at the latest about 18:12:44.",
        [],
        id="versions nobody can read",
    ),
    pytest.param(
        situation(lease("a", 60), candidate("a", **FRESH), C),
        ElectionState.STALLED,
        "NO LEADER for 45 s (expired 18:07:00, last holder a). STALLED",
        {"a": "last leader, next", "c": "stands by"},
        "Within 5 s kube-apiserver asks c to renew and waits 5 s for answers.",
        ["kubectl -n team delete lease ingest"],
        id="a permanent stall",
    ),
    pytest.param(
        situation(lease("a", 60), candidate("a", renew_time=ago(70), ping_time=None), C),
        ElectionState.LEADERLESS,
        "NO LEADER for 45 s (expired 18:07:00, last holder a). a is next",
        {"a": "last leader, next", "c": "stands by"},
        "Within 5 s kube-apiserver asks a and c to renew and waits 5 s for answers.",
        [],
        id="a last holder that has yet to show whether it lives",
    ),
    pytest.param(
        situation(lease("z", 60), candidate("a", **FRESH), candidate("b", **SILENT)),
        ElectionState.LEADERLESS,
        "NO LEADER for 45 s (expired 18:07:00, last holder z). a is next",
        {
            "a": "next",
            "b": "no answer by 18:07:20: left out, not asked again until it renews",
        },
        "Within 5 s kube-apiserver makes a the holder.",
        [],
        id="an election that is about to end",
    ),
    pytest.param(
        situation(
            None, candidate("a", **FRESH), candidate("b", created=candidate("a").created, **FRESH)
        ),
        ElectionState.LEADERLESS,
        "NO LEADER (there is no Lease yet). a or b (by chance) is next",
        {"a": "tie with b: chance decides", "b": "tie with a: chance decides"},
        "Within 5 s kube-apiserver makes a the holder, or within 5 s kube-apiserver makes b the "
        "holder, by chance.",
        [],
        id="the first election is a tie",
    ),
    pytest.param(
        situation(lease(None), candidate("a", **FRESH)),
        ElectionState.BLOCKED,
        "NO LEADER (the Lease names no holder)",
        {"a": "next"},
        "",
        [f"kubectl -n team patch lease ingest --type=merge --patch '{EMPTY_HOLDER}'"],
        id="a Lease that names no holder",
    ),
    pytest.param(
        situation(
            None, candidate("a", **FRESH), controller=ElectionController("", is_running=False)
        ),
        ElectionState.LEADERLESS,
        "NO LEADER (there is no Lease yet). a is next",
        {"a": "next"},
        "Nothing: no kube-apiserver runs elections, since nobody holds "
        "kube-system/leader-election-controller. They are switched on with "
        "--feature-gates=CoordinatedLeaderElection=true and "
        "--runtime-config=coordination.k8s.io/v1beta1=true.",
        [],
        id="nobody runs elections",
    ),
]


@pytest.mark.parametrize(("found", "state", "headline", "verdicts", "next_step", "commands"), TABLE)
def test_what_is_said_of_a_lease(
    found: Situation,
    state: ElectionState,
    headline: str,
    verdicts: dict[str, str],
    next_step: str,
    commands: list[str],
) -> None:
    explanation = explain(found)
    diagnosis = explanation.diagnosis
    assert (diagnosis.state, diagnosis.headline) == (state, headline)
    assert {row.candidate.name: row.text for row in explanation.rows} == verdicts
    assert diagnosis.next == next_step
    assert [remedy.command for remedy in diagnosis.remedies if remedy.command] == commands
    assert diagnosis.why.endswith(".")


def test_every_state_is_in_the_table() -> None:
    assert {param.values[1] for param in TABLE} == set(ElectionState)
