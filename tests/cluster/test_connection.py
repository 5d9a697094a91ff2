"""A kubeconfig, or a pod's service account, and what can be wrong with it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typing_extensions import override

from app.cluster.certificate_secret import ClusterSecret
from app.cluster.connection import connect, open_plain_client
from app.cluster.kubeconfig import KubeconfigError, read_access
from app.pki.keypair import KeyPair
from app.pki.pem import certificate_pem
from app.pki.subject_names import general_name
from app.pki.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster.api_server import ApiServer


@pytest.mark.parametrize(
    "content", ["", "[]", "users: 3", "apiVersion: v1\nkind: Config\n", "\x00", "{a: [}"]
)
@pytest.mark.parametrize(
    "open_client",
    [
        lambda path: connect(path, lambda _date: None),
        lambda path: open_plain_client(read_access([path])),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, content: str, open_client: object
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    assert callable(open_client)
    with pytest.raises(KubeconfigError, match="cannot be used") as error:
        open_client(path)
    assert "\n" not in str(error.value)


def test_outside_of_a_pod_there_is_no_service_account() -> None:
    with pytest.raises(KubeconfigError, match="this is no pod with a service account"):
        connect(None, lambda _date: None)


def test_each_answer_tells_the_time_of_the_server(server: ApiServer) -> None:
    dates: list[datetime] = []

    async def read() -> None:
        client = connect(server.kubeconfig, dates.append)
        await ClusterSecret(client, "default", "any").read()
        await client.close()

    asyncio.run(read())
    assert dates
    assert all(abs(datetime.now(UTC) - date) < timedelta(minutes=1) for date in dates)


def test_a_client_for_a_command_has_the_same_credentials(server: ApiServer) -> None:
    with open_plain_client(read_access([server.kubeconfig])) as client:
        assert client.get("/api/v1/namespaces/default/secrets/none").status_code == 404


@pytest.mark.parametrize(
    ("name", "trusted", "refused"),
    [
        pytest.param("127.0.0.1", True, "", id="its own CA"),
        pytest.param("127.0.0.1", False, "certificate verify failed", id="another CA"),
        pytest.param("other.example", True, "not valid for '127.0.0.1'", id="another name"),
    ],
)
def test_a_ca_without_key_identifiers_is_enough_as_python_3_13_verifies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, trusted: bool, refused: str
) -> None:
    monkeypatch.setattr(ssl, "create_default_context", _as_of_python_3_13)
    with a_minimal_api_server(tmp_path, name) as (url, authority):
        other = tmp_path / "other.crt"
        trustme.CA().cert_pem.write_to_path(other)
        kubeconfig = tmp_path / "kubeconfig"
        cluster = {"server": url, "certificate-authority": str(authority if trusted else other)}
        kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "test", "cluster": cluster}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                    "users": [{"name": "test", "user": {}}],
                    "current-context": "test",
                }
            )
        )
        strict = _as_of_python_3_13(cafile=authority)
        with (
            pytest.raises(ssl.SSLCertVerificationError, match="Key Identifier"),
            socket.create_connection(url_address(url)) as plain,
        ):
            strict.wrap_socket(plain, server_hostname=name)
        with open_plain_client(read_access([kubeconfig])) as client:
            if not refused:
                assert client.get("/version").text == "ok"
                return
            with pytest.raises(httpx2.ConnectError, match=refused):
                client.get("/version")


_CREATE_DEFAULT_CONTEXT = ssl.create_default_context


def _as_of_python_3_13(**options: Any) -> ssl.SSLContext:  # noqa: ANN401  ssl's own
    context = _CREATE_DEFAULT_CONTEXT(**options)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def url_address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("https://").partition(":")
    return host, int(port)


@contextmanager
def a_minimal_api_server(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Answer with a certificate of a CA that has basicConstraints and nothing more."""
    now, holder = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])

    def builder(key: ec.EllipticCurvePrivateKey, subject: x509.Name) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .serial_number(x509.random_serial_number())
            .subject_name(subject)
            .issuer_name(holder)
            .public_key(key.public_key())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
        )

    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = (
        builder(authority_key, holder)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        builder(key, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")]))
        .add_extension(x509.SubjectAlternativeName([general_name(name)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    path = folder / "minimal-ca.crt"
    path.write_bytes(certificate_pem(authority))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of clients that hang up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        context = tls_context(KeyPair(leaf, key))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}", path
        finally:
            server.shutdown()
            thread.join()
