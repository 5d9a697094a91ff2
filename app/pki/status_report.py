"""The report of `leasegate certs status`: the certificates, what is wrong, what happens next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography import x509
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from app.pki.live_bundles import unverified
from app.pki.rotation import add_time, drop_time
from app.pki.rotation_next_step import next_step
from app.pki.rotation_state import signer
from app.pki.secret_state import end_of, leaf_of, read_authorities
from app.pki.subject_names import covers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.pki.keypair import KeyPair
    from app.pki.lifetimes import Lifetimes
    from app.pki.rotation_state import Authority
    from app.pki.secret_state import Contents
    from app.pki.stores import WebhookConfiguration

_OVERDUE: Final = 0.5
"""The share of the look-ahead after which a CA that was not replaced is reported as overdue."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class CertificateStatus(_Model):
    """A certificate; `names` are its subject alternative names."""

    subject: str
    issuer: str
    names: tuple[str, ...] = ()
    not_before: datetime
    not_after: datetime


class AuthorityStatus(CertificateStatus):
    """A CA; `role` says that it signs, that it will sign, or until when it is trusted."""

    fingerprint: str = ""
    role: str = "signs"


class WebhookStatus(_Model):
    """A webhook; `problem` says why its caBundle does not verify what is served, or is empty."""

    name: str
    problem: str = ""


class Status(_Model):
    """The whole report; `leaf` is that of the replica that was asked."""

    mode: str
    leaf: CertificateStatus | None = None
    authorities: tuple[AuthorityStatus, ...] = ()
    webhooks: tuple[WebhookStatus, ...] = ()
    next_step: str = ""
    problems: tuple[str, ...] = ()


def status_of_files(
    pair: KeyPair, configurations: Sequence[WebhookConfiguration], *, name: str, now: datetime
) -> Status:
    """Return the status of a pair in files, which leasegate does not renew."""
    webhooks = _webhooks(pair, configurations, name, now)
    problems = [*_expiry(pair.certificate, now), *_webhook_problems(webhooks)]
    return Status(
        mode="files",
        leaf=describe(pair.certificate),
        webhooks=webhooks,
        next_step=f"whoever writes the files renews it before {_utc(end_of(pair.certificate))}",
        problems=tuple(problems),
    )


def status_of_development(pair: KeyPair, authority: x509.Certificate, *, now: datetime) -> Status:
    """Return the status of development certificates, which no webhook configuration knows."""
    return Status(
        mode="dev",
        leaf=describe(pair.certificate),
        authorities=(AuthorityStatus(**describe(authority).model_dump()),),
        next_step="the next start renews what is about to end",
        problems=tuple(_expiry(pair.certificate, now)),
    )


def status_of_secret(  # noqa: PLR0913  what is to be compared
    contents: Contents,
    configurations: Sequence[WebhookConfiguration],
    served: x509.Certificate | None,
    *,
    name: str,
    now: datetime,
    lifetimes: Lifetimes,
) -> Status:
    """Return the status of self-managed certificates; `served` is the leaf of one replica."""
    state, seconds = contents.state, now.timestamp()
    leaf, problems = None, list(contents.flaws)
    newest, signing = state.newest, signer(state)
    if newest is None:
        problems.append("there is no CA yet; is a replica running?")
    elif add_time(newest, lifetimes) + lifetimes.look_ahead * _OVERDUE < seconds:
        problems.append("the CA is overdue for replacement; the log of a replica says why")
    webhooks = tuple(
        WebhookStatus(name=webhook, problem=_missing(pem, contents, signing))
        for one in configurations
        for webhook, pem in one.bundles.items()
    )
    problems += _webhook_problems(webhooks)
    if served is not None:
        leaf = leaf_of(served, contents.certificates)
        if leaf is None:
            problems.append("the leaf of the replica is of no CA in the Secret")
        elif not covers(served, name):
            problems.append(f"the leaf of the replica does not name {name}")
        problems += _expiry(served, now)
    return Status(
        mode="self",
        leaf=describe(served) if served is not None else None,
        authorities=tuple(
            _authority(contents.certificates[one.fingerprint], one, signing, lifetimes)
            for one in state.authorities
        ),
        webhooks=webhooks,
        next_step=next_step(state, leaf, seconds, lifetimes).sentence,
        problems=tuple(problems),
    )


def _authority(
    certificate: x509.Certificate, one: Authority, signing: Authority | None, lifetimes: Lifetimes
) -> AuthorityStatus:
    role = f"is trusted until {_utc(drop_time(one, lifetimes))}"
    if one == signing:
        role = "signs"
    elif one.has_key:
        role = "will sign"
    return AuthorityStatus(
        **describe(certificate).model_dump(), role=role, fingerprint=one.fingerprint
    )


def _missing(pem: bytes, contents: Contents, signing: Authority | None) -> str:
    published = read_authorities(pem)
    missing = [
        f"{'the CA that signs, ' if one == signing else ''}"
        f"{contents.certificates[one.fingerprint].subject.rfc4514_string()}"
        for one in contents.state.authorities
        if one.fingerprint not in published
    ]
    return f"its caBundle lacks {'; '.join(missing)}" if missing else ""


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def describe(certificate: x509.Certificate) -> CertificateStatus:
    """Return the fields of a certificate that the report shows."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        dns_names = found.get_values_for_type(x509.DNSName)
        names = (*dns_names, *map(str, found.get_values_for_type(x509.IPAddress)))
    except x509.ExtensionNotFound:
        names = ()
    return CertificateStatus(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=names,
        not_before=certificate.not_valid_before_utc.astimezone(UTC),
        not_after=certificate.not_valid_after_utc.astimezone(UTC),
    )


def _webhooks(
    pair: KeyPair, configurations: Sequence[WebhookConfiguration], name: str, now: datetime
) -> tuple[WebhookStatus, ...]:
    wrong = unverified(pair, configurations, name=name, now=now)
    return tuple(
        WebhookStatus(name=webhook, problem=wrong.get(webhook, ""))
        for one in configurations
        for webhook in one.bundles
    )


def _webhook_problems(webhooks: Sequence[WebhookStatus]) -> list[str]:
    if not webhooks:
        return ["there is no webhook configuration of this name with a webhook of leasegate"]
    return [f"{one.name}: {one.problem}" for one in webhooks if one.problem]


def _expiry(certificate: x509.Certificate, now: datetime) -> list[str]:
    is_over = now > certificate.not_valid_after_utc
    return [f"the leaf expired at {_utc(end_of(certificate))}"] if is_over else []
