import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from app.pki.keypair import KeyPair
from tests.server.conftest import certificates

__all__ = ["certificates"]

Handshake = Callable[[KeyPair, bytes, str], str | None]
Unprivileged = Callable[[], AbstractContextManager[None]]
NOBODY = 65534


@pytest.fixture
def handshake(tmp_path: Path) -> Handshake:
    """A real TLS handshake over loopback, with the client as strict as Python 3.13's default.

    Takes what the server serves, the CA certificates that the client trusts and the name that it
    connects to; gives the TLS version. Raises ssl.SSLCertVerificationError where it refuses.
    """

    def shake(served: KeyPair, trusted: bytes, name: str) -> str | None:
        (tmp_path / "served.crt").write_bytes(served.certificate_pem)
        (tmp_path / "served.key").write_bytes(served.key_pem)
        server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_context.load_cert_chain(tmp_path / "served.crt", tmp_path / "served.key")
        client_context = ssl.create_default_context(cadata=trusted.decode("ascii"))
        client_context.verify_flags |= ssl.VERIFY_X509_STRICT

        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(300)
            server = threading.Thread(target=_serve_once, args=(listener, server_context))
            server.start()
            try:
                with (
                    socket.create_connection(listener.getsockname(), timeout=300) as plain,
                    client_context.wrap_socket(plain, server_hostname=name) as connection,
                ):
                    assert connection.recv(5) == b"hello"
                    return connection.version()
            finally:
                server.join(timeout=300)

    return shake


def _serve_once(listener: socket.socket, context: ssl.SSLContext) -> None:
    accepted, _ = listener.accept()
    accepted.settimeout(300)
    with accepted:
        try:
            with context.wrap_socket(accepted, server_side=True) as connection:
                connection.sendall(b"hello")
        except OSError:
            pass  # a client that refuses the certificate hangs up; it says why


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach too, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def unprivileged() -> Unprivileged:
    """Give up root, to whom no permission is an obstacle, for the length of a `with` block."""

    @contextmanager
    def as_nobody() -> Iterator[None]:
        user = os.geteuid()
        if user != 0:
            yield
            return
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)

    return as_nobody
