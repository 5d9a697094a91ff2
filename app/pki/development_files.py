"""The files of development certificates, and which of them may be replaced."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from app.pki.errors import CertificateError, Fault
from app.pki.files import read_pem, write_whole
from app.pki.keypair import KeyPair, parse_key_pair
from app.pki.keys import parse_private_key
from app.pki.pem import Pem, parse_certificates

ORGANIZATION = "leasegate development"
"""In the subject of every certificate that is made here, and how it is known again."""

_CERTIFICATE_MODE = 0o644
_KEY_MODE = 0o600


@dataclass(frozen=True, slots=True)
class PairFiles:
    """Where a certificate and its key are kept."""

    certificate: Path
    key: Path

    def read(self) -> KeyPair:
        """Read the pair; an empty file is as good as none. Raises CertificateError."""
        return parse_key_pair(_read(self.certificate), _read(self.key))

    def read_certificates(self) -> tuple[x509.Certificate, ...]:
        """Read the certificates alone. Raises CertificateError."""
        return parse_certificates(_read(self.certificate))

    def write(self, pair: KeyPair) -> None:
        """Write the pair, the key for its owner alone. Raises CertificateError.

        The certificate says whose the pair is, so it comes first: what a crash leaves behind is
        known as ours, and made again.
        """
        write_whole(self.certificate, pair.certificate_pem, mode=_CERTIFICATE_MODE)
        write_whole(self.key, pair.key_pem, mode=_KEY_MODE)

    def made_here(self) -> bool | None:
        """Return whether the certificate was made here; None where there is none."""
        try:
            certificate = self.read_certificates()[0]
        except CertificateError as error:
            if error.reason is Fault.MISSING:
                return None
            raise
        names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return [name.value for name in names] == [ORGANIZATION]

    def has_key(self) -> bool:
        """Return whether there is a key; raises CertificateError for a file with anything else."""
        try:
            parse_private_key(_read(self.key))
        except CertificateError as error:
            if error.reason is Fault.MISSING:
                return False
            raise
        return True


def check_replaceable(files: PairFiles, *, beside: PairFiles, flaw: CertificateError) -> None:
    """Raise CertificateError if replacing the pair, because of `flaw`, would lose a foreign one.

    A certificate says in its subject whether it was made here. A key without a certificate belongs
    to the pair `beside` it. A file with any other content is not ours.
    """
    try:
        made_here, has_key = files.made_here(), files.has_key()
        if made_here is None:
            made_here = beside.made_here() if has_key else True
    except CertificateError as error:
        raise not_replaced(error.problem) from error
    if not made_here:
        raise not_replaced(f"{flaw.problem}, and {files.key.parent} holds a pair from elsewhere")


def not_replaced(problem: str) -> CertificateError:
    """Return the error that says that files are left as they are, and what to do."""
    return CertificateError(
        Fault.NOT_OURS,
        f"{problem}, so nothing is replaced",
        "move that file away, or make all four anew with leasegate certs dev --force",
    )


def _read(path: Path) -> Pem:
    pem = read_pem(path)
    if not pem.content.strip():
        raise CertificateError(Fault.MISSING, f"{path} is empty", "remove it")
    return pem
