"""kopf's own webhook server, with a function behind it that has the rules of the FastAPI endpoint.

usage: python -m bench.servers.kopf_webhook PORT CERTIFICATE KEY

A kopf operator puts its admission engine and handlers there, which cost several times as much; a
comparison with them would say little about serving. The server reads the JSON and answers JSON.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import kopf
from semver import Version


async def judge(review: dict[str, Any], **_: object) -> dict[str, object]:
    """Check the versions and that the lease stays the same."""
    request = review["request"]
    spec, old = request["object"]["spec"], (request.get("oldObject") or {}).get("spec")
    binary, emulation = spec["binaryVersion"], spec["emulationVersion"]
    problem = ""
    if not (Version.is_valid(binary) and Version.is_valid(emulation)):
        problem = "versions must be semantic versions"
    elif Version.parse(binary) < Version.parse(emulation):
        problem = "binaryVersion must not be below emulationVersion"
    elif old is not None and spec["leaseName"] != old["leaseName"]:
        problem = "leaseName is immutable"
    response: dict[str, object] = {"uid": request["uid"], "allowed": not problem}
    if problem:
        response["status"] = {"code": 422, "message": problem}
    return {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}


async def serve(port: int, certificate: str, key: str) -> None:
    """Serve for ever."""
    server = kopf.WebhookServer(
        addr="127.0.0.1", port=port, certfile=certificate, pkeyfile=key, cafile=certificate
    )
    async with server:
        async for _ in server(cast("Any", judge)):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
