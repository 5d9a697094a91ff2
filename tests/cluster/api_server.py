"""A stand-in for kube-apiserver: HTTPS on loopback, and the few calls that leasegate makes.

Objects are JSON in memory. It creates, gets, deletes and lists them, merges a patch into them
where their resourceVersion is the given one, applies one by server-side apply (lists by `name`),
and streams watch events that a test puts in. It knows no rights, no validation and no owners of
fields. `answers` are given first, for what a real server refuses. That the stores find the same
here and there is what `store_checks` are for: they run against this one and the real one.
"""

from __future__ import annotations

import json
import queue
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx2
import trustme
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Json = dict[str, Any]
GROUP: Final = "/apis/coordination.k8s.io"
MERGE: Final = "application/merge-patch+json"
APPLY: Final = "application/apply-patch+yaml"
TOKEN: Final = "a-token"  # noqa: S105  of this server alone


@dataclass
class Answer:
    """What `method` on a path that contains `path` gets, so many `times`, instead of the truth."""

    method: str
    path: str
    code: int
    message: str = "as the test has it"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1_000_000

    def content(self) -> bytes:
        return status(self.code, self.message) if self.body is None else self.body


def status(code: int, message: str) -> bytes:
    """Return a metav1.Status."""
    failure = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    return json.dumps(failure | {"code": code, "message": message}).encode()


@dataclass
class ApiServer:
    """What is stored, by path, and how to reach it. `hangs` lets no request be answered.

    `versions` are those in which candidates are served, beside a v1 that has leases alone.
    """

    folder: Path
    url: str = ""
    objects: dict[str, Json] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    events: queue.Queue[bytes | None] = field(default_factory=queue.Queue)
    requests: list[str] = field(default_factory=list)
    versions: tuple[str, ...] = ("v1beta1", "v1alpha2")
    hangs: threading.Event = field(default_factory=threading.Event)
    ends: threading.Event = field(default_factory=threading.Event)
    _version: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ca(self) -> Path:
        return self.folder / "api-ca.crt"

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig with a token."""
        path = self.folder / "kubeconfig"
        cluster = {"server": self.url, "certificate-authority": str(self.ca)}
        path.write_text(
            json.dumps(
                {
                    "clusters": [{"name": "c", "cluster": cluster}],
                    "users": [{"name": "u", "user": {"token": TOKEN}}],
                    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                    "current-context": "x",
                }
            )
        )
        return path

    def client(self) -> httpx2.Client:
        """Return a client for the test itself."""
        context = ssl.create_default_context(cafile=self.ca)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx2.Client(base_url=self.url, verify=context, headers=headers)

    def put(self, path: str, content: Json) -> Json:
        """Store an object with a new resourceVersion."""
        self._version += 1
        metadata = content.get("metadata", {}) | {"resourceVersion": str(self._version)}
        self.objects[path] = content | {"metadata": metadata}
        return self.objects[path]

    def send(self, kind: str, content: Json) -> None:
        """Send an event to one watch."""
        self.events.put(json.dumps({"type": kind, "object": content}).encode() + b"\n")

    def answer(self, method: str, path: str, kind: str, body: bytes) -> tuple[int, bytes, Json]:
        """Return code, body and headers."""
        with self._lock:
            self.requests.append(f"{method} {path}")
            for one in self.answers:
                if one.times and one.method == method and one.path in path:
                    one.times -= 1
                    return one.code, one.content(), dict(one.headers)
            code, found = self._answer(method, urlsplit(path).path, kind, body)
            if isinstance(found, dict) and "items" in found:
                found = _page(found, parse_qs(urlsplit(path).query))
        if isinstance(found, str):
            return code, status(code, found), {}
        return code, json.dumps(found).encode(), {}

    def _answer(self, method: str, path: str, kind: str, body: bytes) -> tuple[int, Json | str]:
        if method == "POST":
            content: Json = json.loads(body)
            return 201, self.put(f"{path}/{content['metadata']['name']}", content)
        if method == "GET" and path.startswith(GROUP) and path.count("/") <= GROUP.count("/") + 1:
            return self._discover(path.removeprefix(GROUP).removeprefix("/"))
        found = self.objects.get(path)
        if method == "PATCH":
            return self._patch(path, found, kind, json.loads(body))
        if method == "GET" and path.endswith(("/leasecandidates", "/leases")):
            resource = f"/{path.rpartition('/')[2]}/"
            items = [one for at, one in self.objects.items() if resource in at]
            return 200, {"metadata": {"resourceVersion": str(self._version)}, "items": items}
        if found is None:
            return 404, f"{path} not found"
        if method == "DELETE":
            del self.objects[path]
        return 200, found

    def _discover(self, version: str) -> tuple[int, Json | str]:
        names = [*self.versions, *({"v1"} - {*self.versions})]
        if not version:
            return 200, {"kind": "APIGroup", "versions": [{"version": name} for name in names]}
        if version not in names:
            return 404, f"{version} not found"
        served = ["leases", *(["leasecandidates"] if version in self.versions else [])]
        return 200, {"kind": "APIResourceList", "resources": [{"name": name} for name in served]}

    def _patch(
        self, path: str, found: Json | None, kind: str, change: Json
    ) -> tuple[int, Json | str]:
        version = change.get("metadata", {}).get("resourceVersion")
        if found is None:
            return (404, f"{path} not found") if kind == MERGE else (201, self.put(path, change))
        if version is not None and version != found["metadata"]["resourceVersion"]:
            return 409, "the object has been modified; please apply your changes to it"
        changed = _merged(found, change, by_name=kind == APPLY)
        return 200, found if changed == found else self.put(path, changed)


def _page(listing: Json, query: Mapping[str, list[str]]) -> Json:
    """Return `limit` of the items, from where `continue` says; all where nothing is said."""
    items, start = listing["items"], int(query.get("continue", ["0"])[0])
    end = start + int(query.get("limit", [len(items)])[0])
    more = {"continue": str(end)} if end < len(items) else {}
    return listing | {"metadata": listing["metadata"] | more, "items": items[start:end]}


def _merged(found: Any, change: Any, *, by_name: bool) -> Any:  # noqa: ANN401  any JSON
    if isinstance(found, dict) and isinstance(change, dict):
        merged = dict(found)
        for key, value in change.items():
            if value is None:
                merged.pop(key, None)
            else:
                merged[key] = _merged(found.get(key), value, by_name=by_name)
        return merged
    if by_name and isinstance(found, list) and isinstance(change, list):
        changes = {one["name"]: one for one in change}
        return [_merged(one, changes.get(one["name"], {}), by_name=True) for one in found]
    return change


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def api(self) -> ApiServer:
        assert isinstance(self.server, _Http)
        return self.server.api

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        while self.api.hangs.is_set():
            if self.api.ends.wait(0.05):
                return
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.send(401, status(401, "Unauthorized"), {})
            return
        query = parse_qs(urlsplit(self.path).query)
        kind = self.headers.get("Content-Type", "")
        code, content, headers = self.api.answer(self.command, self.path, kind, body)
        if code == 200 and "watch" in query:
            self.stream()
            return
        self.send(code, content, headers)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def send(self, code: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def stream(self) -> None:
        """Send events until there is a None, which ends the stream in good order."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while (event := self.api.events.get()) is not None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.write(b"0\r\n\r\n")

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: ApiServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away."""


@contextmanager
def an_api_server(folder: Path) -> Iterator[ApiServer]:
    """Run one until the block ends."""
    server = ApiServer(folder)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(server.ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with _Http(server) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        server.url = f"https://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.ends.set()
            server.events.put(None)
            http.shutdown()
            thread.join()
