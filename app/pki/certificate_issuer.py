"""Makes the CAs and leaves of a rotation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.errors import CertificateError
from app.pki.keypair import parse_key_pair
from app.pki.keys import KeyAlgorithm
from app.pki.pem import Pem, certificate_pem
from app.pki.rotation_state import Add, Authority, applied
from app.pki.secret_state import AUTHORITY_KEY, end_of, fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.pki.keypair import KeyPair
    from app.pki.lifetimes import Lifetimes
    from app.pki.secret_state import Contents

_ORGANIZATION: Final = "leasegate"


class UnusableKeyError(Exception):
    """The key of a CA that should sign cannot be read, or does not match the CA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssuer:
    """Makes CAs, and leaves with `names`, of which the first one is the subject."""

    names: Sequence[str]
    lifetimes: Lifetimes
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA

    def add_authority(self, contents: Contents, now: float) -> Contents:
        """Return the contents with a new CA as the newest."""
        made = make_authority(
            subject(f"leasegate CA of {_utc(now):%Y-%m-%dT%H:%M:%SZ}", _ORGANIZATION),
            now=_utc(now),
            lifetime=timedelta(seconds=self.lifetimes.authority),
            algorithm=self.algorithm,
        )
        name = fingerprint(made.certificate)
        authority = Authority(name, end_of(made.certificate), self.lifetimes.leaf, has_key=True)
        return replace(
            contents,
            state=applied(contents.state, Add(authority)),
            certificates={**contents.certificates, name: made.certificate},
            keys={**contents.keys, name: made.key_pem},
        )

    def sign(self, contents: Contents, issuer: str, begin: float) -> KeyPair:
        """Return a leaf of this CA with a new key; its lifetime counts from `begin`.

        Raises UnusableKeyError.
        """
        certificate = contents.certificates[issuer]
        try:
            authority = parse_key_pair(
                Pem("a CA", certificate_pem(certificate)), Pem(AUTHORITY_KEY, contents.keys[issuer])
            )
        except CertificateError as error:
            raise UnusableKeyError from error
        longest = contents.state.authorities[contents.state.position(issuer)].leaf
        return issue_serving_leaf(
            authority,
            subject(self.names[0][:64], _ORGANIZATION),
            names=self.names,
            now=_utc(begin),
            lifetime=timedelta(seconds=math.floor(min(longest, end_of(certificate) - begin))),
            algorithm=self.algorithm,
        )


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
