"""Changes of a rotation made real: with certificates, keys and the time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.errors import CertificateError
from app.pki.keypair import parse_key_pair
from app.pki.keys import KeyAlgorithm
from app.pki.pem import Pem, certificate_pem
from app.pki.rotation_terms import (
    AddAuthority,
    Authority,
    ConfirmLeaf,
    DropAuthorities,
    Forget,
    IssueLeaf,
    Leaf,
    RecordPublished,
    Register,
    RestoreAuthorities,
    RestoreLeaf,
)
from app.pki.secret_state import AUTHORITY_KEY, Contents, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography import x509

    from app.pki.keypair import KeyPair
    from app.pki.lifetimes import Lifetimes
    from app.pki.rotation_terms import Change

_ORGANIZATION = "leasegate"


class UnusableAuthorityKeyError(Exception):
    """The key of the newest CA is not there, not readable, or another's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Makes what changes ask for. `names` are those of the leaf, the first one is its subject."""

    names: Sequence[str]
    lifetimes: Lifetimes
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA

    def apply(
        self,
        contents: Contents,
        changes: Sequence[Change],
        *,
        now: float,
        known: Mapping[str, x509.Certificate],
        serving: KeyPair | None,
    ) -> Contents:
        """Return the contents after the changes.

        `known` are CAs from elsewhere, by fingerprint, and `serving` is what this replica serves:
        from them comes what is restored. Raises UnusableAuthorityKeyError and CertificateError.
        """
        for change in changes:
            contents = self._apply(contents, change, now, known, serving)
        return contents

    def _apply(  # noqa: PLR0911  one for each kind of change
        self,
        contents: Contents,
        change: Change,
        now: float,
        known: Mapping[str, x509.Certificate],
        serving: KeyPair | None,
    ) -> Contents:
        state = contents.state
        match change:
            case RestoreAuthorities(authorities):
                restored = {one.fingerprint: known[one.fingerprint] for one in authorities}
                return replace(
                    contents,
                    state=replace(state, authorities=(*authorities, *state.authorities)),
                    certificates={**restored, **contents.certificates},
                )
            case RestoreLeaf(leaf, is_early):
                early = leaf.fingerprint if is_early else ""
                return replace(contents, state=replace(state, leaf=leaf, early=early), leaf=serving)
            case AddAuthority(is_first):
                return self._add_authority(contents, now, is_first=is_first)
            case IssueLeaf(is_early):
                return self._issue_leaf(contents, now, is_early=is_early)
            case RecordPublished(fingerprints):
                authorities = tuple(
                    replace(one, published_at=now) if one.fingerprint in fingerprints else one
                    for one in state.authorities
                )
                return replace(contents, state=replace(state, authorities=authorities))
            case ConfirmLeaf():
                return replace(contents, state=replace(state, early=""))
            case Register(replica, leaves):
                replicas = {**state.replicas, replica: leaves}
                return replace(contents, state=replace(state, replicas=replicas))
            case Forget(gone):
                left = {name: one for name, one in state.replicas.items() if name not in gone}
                return replace(contents, state=replace(state, replicas=left))
            case DropAuthorities(fingerprints):
                return replace(
                    contents,
                    state=replace(
                        state,
                        authorities=tuple(
                            one for one in state.authorities if one.fingerprint not in fingerprints
                        ),
                        dropped=state.dropped | fingerprints,
                    ),
                )

    def _add_authority(self, contents: Contents, now: float, *, is_first: bool) -> Contents:
        made = make_authority(
            subject(f"leasegate CA of {_utc(now):%Y-%m-%dT%H:%M:%SZ}", _ORGANIZATION),
            now=_utc(now),
            lifetime=timedelta(seconds=self.lifetimes.authority),
            algorithm=self.algorithm,
        )
        name = fingerprint(made.certificate)
        end = made.certificate.not_valid_after_utc.timestamp()
        authority = Authority(name, end, is_first=is_first)
        state = contents.state
        return replace(
            contents,
            state=replace(state, authorities=(*state.authorities, authority), can_issue=True),
            certificates={**contents.certificates, name: made.certificate},
            authority_key=Pem(AUTHORITY_KEY, made.key_pem),
        )

    def _issue_leaf(self, contents: Contents, now: float, *, is_early: bool) -> Contents:
        authority = _authority(contents)
        pair = issue_serving_leaf(
            authority,
            subject(self.names[0][:64], _ORGANIZATION),
            names=self.names,
            now=_utc(now),
            lifetime=timedelta(seconds=self.lifetimes.leaf),
            algorithm=self.algorithm,
        )
        leaf = Leaf(
            fingerprint(pair.certificate),
            fingerprint(authority.certificate),
            pair.certificate.not_valid_after_utc.timestamp(),
        )
        early = leaf.fingerprint if is_early else ""
        return replace(contents, state=replace(contents.state, leaf=leaf, early=early), leaf=pair)


def _authority(contents: Contents) -> KeyPair:
    newest, key = contents.state.newest, contents.authority_key
    if newest is None or key is None:
        raise UnusableAuthorityKeyError
    certificate = certificate_pem(contents.certificates[newest.fingerprint])
    try:
        return parse_key_pair(Pem("the newest CA", certificate), key)
    except CertificateError as error:
        raise UnusableAuthorityKeyError from error


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
