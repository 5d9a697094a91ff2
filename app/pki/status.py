"""The state of certificates as a person asks for it: what is there, what is wrong, what is next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography import x509
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from app.pki.live_bundles import unverified
from app.pki.rotation_outlook import outlook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.pki.keypair import KeyPair
    from app.pki.lifetimes import Lifetimes
    from app.pki.secret_state import Contents
    from app.pki.stores import WebhookConfiguration

_OVERDUE: Final = 0.5
"""Of the look-ahead: with less left than that, nobody seems to renew."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class CertificateStatus(_Model):
    """A certificate; `names` are its subject alternative names."""

    subject: str
    issuer: str
    names: tuple[str, ...] = ()
    not_before: datetime
    not_after: datetime


class WebhookStatus(_Model):
    """A webhook, and why its caBundle does not verify the leaf; empty where it does."""

    name: str
    problem: str = ""


class Status(_Model):
    """All of it. `replicas` are known of self-managed certificates only."""

    mode: str
    leaf: CertificateStatus | None = None
    authorities: tuple[CertificateStatus, ...] = ()
    webhooks: tuple[WebhookStatus, ...] = ()
    replicas: tuple[str, ...] = ()
    next_step: str = ""
    problems: tuple[str, ...] = ()


def status_of_files(
    pair: KeyPair, configurations: Sequence[WebhookConfiguration], *, name: str, now: datetime
) -> Status:
    """Return the status of a pair that somebody else looks after."""
    webhooks = _webhooks(pair, configurations, name, now)
    problems = [*_expiry(pair, now), *_webhook_problems(webhooks)]
    return Status(
        mode="files",
        leaf=describe(pair.certificate),
        webhooks=webhooks,
        next_step=f"whoever writes the files renews it before {_time(pair)}",
        problems=tuple(problems),
    )


def status_of_development(pair: KeyPair, authority: x509.Certificate, *, now: datetime) -> Status:
    """Return the status of development certificates, which no webhook configuration knows."""
    return Status(
        mode="dev",
        leaf=describe(pair.certificate),
        authorities=(describe(authority),),
        next_step="the next start renews what is about to end",
        problems=tuple(_expiry(pair, now)),
    )


def status_of_secret(
    contents: Contents,
    configurations: Sequence[WebhookConfiguration],
    *,
    name: str,
    now: datetime,
    lifetimes: Lifetimes,
) -> Status:
    """Return the status of self-managed certificates."""
    pair, state, seconds = contents.leaf, contents.state, now.timestamp()
    webhooks = _webhooks(pair, configurations, name, now) if pair is not None else ()
    problems = [*contents.flaws]
    if pair is None or state.leaf is None:
        problems.append("there is no leaf yet; is a replica running?")
    else:
        problems += [*_expiry(pair, now), *_webhook_problems(webhooks)]
        if 0 < state.leaf.not_after - seconds < lifetimes.look_ahead * _OVERDUE:
            problems.append("the leaf is overdue for renewal; the log of a replica says why")
        if not state.replicas:
            problems.append("no replica is registered; is one running?")
    return Status(
        mode="self",
        leaf=describe(pair.certificate) if pair is not None else None,
        authorities=tuple(
            describe(contents.certificates[one.fingerprint]) for one in state.authorities
        ),
        webhooks=webhooks,
        replicas=tuple(sorted(state.replicas)),
        next_step=outlook(state, seconds, lifetimes).sentence,
        problems=tuple(problems),
    )


def describe(certificate: x509.Certificate) -> CertificateStatus:
    """Return what people want to know of a certificate."""
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


def _expiry(pair: KeyPair, now: datetime) -> list[str]:
    is_over = now > pair.certificate.not_valid_after_utc
    return [f"the leaf expired at {_time(pair)}"] if is_over else []


def _time(pair: KeyPair) -> str:
    return f"{pair.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
