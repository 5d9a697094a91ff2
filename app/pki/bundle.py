"""Whether a bundle of CA certificates verifies a serving leaf."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import verification

from app.pki.errors import CertificateError, Fault
from app.pki.keypair import KeyPair
from app.pki.subject_names import general_name


def verify(leaf: KeyPair, bundle: Sequence[x509.Certificate], *, name: str, now: datetime) -> None:
    """Check what a TLS client checks that trusts `bundle` and connects to `name` at `now`.

    `name` is a DNS name (no wildcard) or an IP address, `now` is aware. Raises CertificateError,
    with the verifier's own words, when such a client would refuse the leaf. The rules are those of
    the CA/Browser Forum as the cryptography library has them.
    """
    if not bundle or name.startswith("*"):
        raise CertificateError(
            Fault.UNTRUSTED,
            f"there is nothing to verify: {len(bundle)} CA certificates, name {name[:253]!a}",
            "give at least one CA certificate and a name that a client can connect to",
        )
    policy = verification.PolicyBuilder().store(verification.Store(list(bundle))).time(now)
    try:
        policy.build_server_verifier(general_name(name)).verify(
            leaf.certificate, list(leaf.intermediates)
        )
    except verification.VerificationError as error:
        raise CertificateError(
            Fault.UNTRUSTED,
            f"the CA certificates do not verify the serving certificate for {name} ({error})",
            "serve a certificate that one of these CAs issued",
        ) from error


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate says that it is a CA's (RFC 5280, 4.2.1.9)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca


def has_issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the CA signed the certificate."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
