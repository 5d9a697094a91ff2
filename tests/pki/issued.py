"""CAs and leaves that the program issues, with most of their parameters filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.files import read_pem
from app.pki.keypair import load_key_pair
from app.pki.keys import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from app.pki.keypair import KeyPair

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = ("localhost", "leasegate.default.svc", "127.0.0.1", "::1")


def a_ca(
    name: str = "a CA",
    *,
    now: datetime = NOW,
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA,
    permitted: tuple[str, ...] = (),
) -> KeyPair:
    """Return a CA that lives for 30 days."""
    return make_authority(
        subject(name, "test"), now=now, lifetime=30 * DAY, algorithm=algorithm, permitted=permitted
    )


def a_leaf(
    ca: KeyPair,
    *names: str,
    now: datetime = NOW,
    lifetime: timedelta = DAY,
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA,
) -> KeyPair:
    """Return a leaf for these names, or else for NAMES."""
    return issue_serving_leaf(
        ca,
        subject("a server", "test"),
        names=names or NAMES,
        now=now,
        lifetime=lifetime,
        algorithm=algorithm,
    )


def read_key_pair(
    certificate: Path, key: Path, *, now: datetime, names: Iterable[str] = ()
) -> KeyPair:
    """Read a serving pair from two files and check it as `load_key_pair` does."""
    return load_key_pair(read_pem(certificate), read_pem(key), now=now, names=names)
