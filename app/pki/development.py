"""Development certificates in a folder: a CA of their own, and a leaf for the loopback names.

Never for production: the CA key lies beside the server. The CA is constrained to the loopback
names, so that a browser or system that trusts it trusts it for nothing else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.bundle import verify
from app.pki.errors import CertificateError, Reason
from app.pki.files import locked, read_pem, write_whole
from app.pki.keypair import (
    KeyPair,
    Pem,
    check_dates,
    load_key_pair,
    pair,
    parse_certificates,
    parse_private_key,
)

DEVELOPMENT_NAMES = ("localhost", "127.0.0.1", "::1")
CA_LIFETIME = timedelta(days=3650)
LEAF_LIFETIME = timedelta(days=90)
LOOK_AHEAD = timedelta(days=30)
"""A leaf with less than this left is issued again."""

_ORGANIZATION = "leasegate development"
_CA_SUBJECT = subject("leasegate development CA", _ORGANIZATION)
_LEAF_SUBJECT = subject("leasegate development server", _ORGANIZATION)
_WHY = {
    Reason.MISSING: "there was none",
    Reason.EXPIRED: "the old one had expired or soon would",
    Reason.NOT_YET_VALID: "the old one was not valid yet",
    Reason.MISMATCH: "the old key did not match",
    Reason.NAME_MISSING: "the old one lacked a name",
    Reason.UNTRUSTED: "the old one was not issued by this CA",
}
_KEY_MODE = 0o600
_CERTIFICATE_MODE = 0o644


class DevelopmentAction(StrEnum):
    """What was done to the folder."""

    MADE = "made"
    RENEWED = "renewed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class DevelopmentCertificates:
    """Where the files are, what was done (`action`) and the sentence that says so (`summary`)."""

    ca_certificate: Path
    ca_key: Path
    certificate: Path
    key: Path
    action: DevelopmentAction
    summary: str


def ensure_development_certificates(
    folder: Path, *, now: datetime, force: bool = False
) -> DevelopmentCertificates:
    """Leave `ca.crt`, `ca.key`, `tls.crt` and `tls.key` in `folder` such that a server can start.

    A leaf that a client will accept for another 30 days is kept. Otherwise the CA that is there
    issues a new leaf (`RENEWED`), so that whoever trusts `ca.crt` need not do it again; only where
    that CA is missing, ends too soon or does not match its key is there a new CA as well (`MADE`).
    `force` makes everything anew, whatever lies there.

    Without `force` a file that is no certificate or key, and a pair that was not made here, are
    never replaced. The folder is made, its parent is not. Processes that do this at the same time
    wait for each other, and all but the first keep what the first one made.

    `now` is aware. Raises CertificateError.
    """
    ca = _Files(folder / "ca.crt", folder / "ca.key")
    leaf = _Files(folder / "tls.crt", folder / "tls.key")
    with locked(folder):
        action, summary = _ensure(ca, leaf, now=now, force=force)
    return DevelopmentCertificates(
        ca.certificate, ca.key, leaf.certificate, leaf.key, action, summary
    )


@dataclass(frozen=True, slots=True)
class _Files:
    certificate: Path
    key: Path

    def write(self, made: KeyPair) -> None:
        # The certificate says whose the pair is, so it comes first: what a crash leaves behind is
        # known as ours, and made again.
        write_whole(self.certificate, made.certificate_pem, mode=_CERTIFICATE_MODE)
        write_whole(self.key, made.key_pem, mode=_KEY_MODE)


def _ensure(
    ca: _Files, leaf: _Files, *, now: datetime, force: bool
) -> tuple[DevelopmentAction, str]:
    why = "as asked"
    if not force:
        if (flaw := _flaw(ca, leaf, now=now)) is None:
            return DevelopmentAction.KEPT, f"Kept {leaf.certificate} and {leaf.key}."
        why = _WHY.get(flaw, flaw)
        _check_replaceable(leaf, beside=ca)
        if renewed := _issue_from(ca, now=now):
            leaf.write(renewed)
            return (
                DevelopmentAction.RENEWED,
                f"Issued {leaf.certificate} from the CA in {ca.certificate} ({why}).",
            )
        _check_replaceable(ca, beside=leaf)
    authority = make_authority(
        _CA_SUBJECT, now=now, lifetime=CA_LIFETIME, permitted=DEVELOPMENT_NAMES
    )
    ca.write(authority)
    leaf.write(_issue(authority, now=now))
    return (
        DevelopmentAction.MADE,
        f"Made a CA in {ca.certificate} and a leaf in {leaf.certificate} ({why}).",
    )


def _flaw(ca: _Files, leaf: _Files, *, now: datetime) -> Reason | None:
    """Why the leaf that is there has to be made again, if it has to."""
    try:
        serving = load_key_pair(
            _read(leaf.certificate), _read(leaf.key), now=now, names=DEVELOPMENT_NAMES
        )
        bundle = parse_certificates(_read(ca.certificate))
        verify(serving, bundle, names=DEVELOPMENT_NAMES, now=now)
        if _is_ours(serving.certificate):  # nobody but its owner can renew another's in time
            check_dates(serving.certificate, now=now + LOOK_AHEAD, source=str(leaf.certificate))
    except CertificateError as error:
        return _replaceable(error).reason
    return None


def _issue_from(ca: _Files, *, now: datetime) -> KeyPair | None:
    """Issue a leaf from the CA that is there, if it can give one that clients accept."""
    try:
        authority = pair(
            parse_certificates(_read(ca.certificate)),
            parse_private_key(_read(ca.key)),
            source=str(ca.key),
        )
        leaf = _issue(authority, now=now)
        verify(leaf, [authority.certificate], names=DEVELOPMENT_NAMES, now=now)
    except CertificateError as error:
        _replaceable(error)
        return None
    return leaf


def _issue(authority: KeyPair, *, now: datetime) -> KeyPair:
    return issue_serving_leaf(
        authority, _LEAF_SUBJECT, names=DEVELOPMENT_NAMES, now=now, lifetime=LEAF_LIFETIME
    )


def _read(path: Path) -> Pem:
    pem = read_pem(path)
    if not pem.content.strip():
        raise CertificateError(Reason.MISSING, f"{path} is empty", "remove it")
    return pem


def _replaceable(error: CertificateError) -> CertificateError:
    """Hand the error back, unless it means that a file may hold something of somebody else's."""
    if error.reason is Reason.UNREADABLE:
        raise _not_ours(error.problem) from error
    return error


def _check_replaceable(files: _Files, *, beside: _Files) -> None:
    """Refuse to replace a pair that was not made here.

    A key cannot say whose it is, so its certificate does; that of the other pair where it has none.
    """
    present = [path for path in (files.certificate, files.key) if _is_present(path)]
    if not present:
        return
    witness = files.certificate if files.certificate in present else beside.certificate
    if not (_is_present(witness) and _is_ours(parse_certificates(_read(witness))[0])):
        raise _not_ours(f"{present[0]} cannot be used and was not made by leasegate")


def _is_present(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _is_ours(certificate: x509.Certificate) -> bool:
    names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [name.value for name in names] == [_ORGANIZATION]


def _not_ours(problem: str) -> CertificateError:
    return CertificateError(
        Reason.NOT_OURS,
        f"{problem}, so it is not replaced",
        "move it away, or make all four files anew with leasegate certs dev --force",
    )
