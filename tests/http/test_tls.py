"""TLS as kube-apiserver, and the strictest of Python's clients, speak it."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.pki import ensure_development_certificates
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
