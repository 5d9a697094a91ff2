"""`leasegate certs` finds the installation by its label, as flags or the context choose it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cluster.api_server import Answer
from tests.cluster.commands import leasegate

if TYPE_CHECKING:
    from tests.cluster.api_server import ApiServer, Json


def registration(namespace: str, service: str, name: str) -> Json:
    client = {"service": {"namespace": namespace, "name": service}}
    webhooks = [{"name": "validate.leasegate.dev", "clientConfig": client}]
    return {"metadata": {"name": name}, "webhooks": webhooks}


def listed(*registrations: Json) -> Answer:
    body = json.dumps({"items": registrations}).encode()
    return Answer("GET", "configurations?labelSelector=app.kubernetes.io%2Fpart-of", 200, body=body)


HERE = registration("team", "lg-leasegate", "lg-leasegate")
THERE = registration("other", "leasegate", "leasegate")


@pytest.mark.parametrize(
    ("found", "flags", "secret"),
    [
        pytest.param([HERE], [], "team/secrets/lg-leasegate-tls", id="the only one"),
        pytest.param([HERE, THERE], ["-n", "other"], "other/secrets/leasegate-tls", id="by -n"),
        pytest.param([], [], "default/secrets/leasegate-tls", id="none: the context's namespace"),
        pytest.param([HERE], ["-n", "mine"], "mine/secrets/leasegate-tls", id="none there"),
        pytest.param(
            [HERE, THERE],
            ["-n", "mine", "--secret-name", "own"],
            "mine/secrets/own",
            id="names that are given",
        ),
    ],
)
@pytest.mark.parametrize("command", ["status", "rotate"])
def test_an_installation_is_found(
    server: ApiServer, command: str, found: list[Json], flags: list[str], secret: str
) -> None:
    server.answers = [listed(*found)]
    leasegate(server, "certs", command, *flags)
    assert any(f"/namespaces/{secret}" in request for request in server.requests)


def test_several_installations_are_named_with_the_flags_that_choose(server: ApiServer) -> None:
    server.answers = [listed(HERE, THERE)]
    result = leasegate(server, "certs", "status")
    assert result.exit_code == 2
    assert "-n other --service-name leasegate; -n team --service-name lg-leasegate" in result.output


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_an_answer_that_is_no_list_finds_none(server: ApiServer, body: bytes) -> None:
    server.answers = [Answer("GET", "configurations?labelSelector", 200, body=body)]
    leasegate(server, "certs", "status")
    assert any("/namespaces/default/secrets/leasegate-tls" in one for one in server.requests)
