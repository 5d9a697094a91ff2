"""An ASGI application that reads a request and allows it unread: what serving itself costs.

usage: python -m bench.servers.do_nothing (leasegate|uvicorn) PORT CERTIFICATE KEY

`leasegate` puts it behind leasegate's own listener, `uvicorn` behind a plain one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from app.admission.status import status_body
from app.http.answer import Refusals
from app.http.limits import ConnectionLimits
from app.http.listener import bind
from app.http.server import HttpServer
from app.pki.files import read_pem
from app.pki.keypair import parse_key_pair
from app.pki.tls import tls_context
from app.server.lifecycle import Lifecycle
from app.server.limits import ShutdownSettings
from app.server.run import Server

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_ANSWER: Final = (
    b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":'
    b'{"uid":"757a1367-7d8e-4b52-bfdd-15e7fa007153","allowed":true}}'
)


async def do_nothing(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request alike."""
    while (await receive()).get("more_body", False):
        pass
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(_ANSWER)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER, "more_body": False})


def main() -> None:
    """Serve."""
    listener, port, certificate, key = sys.argv[1:]
    if listener == "uvicorn":
        uvicorn.run(
            do_nothing,
            port=int(port),
            http="httptools",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=120,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        return
    pair = parse_key_pair(read_pem(Path(certificate)), read_pem(Path(key)))
    context = tls_context(pair)
    Server(
        admission=HttpServer(
            do_nothing,
            bind("127.0.0.1", int(port)),
            ConnectionLimits(),
            Refusals(status_body),
            lambda: context,
        ),
        operations=None,
        lifecycle=Lifecycle(),
        shutdown=ShutdownSettings(drain_seconds=0),
        on_started=lambda: None,
    ).run()


if __name__ == "__main__":
    main()
