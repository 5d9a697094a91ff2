"""Fakes of a webhook that is ill: what the real one never does, done on purpose."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from .service import PORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .service import Service

_GARBAGE: Final = b"\x00\xff this is no AdmissionReview {"
_SLOW_SECONDS: Final = 5.0


class Behaviour(Enum):
    """What it answers to a review."""

    GARBAGE = "answers garbage"
    ERROR = "answers 500"
    SLOW = "answers after 5 s"


@contextmanager
def misbehave(service: Service, behaviour: Behaviour) -> Iterator[threading.Event]:
    """Listen on the address of the service, and answer every review the same.

    The event is set once a review has come.
    """
    asked, ended = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.set()
            if behaviour is Behaviour.SLOW:
                ended.wait(_SLOW_SECONDS)
            self.send_response(500 if behaviour is Behaviour.ERROR else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(_GARBAGE)))
            self.end_headers()
            self.wfile.write(_GARBAGE)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a client that does not wait for the answer."""

    server = Server((service.address, PORT), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(service.certificate, service.key)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield asked
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
