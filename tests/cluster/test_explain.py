"""`leasegate explain` and a cluster: a stand-in for the API server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from app.cli.cluster_options import ChosenCluster
from app.cluster.lists import ReadError
from app.explain.live import LiveObjects
from app.leasecandidate import MicroTime
from tests.cluster.api_server import Answer
from tests.cluster.commands import leasegate

if TYPE_CHECKING:
    from tests.cluster.api_server import ApiServer

LEASES = "/apis/coordination.k8s.io/v1"
CANDIDATES = "/apis/coordination.k8s.io/v1beta1"


def lease(server: ApiServer, namespace: str, name: str) -> dict[str, Any]:
    now = str(MicroTime.at(datetime.now(UTC)))
    content = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"holderIdentity": "a", "leaseDurationSeconds": 600, "renewTime": now},
    }
    return server.put(f"{LEASES}/namespaces/{namespace}/leases/{name}", content)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        pytest.param([], "/namespaces/default/leases", id="the context's namespace"),
        pytest.param(["-n", "team"], "/namespaces/team/leases", id="a namespace"),
        pytest.param(["-n", "team", "other/held"], "/namespaces/other/leases", id="a name"),
        pytest.param(["-A"], "metadata.namespace%21%3Dkube-node-lease", id="all namespaces"),
    ],
)
def test_only_what_is_needed_is_read(server: ApiServer, arguments: list[str], asked: str) -> None:
    lease(server, "other", "held")
    leasegate(server, "explain", *arguments)
    assert asked in server.requests[0]
    assert len(server.requests) <= 4


def test_a_healthy_lease_is_said(server: ApiServer) -> None:
    lease(server, "team", "held")
    result = leasegate(server, "explain", "-n", "team")
    assert result.exit_code == 0
    assert result.output.startswith("team/held: held by a (renewed 0 s ago, 600 s lease)")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        pytest.param(
            Answer("GET", "/leases", 403),
            "Error: you may not list leases in namespace default; it takes the verb list on "
            "leases.coordination.k8s.io (the chart's ClusterRole leasegate-reader has it)",
            id="no right to list leases",
        ),
        pytest.param(
            Answer("GET", "/leasecandidates", 403),
            "Error: you may not list leasecandidates in namespace default; it takes the verb list "
            "on leasecandidates.coordination.k8s.io (the chart's ClusterRole leasegate-reader has "
            "it)",
            id="no right to list candidates",
        ),
        pytest.param(
            Answer("GET", "/leases", 401),
            "Error: cannot list leases in namespace default: the API server does not know who you "
            "are",
            id="unknown",
        ),
        pytest.param(
            Answer("GET", "/leases", 500, "broken"),
            "Error: cannot list leases in namespace default: the API server answers 500: broken",
            id="a broken server",
        ),
        pytest.param(
            Answer("GET", "/leases", 200, body=b"<html>"),
            "Error: cannot list leases in namespace default: the answer is no list",
            id="something else that answers",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    server: ApiServer, answer: Answer, sentence: str
) -> None:
    server.answers.append(answer)
    result = leasegate(server, "explain")
    assert result.exit_code == 2
    assert result.stderr == f"{sentence}\n"


def test_a_cluster_without_candidates_is_explained_all_the_same(server: ApiServer) -> None:
    lease(server, "default", "held")
    server.answers.append(Answer("GET", "/leasecandidates", 404))
    assert leasegate(server, "explain").exit_code == 0


def test_what_runs_elections_is_no_reason_to_fail(server: ApiServer) -> None:
    lease(server, "default", "held")
    server.answers.append(Answer("GET", "/leader-election-controller", 403))
    assert leasegate(server, "explain").exit_code == 0


def test_a_context_that_is_not_there_is_one_sentence(server: ApiServer) -> None:
    result = leasegate(server, "explain", "--context=none")
    assert result.exit_code == 2
    assert "none" in result.stderr


def test_changes_are_followed(server: ApiServer) -> None:
    held = lease(server, "team", "held")
    with ChosenCluster(server.kubeconfig, None, None).open_plain_client() as client:
        cluster = LiveObjects(client, "team")
        snapshot = cluster.snapshot()
        server.send("MODIFIED", held | {"spec": held["spec"] | {"holderIdentity": "b"}})
        server.send("ADDED", json.loads(json.dumps(held).replace("held", "new")))
        server.send("DELETED", json.loads(json.dumps(held).replace("held", "new")))
        seen: list[dict[str, str | None]] = []

        class EnoughError(Exception):
            pass

        def changed() -> None:
            leases = snapshot.leases.items()
            seen.append({key.name: each.lease.holder_identity for key, each in leases})
            if seen[-1] == {"held": "b"}:
                raise EnoughError

        with pytest.raises(EnoughError):
            cluster.follow(snapshot, changed)


def test_a_watch_that_cannot_go_on_says_so(server: ApiServer) -> None:
    lease(server, "team", "held")
    with ChosenCluster(server.kubeconfig, None, None).open_plain_client() as client:
        cluster = LiveObjects(client, "team")
        snapshot = cluster.snapshot()
        server.send("ERROR", {"code": 410})
        with pytest.raises(ReadError, match="start anew"):
            cluster.follow(snapshot, lambda: None)
