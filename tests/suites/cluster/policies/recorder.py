"""A webhook that allows everything and remembers for which writes it was called."""

from __future__ import annotations

import base64
import json
import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import trustme
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL = "leasegate.dev/case"
"""The label whose value names a write; conditions do not look at labels."""


class Recorder:
    """Where the webhook is, and the names of the writes that came to each of its paths."""

    def __init__(self, port: int, ca: bytes) -> None:
        self._port = port
        self._ca = ca
        self.calls: dict[str, set[str]] = {"/mutate": set(), "/validate": set()}

    def client_config(self, path: str) -> dict[str, str]:
        """Return what a registration says about where the webhook is."""
        bundle = base64.b64encode(self._ca).decode()
        return {"url": f"https://127.0.0.1:{self._port}{path}", "caBundle": bundle}


@contextmanager
def recording() -> Iterator[Recorder]:
    """Serve the webhook on a loopback port."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Or the body of the answer waits 40 ms for the acknowledgement of its header.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request: Any = json.loads(body)["request"]
            name = request["object"]["metadata"]["labels"][LABEL]
            recorder.calls[self.path.partition("?")[0]].add(name)
            review = {
                "apiVersion": "admission.k8s.io/v1",
                "kind": "AdmissionReview",
                "response": {"uid": request["uid"], "allowed": True},
            }
            answer = json.dumps(review).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    recorder = Recorder(server.server_port, authority.cert_pem.bytes())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
