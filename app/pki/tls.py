"""TLS contexts: the versions that are spoken, and whether callers must show a certificate."""

from __future__ import annotations

import os
import ssl
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

from app.pki.errors import CertificateError, Fault

if TYPE_CHECKING:
    from app.pki.keypair import KeyPair


_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and AEAD, as in Mozilla's profile "intermediate"."""

_GROUP: Final = "prime256v1"
"""Every Go client speaks P-256, in its FIPS mode too. OpenSSL's own list has finite fields, of
which ffdhe8192 costs 190 ms for a hello that anybody can send. Python's ssl sets one group; the
file that OPENSSL_CONF names could add X25519 (`Groups`), but without that file all groups would be
back, and what it saves is one round trip of each new connection."""


@dataclass(frozen=True, slots=True)
class TlsPolicy:
    """What a handshake requires.

    `client_authorities` are CA certificates in PEM; where there are some, a caller must show a
    certificate that one of them issued. That requires TLS 1.3, whatever the `minimum` is: without
    tickets it resumes no session, so each handshake verifies the certificate. TLS 1.2 also resumes
    sessions by their id, which Python's ssl cannot turn off.
    """

    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    client_authorities: str = ""


DEFAULT_POLICY = TlsPolicy()


def new_context(policy: TlsPolicy = DEFAULT_POLICY) -> ssl.SSLContext:
    """Return a context without a certificate: every handshake fails."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = policy.minimum
    context.set_ciphers(_CIPHERS)
    context.set_ecdh_curve(_GROUP)
    context.options |= ssl.OP_NO_RENEGOTIATION
    # client-go resumes no session, and making tickets costs time.
    context.num_tickets = 0
    # kube-apiserver asks a Service's webhook for HTTP/1.1 only (apiserver pkg/util/webhook).
    context.set_alpn_protocols(["http/1.1"])
    if policy.client_authorities:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=policy.client_authorities)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def tls_context(pair: KeyPair, policy: TlsPolicy = DEFAULT_POLICY) -> ssl.SSLContext:
    """Return a context that serves the pair.

    Raises CertificateError where OpenSSL refuses the pair, for example a key that is too short.
    """
    context = new_context(policy)
    # Python's ssl reads files only. This one has no name, and is in memory where the system can.
    with _unnamed_file() as file:
        file.write(pair.certificate_pem + pair.key_pem)
        file.flush()
        try:
            context.load_cert_chain(f"/dev/fd/{file.fileno()}")
        except ssl.SSLError as error:
            raise CertificateError(
                Fault.UNREADABLE,
                f"OpenSSL does not serve with this certificate and key ({error.reason})",
                "use an ECDSA P-256 key, or an RSA key of at least 2048 bits with SHA-256",
            ) from error
    return context


def _unnamed_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("leasegate"), "w+b")
    return cast("IO[bytes]", tempfile.TemporaryFile())
