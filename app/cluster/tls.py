"""The TLS context for an API server: which CAs are trusted, which client certificate is sent."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.cluster.kubeconfig import Cluster, User


def api_server_context(cluster: Cluster, user: User) -> ssl.SSLContext:
    """Return the TLS context for connections to this API server as this user.

    Raises OSError or ValueError with the field that cannot be used.
    """
    authority = _content(
        cluster.certificate_authority_data, cluster.certificate_authority, "certificate-authority"
    )
    if cluster.insecure_skip_tls_verify and authority:
        raise ValueError("certificate-authority and insecure-skip-tls-verify exclude each other")
    try:
        # Comments in a bundle need not be ASCII, but Python's ssl takes ASCII only.
        context = ssl.create_default_context(cadata=authority.decode("ascii", "ignore") or None)
    except ssl.SSLError as error:
        reason = error.reason or error
        raise ValueError(f"certificate-authority holds no certificates: {reason}") from None
    # Many cluster CAs have no key identifiers, which Python 3.13 demands by default. The chain, its
    # dates and the name are still verified.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if cluster.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate = _content(
        user.client_certificate_data, user.client_certificate, "client-certificate"
    )
    if certificate:
        key = _content(user.client_key_data, user.client_key, "client-key")
        if not key:
            raise ValueError("client-certificate needs client-key or client-key-data")
        load_client_certificate(context, certificate, key)
    if cluster.tls_server_name:
        _check_name(context, cluster.tls_server_name)
    return context


def load_client_certificate(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Have the context send this chain, in PEM, as the client certificate. Raises ValueError."""
    # Python's ssl module reads a key only from a file.
    with tempfile.NamedTemporaryFile() as file:  # only its owner may read it
        file.write(certificate.rstrip() + b"\n" + key)
        file.flush()
        try:
            context.load_cert_chain(file.name, password=_no_password)
        except ssl.SSLError as error:
            reason = error.reason or error
            raise ValueError(
                f"client-certificate and client-key cannot be used: {reason}"
            ) from None


def _no_password() -> str:
    raise ValueError("client-key is encrypted; decrypt it first")


def _content(data: bytes, path: str, field: str) -> bytes:
    """Return the data of the kubeconfig, or else the content of the file, as kubectl does."""
    if data or not path:
        return data
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{field} {path} cannot be read: {error.strerror or error}") from None
    if not content.strip():
        raise ValueError(f"{field} {path} is empty")
    return content


def _check_name(context: ssl.SSLContext, name: str) -> None:
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    except ValueError:
        raise ValueError(f"tls-server-name {name!r} is not the name of a server") from None
