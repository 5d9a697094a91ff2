"""`leasegate check --cluster`: what a stand-in for the API server stores is judged."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from app.leasecandidate import MicroTime
from tests.cluster.api_server import Answer
from tests.cluster.commands import leasegate

if TYPE_CHECKING:
    from tests.cluster.api_server import ApiServer

GROUP: Final = "/apis/coordination.k8s.io"
NEWEST: Final = "example.com/newest"


def candidate(
    namespace: str, name: str, age: timedelta = timedelta(), **changes: object
) -> dict[str, Any]:
    """Return a candidate as the API server lists it: without apiVersion and kind."""
    spec = {
        "leaseName": "web",
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.36.0",
        "strategy": "OldestEmulationVersion",
        "pingTime": str(MicroTime.at(datetime.now(UTC) - age)),
        "renewTime": str(MicroTime.at(datetime.now(UTC) - age)),
    }
    metadata = {"namespace": namespace, "name": name, "uid": f"uid-of-{name}"}
    return {"metadata": metadata, "spec": spec | changes}


def store(server: ApiServer, *candidates: dict[str, Any]) -> None:
    for each in candidates:
        namespace, name = each["metadata"]["namespace"], each["metadata"]["name"]
        server.put(f"{GROUP}/v1beta1/namespaces/{namespace}/leasecandidates/{name}", each)


def test_what_is_good_is_not_mentioned(server: ApiServer) -> None:
    store(server, candidate("team", "a"), candidate("team", "b"))
    result = leasegate(server, "check", "--cluster", "-n", "team")
    assert result.stdout == "2 candidates in the cluster: 0 denied, 0 warnings\n"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        pytest.param([], "/v1beta1/namespaces/default/leasecandidates", id="the context's"),
        pytest.param(["-n", "team"], "/v1beta1/namespaces/team/leasecandidates", id="one"),
        pytest.param(["-A"], "/v1beta1/leasecandidates", id="all"),
    ],
)
def test_only_the_namespace_that_is_asked_for_is_read(
    server: ApiServer, arguments: list[str], path: str
) -> None:
    leasegate(server, "check", "--cluster", *arguments)
    assert server.requests == [f"GET {GROUP}{path}?limit=500"]


def test_what_is_denied_says_that_updates_pass(server: ApiServer) -> None:
    store(server, candidate("team", "a", leaseName="Not_DNS"))
    result = leasegate(server, "check", "--cluster", "-A")
    assert re.fullmatch(
        r"denied: team/a: spec\.leaseName: .* \(leasegate rule lease-name-not-dns\); "
        r"updates that leave it as it is pass\n"
        r"1 candidate in the cluster: 1 denied, 0 warnings\n",
        result.stdout,
    )
    assert result.exit_code == 1


def test_a_rule_of_the_server_lets_no_update_pass(server: ApiServer) -> None:
    store(server, candidate("team", "a", binaryVersion="1.36"))
    result = leasegate(server, "check", "--cluster", "-A", "-q")
    assert 'spec.binaryVersion: Invalid value: "1.36"' in result.stdout
    assert "pass" not in result.stdout


@pytest.mark.parametrize(
    ("age", "rules"),
    [
        pytest.param(
            timedelta(minutes=29), ["strategy-conflict", "strategy-conflict"], id="that lives"
        ),
        pytest.param(
            timedelta(minutes=31), ["renew-time-stale", "strategy-conflict"], id="that expired"
        ),
    ],
)
def test_one_is_in_conflict_with_another(
    server: ApiServer, age: timedelta, rules: list[str]
) -> None:
    """The expired one is nobody's sibling, but would be in conflict if it were written now."""
    store(server, candidate("team", "b", age, strategy=NEWEST), candidate("team", "a"))
    report = json.loads(leasegate(server, "check", "--cluster", "-A", "-o", "json").stdout)
    assert sorted(each["rule"] for each in report["findings"]) == rules
    assert [each["name"] for each in report["findings"]] == sorted(
        each["name"] for each in report["findings"]
    )


def test_json_has_no_places_in_files(server: ApiServer) -> None:
    store(server, candidate("team", "a", leaseName="Not_DNS"))
    report = json.loads(leasegate(server, "check", "--cluster", "-A", "-o", "json").stdout)
    (finding,) = report["findings"]
    assert (finding["file"], finding["document"], finding["line"], finding["column"]) == (None,) * 4
    assert (finding["namespace"], finding["name"], finding["ratcheted"]) == ("team", "a", True)
    assert report["summary"]["files"] is None


def test_sarif_names_the_object(server: ApiServer) -> None:
    store(server, candidate("team", "a", leaseName="Not_DNS"))
    result = leasegate(server, "check", "--cluster", "-A", "-o", "sarif")
    (found,) = json.loads(result.stdout)["runs"][0]["results"]
    (location,) = found["locations"]
    assert location == {
        "logicalLocations": [{"name": "a", "fullyQualifiedName": "team/a", "kind": "object"}]
    }
    assert found["properties"] == {"ratcheted": True}


def test_commands_of_github_name_no_file(server: ApiServer) -> None:
    store(server, candidate("team", "a", leaseName="Not_DNS"))
    result = leasegate(server, "check", "--cluster", "-A", "-q", "-o", "github")
    assert result.stdout.startswith("::error title=leasegate lease-name-not-dns::team/a: ")


def test_the_configuration_and_ignored_rules_count(server: ApiServer) -> None:
    store(server, candidate("team", "a", leaseName="Not_DNS"))
    ignored = leasegate(server, "check", "--cluster", "-A", "--ignore=lease-name-not-dns")
    assert ignored.exit_code == 0
    observed = leasegate(server, "check", "--cluster", "-A", "--profile=observe")
    assert observed.stdout.startswith("warning: team/a: ")
    assert leasegate(server, "check", "--cluster", "-A", "--profile=observe", "--strict").exit_code


def test_an_older_version_is_read_where_no_newer_one_is_served(server: ApiServer) -> None:
    server.answers.append(Answer("GET", "/v1beta1/", 404))
    store(server, candidate("team", "a"))
    result = leasegate(server, "check", "--cluster", "-A")
    assert result.stdout.startswith("1 candidate in the cluster: 0 denied")


def test_all_pages_are_read(server: ApiServer) -> None:
    store(server, *(candidate("team", f"c{number}") for number in range(1001)))
    result = leasegate(server, "check", "--cluster", "-A")
    assert result.stdout == "1001 candidates in the cluster: 0 denied, 0 warnings\n"
    assert [request.partition("?")[2] for request in server.requests] == [
        "limit=500",
        "limit=500&continue=500",
        "limit=500&continue=1000",
    ]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        pytest.param(
            403,
            "Error: you may not list leasecandidates in all namespaces; it takes the verb list on "
            "leasecandidates.coordination.k8s.io (the chart's ClusterRole leasegate-reader has "
            "it)\n",
            id="no right",
        ),
        pytest.param(
            404,
            "Error: the API server does not serve LeaseCandidate in v1beta1 or v1alpha2, so there "
            "is none to read\n",
            id="not served",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(server: ApiServer, code: int, sentence: str) -> None:
    server.answers.append(Answer("GET", "/leasecandidates", code))
    result = leasegate(server, "check", "--cluster", "-A")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--cluster", "a.yaml"], id="files and a cluster"),
        pytest.param(["--cluster", "--fix"], id="nothing is changed"),
        pytest.param(["--cluster", "--diff"], id="nothing would be changed"),
        pytest.param(["-A"], id="all namespaces of files"),
        pytest.param(["--cluster", "-n", "Team"], id="no name"),
    ],
)
def test_flags_that_contradict_each_other(server: ApiServer, arguments: list[str]) -> None:
    result = leasegate(server, "check", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")
