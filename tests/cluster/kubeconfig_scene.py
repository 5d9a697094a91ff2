"""An API server, and a proxy before it, that record what they see of a client with a kubeconfig."""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
import threading
from base64 import b64encode
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import trustme
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]
NAME = "api.internal.example"
"""A name that resolves nowhere; only the proxy knows the way."""


@dataclass
class Seen:
    """What came with one request."""

    server_name: str | None = None
    certificate: str = ""
    authorization: str = ""
    impersonated: list[tuple[str, str]] = field(default_factory=list)
    proxied: bool = False


@dataclass
class Scene:
    """An API server that says yes to everything, a proxy that leads to it, and a folder."""

    folder: Path
    authority: trustme.CA
    port: int = 0
    proxy_port: int = 0
    seen: list[Seen] = field(default_factory=list)
    proxied: int = 0
    refuses: set[str] = field(default_factory=set)

    @property
    def cluster(self) -> Json:
        ca = b64encode(self.authority.cert_pem.bytes()).decode()
        return {"server": f"https://127.0.0.1:{self.port}", "certificate-authority-data": ca}

    @property
    def far_cluster(self) -> Json:
        return self.cluster | {"server": f"https://{NAME}:{self.port}"}

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self.proxy_port}"

    @property
    def socks_proxy(self) -> str:
        return f"socks5://127.0.0.1:{self.proxy_port}"

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def plugin(self, name: str, script: str) -> str:
        path = self.file(name, f"#!/bin/sh\n{script}\n")
        os.chmod(path, 0o700)  # noqa: PTH101
        return path

    def kubeconfig(
        self,
        user: Json,
        cluster: Json | None = None,
        name: str = "kubeconfig",
        current: str = "x",
        **more: object,
    ) -> Path:
        """Write one with a single context, or what `more` has in place of it."""
        path = self.folder / name
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": cluster or self.cluster}],
            "users": [{"name": "u", "user": user}],
            "contexts": [
                {"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "team"}}
            ],
            "current-context": current,
        }
        path.write_text(json.dumps(content | more))
        return path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        scene, connection = self.server.scene, self.connection
        assert isinstance(connection, ssl.SSLSocket)
        subject = (connection.getpeercert() or {}).get("subject", ())
        names: dict[str, str] = dict(part[0] for part in subject)  # type: ignore[misc]
        seen = Seen(
            self.server.names.get(self.client_address[1]),
            names.get("commonName", ""),
            self.headers.get("Authorization", ""),
            sorted(
                (name.lower(), value)
                for name, value in self.headers.items()
                if name.lower().startswith("impersonate-")
            ),
            scene.proxied > 0,
        )
        scene.seen.append(seen)
        refused = seen.authorization in scene.refuses
        self.send_response(401 if refused else 200)
        content = b"{}"
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, scene: Scene) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scene = scene
        self.names: dict[int, str | None] = {}

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away."""


def _tunnel(client: socket.socket, scene: Scene) -> None:
    """Lead one client, wherever it asks to go, to the API server."""
    with client, suppress(OSError):
        granted = _socks(client) if client.recv(1, socket.MSG_PEEK) == b"\x05" else _http(client)
        scene.proxied += 1
        with socket.create_connection(("127.0.0.1", scene.port)) as server:
            client.sendall(granted)
            while True:
                for end in select.select([client, server], [], [])[0]:
                    if not (data := end.recv(65536)):
                        return
                    (server if end is client else client).sendall(data)


def _http(client: socket.socket) -> bytes:
    """Read a CONNECT, and return the answer."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    assert request.startswith(b"CONNECT ")
    return b"HTTP/1.1 200 OK\r\n\r\n"


def _socks(client: socket.socket) -> bytes:
    """Read a greeting and a request by name (RFC 1928), and return the answer."""
    with client.makefile("rb") as asked:
        _version, methods = asked.read(2)
        asked.read(methods)
        client.sendall(b"\x05\x00")
        by_name = b"\x05\x01\x00\x03"
        assert asked.read(len(by_name)) == by_name
        asked.read(asked.read(1)[0] + 2)
    return b"\x05\x00\x00\x01" + bytes(6)


def _serve_proxy(listener: socket.socket, scene: Scene) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_tunnel, args=(client, scene), daemon=True).start()


@contextmanager
def a_scene(folder: Path) -> Iterator[Scene]:
    """Run the API server and the proxy until the block ends."""
    scene = Scene(folder, trustme.CA())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    scene.authority.issue_cert("127.0.0.1", NAME).configure_cert(context)
    scene.authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    with _Server(scene) as server, socket.create_server(("127.0.0.1", 0)) as listener:

        def note(connection: ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
            server.names[connection.getpeername()[1]] = name

        context.sni_callback = note  # type: ignore[assignment]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scene.port, scene.proxy_port = server.server_address[1], listener.getsockname()[1]
        threading.Thread(target=_serve_proxy, args=(listener, scene), daemon=True).start()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield scene
        finally:
            server.shutdown()
            thread.join()
