"""What the stand-in for kube-apiserver is trusted with is so on the real one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.cluster.connection import connect
from tests.cluster.store_checks import CHECKS, REGISTRATIONS, Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx2

    from devtools.controlplane import ControlPlane


@pytest.mark.parametrize("check", CHECKS)
def test_the_stores(
    control_plane: ControlPlane,
    api: httpx2.Client,
    namespace: str,
    check: Callable[[Place], Awaitable[None]],
) -> None:
    async def run() -> None:
        client = connect(control_plane.kubeconfig, lambda _date: None)
        try:
            await check(Place(client, api, namespace, namespace))
        finally:
            await client.close()

    try:
        asyncio.run(run())
    finally:
        for kind in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"):
            api.delete(f"{REGISTRATIONS}/{kind}/{namespace}")
