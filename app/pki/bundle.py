"""Whether a bundle of CA certificates verifies a serving leaf.

This asks what a TLS client asks, so what passes here is what kube-apiserver or curl will accept.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509 import verification

from app.pki.errors import CertificateError, Reason
from app.pki.keypair import KeyPair
from app.pki.names import general_name


def verify(
    leaf: KeyPair,
    bundle: Sequence[x509.Certificate],
    *,
    names: Iterable[str],
    now: datetime,
) -> None:
    """Build the chain from the leaf to the bundle for each of `names`, at `now` (aware).

    Raises CertificateError, with the verifier's own words, when a client would refuse the leaf.
    """
    policy = verification.PolicyBuilder().store(verification.Store(list(bundle))).time(now)
    for name in names:
        verifier = policy.build_server_verifier(general_name(name))
        try:
            verifier.verify(leaf.certificate, list(leaf.intermediates))
        except verification.VerificationError as error:
            raise CertificateError(
                Reason.UNTRUSTED,
                f"The CA certificates do not verify the serving certificate for {name}: {error}",
                "serve a certificate that one of these CAs issued",
            ) from error
