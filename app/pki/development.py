"""Development certificates in a folder: a CA of their own, and a leaf for the loopback names.

Never for production: the CA key lies beside the server. The CA is constrained to the loopback
names, so that a browser or system that trusts it trusts it for nothing else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.bundle import verify
from app.pki.development_files import ORGANIZATION, PairFiles, check_replaceable, not_replaced
from app.pki.errors import CertificateError, Fault
from app.pki.folder import exclusive
from app.pki.keypair import KeyPair, check_dates, check_names

DEVELOPMENT_NAMES = ("localhost", "127.0.0.1", "::1")
CA_LIFETIME = timedelta(days=3650)
LEAF_LIFETIME = timedelta(days=90)
LOOK_AHEAD = timedelta(days=30)
"""A leaf with less than this left is issued again."""

_CA_SUBJECT = subject("leasegate development CA", ORGANIZATION)
_LEAF_SUBJECT = subject("leasegate development server", ORGANIZATION)
_REPLACED_FOR = frozenset(
    {Fault.MISSING, Fault.MISMATCH, Fault.EXPIRED, Fault.NAME_MISSING, Fault.UNTRUSTED}
)


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
    issues a new leaf (`RENEWED`), so that clients which trust `ca.crt` still do; only where
    that CA is missing, ends too soon or does not match its key is there a new CA as well (`MADE`).
    `force` makes everything anew, whatever lies there.

    Without `force` a file that is no certificate or key, and a pair that was not made here, are
    never replaced. The folder is made, its parent is not. Processes that do this at the same time
    wait for each other, and all but the first keep what the first one made.

    `now` is aware. Raises CertificateError.
    """
    ca = PairFiles(folder / "ca.crt", folder / "ca.key")
    leaf = PairFiles(folder / "tls.crt", folder / "tls.key")
    with exclusive(folder):
        action, summary = _make(ca, leaf, now=now) if force else _ensure(ca, leaf, now=now)
    return DevelopmentCertificates(
        ca.certificate, ca.key, leaf.certificate, leaf.key, action, summary
    )


def _ensure(ca: PairFiles, leaf: PairFiles, *, now: datetime) -> tuple[DevelopmentAction, str]:
    try:
        _check_serving(ca, leaf, now=now)
    except CertificateError as error:
        _require_replaceable(error)
        return _replace(ca, leaf, now=now, flaw=error)
    return DevelopmentAction.KEPT, f"Kept {leaf.certificate}, issued by {ca.certificate}."


def _check_serving(ca: PairFiles, leaf: PairFiles, *, now: datetime) -> None:
    source = str(leaf.certificate)
    serving = leaf.read()
    check_dates(serving.certificate, now=now, source=source)
    check_names(serving.certificate, names=DEVELOPMENT_NAMES, source=source)
    bundle = ca.read_certificates()
    for name in DEVELOPMENT_NAMES:
        verify(serving, bundle, name=name, now=now)
    end = serving.certificate.not_valid_after_utc
    if end < now + LOOK_AHEAD and leaf.made_here():  # another's is for its owner to renew
        raise CertificateError(
            Fault.EXPIRED, f"{source} would expire at {end:%Y-%m-%dT%H:%M:%SZ}", "renew it"
        )


def _replace(
    ca: PairFiles, leaf: PairFiles, *, now: datetime, flaw: CertificateError
) -> tuple[DevelopmentAction, str]:
    check_replaceable(leaf, beside=ca, flaw=flaw)
    try:
        renewed = _issue(ca.read(), now=now, source=str(ca.certificate))
    except CertificateError as error:
        _require_replaceable(error)
        check_replaceable(ca, beside=leaf, flaw=error)
        return _make(ca, leaf, now=now)
    leaf.write(renewed)
    return (
        DevelopmentAction.RENEWED,
        f"Issued {leaf.certificate} by the CA in {ca.certificate}, since {flaw.problem}.",
    )


def _make(ca: PairFiles, leaf: PairFiles, *, now: datetime) -> tuple[DevelopmentAction, str]:
    authority = make_authority(
        _CA_SUBJECT, now=now, lifetime=CA_LIFETIME, permitted=DEVELOPMENT_NAMES
    )
    made = _issue(authority, now=now, source=str(ca.certificate))
    ca.write(authority)
    leaf.write(made)
    return (
        DevelopmentAction.MADE,
        f"Made a CA in {ca.certificate} and, issued by it, {leaf.certificate}.",
    )


def _issue(authority: KeyPair, *, now: datetime, source: str) -> KeyPair:
    check_dates(authority.certificate, now=now, source=source)
    leaf = issue_serving_leaf(
        authority, _LEAF_SUBJECT, names=DEVELOPMENT_NAMES, now=now, lifetime=LEAF_LIFETIME
    )
    for name in DEVELOPMENT_NAMES:
        verify(leaf, [authority.certificate], name=name, now=now)
    return leaf


def _require_replaceable(flaw: CertificateError) -> None:
    """Raise a flaw that new certificates do not mend.

    A certificate that is not valid yet is a sign of a wrong clock, so it is not replaced.
    """
    if flaw.reason is Fault.UNREADABLE:
        raise not_replaced(flaw.problem)
    if flaw.reason not in _REPLACED_FOR:
        raise flaw
