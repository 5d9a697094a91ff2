"""The stores for certificates, on a stand-in for kube-apiserver, and every error that they get."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from app.cluster import requests
from app.cluster.connection import connect
from app.pki.stores import StoreError, StoreProblem
from tests.cluster.api_server import Answer, ApiServer, Json, status
from tests.cluster.store_checks import BUNDLE, CHECKS, Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def with_place(server: ApiServer, act: Callable[[Place], Awaitable[None]]) -> None:
    async def run() -> None:
        client = connect(server.kubeconfig, lambda _date: None)
        try:
            with server.client() as api:
                await act(Place(client, api, "default", "leasegate-tls"))
        finally:
            await client.close()

    asyncio.run(run())


@pytest.mark.parametrize("check", CHECKS)
def test_the_stores(server: ApiServer, check: Callable[[Place], Awaitable[None]]) -> None:
    with_place(server, check)


async def read_secret(place: Place) -> None:
    await place.secret().read()


async def read_bundles(place: Place) -> None:
    await place.bundles().read()


@pytest.mark.parametrize("read", [read_secret, read_bundles])
@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (401, StoreProblem.FORBIDDEN),
        (403, StoreProblem.FORBIDDEN),
        (409, StoreProblem.CONFLICT),
        (422, StoreProblem.REFUSED),
        (429, StoreProblem.UNREACHABLE),
        (500, StoreProblem.UNREACHABLE),
        (503, StoreProblem.UNREACHABLE),
    ],
)
def test_an_error_is_one_sentence_and_of_a_kind(
    server: ApiServer, read: Callable[[Place], Awaitable[None]], code: int, problem: StoreProblem
) -> None:
    server.answers = [Answer("GET", "", code, "said\nby the server")]
    with pytest.raises(StoreError, match=r"^cannot read the .*: said by the server$") as error:
        with_place(server, read)
    assert error.value.problem is problem


@pytest.mark.parametrize(
    ("code", "body"),
    [
        pytest.param(200, b"<html>here</html>", id="no JSON"),
        pytest.param(200, b"", id="nothing"),
        pytest.param(502, b"<html>502</html>", id="an error that is no JSON"),
        pytest.param(502, b"", id="an error without a word"),
        pytest.param(502, b"[]", id="an error that is no object"),
        pytest.param(502, status(999, "odd"), id="a code that HTTP does not have"),
    ],
)
def test_an_answer_that_is_none_of_an_api_server_is_one_sentence(
    server: ApiServer, code: int, body: bytes
) -> None:
    server.answers = [Answer("GET", "", code, body=body)]
    with pytest.raises(StoreError, match=r"^cannot read the Secret default/leasegate-tls: .") as e:
        with_place(server, read_secret)
    assert "\n" not in str(e.value)


def test_values_that_are_no_base64_count_as_empty(server: ApiServer) -> None:
    path = "/api/v1/namespaces/default/secrets/leasegate-tls"
    server.put(path, {"metadata": {"name": "leasegate-tls"}, "data": {"tls.crt": "?"}})
    hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/leasegate-tls"
    webhook = {"name": "validate.leasegate.dev", "clientConfig": {"caBundle": "?"}}
    server.put(hooks, {"metadata": {"name": "leasegate-tls"}, "webhooks": [webhook]})

    async def read(place: Place) -> None:
        assert (await place.secret().read()).data == {"tls.crt": b""}
        (found,) = await place.bundles().read()
        assert found.bundles == {"validate.leasegate.dev": b""}

    with_place(server, read)


@pytest.mark.parametrize(
    ("others", "left"),
    [
        pytest.param([{"manager": "helm"}], [{"manager": "helm"}], id="others stay owners"),
        pytest.param([], [{}], id="nobody owns anything"),
    ],
)
def test_a_bundle_that_is_ours_still_is_given_up(
    server: ApiServer, others: list[Json], left: list[Json]
) -> None:
    hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/leasegate-tls"
    encoded = b64encode(BUNDLE).decode()
    webhook = {"name": "validate.leasegate.dev", "clientConfig": {"caBundle": encoded}}
    owners = [*others, {"manager": "leasegate-certificates"}]
    metadata = {"name": "leasegate-tls", "managedFields": owners}
    server.put(hooks, {"metadata": metadata, "webhooks": [webhook]})

    async def publish(place: Place) -> None:
        (found,) = await place.bundles().read()
        assert found.is_claimed
        await place.bundles().publish(found, BUNDLE)
        (found,) = await place.bundles().read()
        assert not found.is_claimed
        assert found.bundles == {"validate.leasegate.dev": BUNDLE}

    with_place(server, publish)
    assert server.objects[hooks]["metadata"]["managedFields"] == left


def test_a_server_that_is_not_there_is_unreachable(server: ApiServer) -> None:
    server.url = "https://127.0.0.1:1"
    with pytest.raises(StoreError, match="cannot read the Secret") as error:
        with_place(server, read_secret)
    assert error.value.problem is StoreProblem.UNREACHABLE


def test_a_server_that_does_not_answer_is_unreachable(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_SECONDS", 0.2)
    server.hangs.set()
    with pytest.raises(StoreError, match=r"no answer within 0\.2 s") as error:
        with_place(server, read_secret)
    assert error.value.problem is StoreProblem.UNREACHABLE
