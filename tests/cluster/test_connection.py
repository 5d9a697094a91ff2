"""A kubeconfig, or a pod's service account, and what can be wrong with it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.cluster.certificate_secret import ClusterSecret
from app.cluster.connection import connect, open_plain_client
from app.cluster.kubeconfig import KubeconfigError, read_access

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.api_server import ApiServer


@pytest.mark.parametrize(
    "content", ["", "[]", "users: 3", "apiVersion: v1\nkind: Config\n", "\x00", "{a: [}"]
)
@pytest.mark.parametrize(
    "open_client",
    [
        lambda path: connect(path, lambda _date: None),
        lambda path: open_plain_client(read_access([path])),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, content: str, open_client: object
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    assert callable(open_client)
    with pytest.raises(KubeconfigError, match="cannot be used") as error:
        open_client(path)
    assert "\n" not in str(error.value)


def test_outside_of_a_pod_there_is_no_service_account() -> None:
    with pytest.raises(KubeconfigError, match="this is no pod with a service account"):
        connect(None, lambda _date: None)


def test_each_answer_tells_the_time_of_the_server(server: ApiServer) -> None:
    dates: list[datetime] = []

    async def read() -> None:
        client = connect(server.kubeconfig, dates.append)
        await ClusterSecret(client, "default", "any").read()
        await client.close()

    asyncio.run(read())
    assert dates
    assert all(abs(datetime.now(UTC) - date) < timedelta(minutes=1) for date in dates)


def test_a_client_for_a_command_has_the_same_credentials(server: ApiServer) -> None:
    with open_plain_client(read_access([server.kubeconfig])) as client:
        assert client.get("/api/v1/namespaces/default/secrets/none").status_code == 404
