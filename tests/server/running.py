"""The real server in a thread of this process: real TLS, a real port on loopback."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import trustme

from app.admission.status import status_body
from app.http.answer import Refusals
from app.http.limits import ConnectionLimits
from app.http.listener import bind
from app.http.server import HttpServer
from app.pki.files import read_pem
from app.pki.keypair import parse_key_pair
from app.pki.tls import tls_context
from app.server.application import create_application
from app.server.body import BodyReader
from app.server.lifecycle import Lifecycle
from app.server.limits import ReviewLimits, ShutdownSettings
from app.server.run import Server
from tests.hooks import BUILT_IN_HOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Scope

    from app.admission import Review, Verdict
    from app.admission.recovery import ReviewStart
    from app.server.observer import Observer
    from app.server.run import Work
    from app.webhooks import Hook

AT_ONCE = ShutdownSettings(drain_seconds=0, shutdown_seconds=0)
LIMITS = ConnectionLimits()
REVIEWS = ReviewLimits()
REFUSALS = Refusals(status_body)
PATIENCE = 300.0
"""Seconds after which something that should have happened has not."""


@dataclass(slots=True)
class Recorder:
    """An observer that remembers what it was told, and lets a test wait for it."""

    decisions: list[tuple[str, Review[object], Verdict]] = field(default_factory=list)
    verified: list[bool] = field(default_factory=list)
    oversized_verdicts: list[tuple[str, str, Verdict]] = field(default_factory=list)
    refusals: list[tuple[str, int, str]] = field(default_factory=list)
    told: threading.Condition = field(default_factory=threading.Condition)

    def decided(
        self, webhook: str, scope: Scope, review: Review[object], verdict: Verdict, seconds: float
    ) -> None:
        assert seconds >= 0
        with self.told:
            self.verified.append(scope["state"].get("caller_verified", False))
            self.decisions.append((webhook, review, verdict))
            self.told.notify_all()

    def oversized(self, webhook: str, _scope: Scope, start: ReviewStart, verdict: Verdict) -> None:
        with self.told:
            self.oversized_verdicts.append((webhook, start.uid, verdict))
            self.told.notify_all()

    def refused(self, webhook: str, _scope: Scope, code: int, message: str) -> None:
        with self.told:
            self.refusals.append((webhook, code, message))
            self.told.notify_all()

    def wait_until(self, happened: Callable[[Recorder], bool]) -> None:
        """Wait for what the server tells after its answer has left."""
        with self.told:
            assert self.told.wait_for(lambda: happened(self), PATIENCE), "was not told"


@dataclass(frozen=True, slots=True)
class Certificates:
    """A CA, its certificate in a file, and a leaf for the loopback names."""

    ca: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make a throw-away CA and leaf in `folder`."""
    files = Certificates(folder / "ca.crt", folder / "tls.crt", folder / "tls.key")
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1", "::1")
    authority.cert_pem.write_to_path(files.ca)
    for blob in leaf.cert_chain_pems:
        blob.write_to_path(files.certificate, append=True)
    leaf.private_key_pem.write_to_path(files.key)
    return files


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where the server listens, and who vouches for it."""

    port: int
    ca: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def context(self) -> ssl.SSLContext:
        """Return a context that trusts this server and is as strict as Python 3.13's default."""
        context = ssl.create_default_context(cafile=self.ca)
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def client(self) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.url, verify=self.context(), timeout=PATIENCE, follow_redirects=False
        )

    def connect(self) -> ssl.SSLSocket:
        """Return a raw connection, for clients that misbehave."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        return self.context().wrap_socket(plain, server_hostname="127.0.0.1")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it came over a raw connection."""

    code: int
    headers: dict[str, str]
    body: bytes


def read_answer(connection: socket.socket) -> Answer:
    """Read one whole answer; http.client raises where it is cut off."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    body = response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, body)


def is_closed(connection: socket.socket) -> bool:
    """Wait for the server to end the connection; whether it did without sending more."""
    try:
        return connection.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


@contextmanager
def running(
    application: ASGIApp,
    certificates: Certificates,
    settings: ShutdownSettings = AT_ONCE,
    limits: ConnectionLimits = LIMITS,
    context: Callable[[], ssl.SSLContext] | None = None,
    background: Sequence[Callable[[], Work]] = (),
    refusals: Refusals = REFUSALS,
) -> Iterator[RunningServer]:
    """Serve `application` until the block ends; `context` takes the place of the certificates."""
    if context is None:
        pair = parse_key_pair(read_pem(certificates.certificate), read_pem(certificates.key))
        fixed = tls_context(pair)

        def context() -> ssl.SSLContext:
            return fixed

    listener = bind("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    started = threading.Event()
    lifecycle = Lifecycle()
    server = Server(
        admission=HttpServer(application, listener, limits, refusals, context),
        operations=None,
        lifecycle=lifecycle,
        shutdown=settings,
        on_started=started.set,
        background=background,
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(PATIENCE), "the server did not start"
        yield RunningServer(port, certificates.ca)
    finally:
        lifecycle.stop(hurry=True)
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server did not stop"


@contextmanager
def running_leasegate(
    certificates: Certificates,
    observer: Observer,
    *,
    hooks: Mapping[str, Hook] = BUILT_IN_HOOKS,
    reviews: ReviewLimits = REVIEWS,
    limits: ConnectionLimits = LIMITS,
    context: Callable[[], ssl.SSLContext] | None = None,
) -> Iterator[RunningServer]:
    """Serve leasegate itself, with the built-in rules, until the block ends."""
    application = create_application(hooks, observer, BodyReader(reviews))
    with running(
        application,
        certificates,
        limits=limits,
        context=context,
        refusals=Refusals(
            status_body, lambda code, message: observer.refused("", {}, code, message)
        ),
    ) as server:
        yield server
