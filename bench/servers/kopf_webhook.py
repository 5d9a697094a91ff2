"""kopf's own webhook server, with a function behind it that reads nothing and allows.

usage: python -m bench.servers.kopf_webhook PORT CERTIFICATE KEY

A kopf operator puts its admission engine and handlers there, which cost several times as much; a
comparison with them would say little about serving. The server reads the JSON and answers JSON.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import kopf


async def allow(request: dict[str, Any], **_: object) -> dict[str, object]:
    """Allow every review."""
    return {
        "apiVersion": request["apiVersion"],
        "kind": request["kind"],
        "response": {"uid": request["request"]["uid"], "allowed": True},
    }


async def serve(port: int, certificate: str, key: str) -> None:
    """Serve for ever."""
    server = kopf.WebhookServer(
        addr="127.0.0.1", port=port, certfile=certificate, pkeyfile=key, cafile=certificate
    )
    async with server:
        async for _ in server(cast("Any", allow)):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
