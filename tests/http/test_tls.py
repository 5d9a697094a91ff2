"""TLS as kube-apiserver, and the strictest of Python's clients, speak it."""

from __future__ import annotations

import socket
import ssl
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.pki.development import ensure_development_certificates
from tests.reviews import RECORDED
from tests.server.running import PATIENCE, Certificates, Recorder, RunningServer, running_leasegate

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = RECORDED["validate-create-valid"]


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with the development certificates that leasegate makes."""
    made = ensure_development_certificates(tmp_path_factory.mktemp("certs"), now=datetime.now(UTC))
    files = Certificates(made.ca_certificate, made.certificate, made.key)
    with running_leasegate(files, Recorder()) as server:
        yield server


def strict(server: RunningServer) -> ssl.SSLContext:
    """Return what Python 3.13 makes a default context of."""
    context = ssl.create_default_context(cafile=server.ca)
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def handshake(server: RunningServer, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    return context.wrap_socket(plain, server_hostname=name)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_the_strictest_client_accepts_the_development_certificates(
    development: RunningServer, name: str
) -> None:
    with handshake(development, strict(development), name) as connection:
        assert connection.version() == "TLSv1.3"


@pytest.mark.parametrize("name", ["example.com", "localhost.example.com", "127.0.0.2"])
def test_the_development_certificates_are_good_for_no_other_name(
    development: RunningServer, name: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(development, strict(development), name)


def test_a_client_that_does_not_know_the_ca_refuses(development: RunningServer) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(development, ssl.create_default_context(), "localhost")


def test_a_review_is_answered_over_the_development_certificates(
    development: RunningServer,
) -> None:
    with development.client() as client:
        answer = client.post(
            "/validate", content=BODY, headers={"Content-Type": "application/json"}
        )
    assert answer.json()["response"]["allowed"] is True


def test_http_1_1_is_what_is_agreed_on(development: RunningServer) -> None:
    context = strict(development)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with handshake(development, context, "localhost") as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


def test_tls_1_2_is_served_and_nothing_older(development: RunningServer) -> None:
    context = strict(development)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with handshake(development, context, "localhost") as connection:
        assert connection.version() == "TLSv1.2"
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(development.ca)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(development, old, "localhost")


def extension(kind: int, content: bytes) -> bytes:
    return struct.pack("!HH", kind, len(content)) + content


def client_hello(*groups: int) -> bytes:
    """Return a hello of TLS 1.3 that speaks these groups and sends a share of none of them."""
    names = b"".join(struct.pack("!H", group) for group in groups)
    extensions = (
        extension(10, struct.pack("!H", len(names)) + names)
        + extension(13, b"\x00\x04\x04\x03\x08\x04")
        + extension(43, b"\x02\x03\x04")
        + extension(51, b"\x00\x00")
    )
    hello = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
    hello += struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + struct.pack("!I", len(hello))[1:] + hello
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


HANDSHAKE, ALERT = 0x16, 0x15
P256 = 0x17


@pytest.mark.parametrize(
    ("group", "answer"),
    [
        pytest.param(P256, HANDSHAKE, id="P-256"),
        pytest.param(0x1E, ALERT, id="X448"),
        pytest.param(0x19, ALERT, id="P-521"),
        pytest.param(0x100, ALERT, id="ffdhe2048"),
        pytest.param(0x104, ALERT, id="ffdhe8192, which costs 190 ms"),
    ],
)
def test_only_a_cheap_group_is_offered(development: RunningServer, group: int, answer: int) -> None:
    with socket.create_connection(("127.0.0.1", development.port), timeout=PATIENCE) as plain:
        plain.sendall(client_hello(group))
        assert plain.recv(1)[0] == answer


@pytest.mark.parametrize(
    ("cipher", "offered"),
    [
        pytest.param("ECDHE-ECDSA-AES128-GCM-SHA256", True, id="AES-128 in GCM"),
        pytest.param("ECDHE-ECDSA-AES256-GCM-SHA384", True, id="AES-256 in GCM"),
        pytest.param("ECDHE-ECDSA-CHACHA20-POLY1305", True, id="ChaCha20"),
        pytest.param("ECDHE-ECDSA-AES256-SHA384", False, id="CBC"),
        pytest.param("ECDHE-ECDSA-AES128-SHA", False, id="SHA-1"),
        pytest.param("ECDHE-ECDSA-AES128-CCM", False, id="CCM"),
    ],
)
def test_tls_1_2_has_ciphers_with_forward_secrecy_and_authentication_alone(
    development: RunningServer, cipher: str, *, offered: bool
) -> None:
    context = strict(development)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    if offered:
        with handshake(development, context, "localhost") as connection:
            assert connection.cipher() is not None
    else:
        with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
            handshake(development, context, "localhost")


def test_no_session_is_kept_for_anybody(development: RunningServer) -> None:
    with handshake(development, strict(development), "localhost") as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(100)
        assert connection.session is None or not connection.session.has_ticket
