"""What the Secret holds, read and written: certificates and keys as PEM, the rest as JSON.

`tls.crt` and `tls.key` are the leaf that all replicas serve, `ca.crt` every CA that must be
trusted, the newest last, `ca.key` the key of that one. `state.json` holds what certificates cannot
say. Anybody may have written anything: what cannot be read counts as absent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.pki.errors import CertificateError
from app.pki.keypair import KeyPair, check_names, parse_key_pair
from app.pki.pem import Pem, certificate_pem, parse_certificates
from app.pki.rotation_terms import Authority, Leaf, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CERTIFICATE: Final = "tls.crt"
KEY: Final = "tls.key"
BUNDLE: Final = "ca.crt"
AUTHORITY_KEY: Final = "ca.key"
STATE: Final = "state.json"

_MOST_AUTHORITIES: Final = 20
"""Of a bundle, the first so many: a system's whole store is not ours to carry along."""
_MOST_DROPPED: Final = 50
_PEM_BLOCK: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)


Bundle = dict[str, x509.Certificate]
"""CA certificates by fingerprint."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A Secret's values: the State to decide on, and what stands behind its fingerprints.

    `authority_key` is not parsed before something is to be signed. `dropped` has the order in which
    State's went. `flaws` says what could not be read.
    """

    state: State = field(default_factory=State)
    certificates: Mapping[str, x509.Certificate] = field(default_factory=dict)
    leaf: KeyPair | None = None
    authority_key: Pem | None = None
    dropped: tuple[str, ...] = ()
    flaws: tuple[str, ...] = ()

    def bundle(self) -> bytes:
        """Return the CAs as PEM."""
        return b"".join(
            certificate_pem(self.certificates[one.fingerprint]) for one in self.state.authorities
        )


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Authority(_Model):
    published_at: float | None = None
    is_first: bool = False
    keep_until: float = 0.0


_Fingerprint = Annotated[str, Field(max_length=64)]


class _Leaf(_Model):
    fingerprint: _Fingerprint
    issuer: _Fingerprint
    not_after: float


class _Issuing(_Model):
    authority: _Fingerprint
    key_digest: _Fingerprint


class _State(_Model):
    issuing: _Issuing | None = None
    authorities: Mapping[_Fingerprint, _Authority] = Field(default_factory=dict)
    replicas: Mapping[str, tuple[_Leaf, ...]] = Field(default_factory=dict)
    dropped: tuple[_Fingerprint, ...] = ()
    early: _Fingerprint = ""
    unwanted: _Fingerprint = ""


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate in hexadecimal."""
    return certificate.fingerprint(SHA256()).hex()


def read_authorities(pem: bytes) -> Bundle:
    """Return the CA certificates of a bundle by fingerprint, in order, whatever else is there."""
    found: Bundle = {}
    for block in _PEM_BLOCK.findall(pem):
        try:
            certificate = parse_certificates(Pem("a bundle", block))[0]
        except CertificateError:
            continue
        if len(found) < _MOST_AUTHORITIES and _is_authority(certificate):
            found.setdefault(fingerprint(certificate), certificate)
    return found


def authority_of(certificate: x509.Certificate) -> Authority:
    """Return what is known of a CA from its certificate alone."""
    return Authority(fingerprint(certificate), certificate.not_valid_after_utc.timestamp())


def leaf_of(pair: KeyPair, authorities: Iterable[x509.Certificate]) -> Leaf | None:
    """Return the terms of a leaf; None where none of the CAs issued it."""
    for authority in authorities:
        if _has_issued(authority, pair.certificate):
            end = pair.certificate.not_valid_after_utc.timestamp()
            return Leaf(fingerprint(pair.certificate), fingerprint(authority), end)
    return None


def read_contents(
    data: Mapping[str, bytes],
    *,
    names: Sequence[str],
    others: Iterable[x509.Certificate],
    keep_unknown_until: float,
) -> Contents:
    """Read a Secret's values.

    `names` are what the leaf must name; `others` are CAs known from elsewhere. Where `state.json`
    is lost, nobody knows who serves what: older CAs are then kept until `keep_unknown_until`.
    """
    flaws: list[str] = []
    stored = _read_state(data.get(STATE, b""), flaws)
    certificates = read_authorities(data.get(BUNDLE, b""))
    if data.get(BUNDLE) and not certificates:
        flaws.append(f"{BUNDLE} holds no CA certificate")
    authorities = tuple(
        _authority(certificate, stored, keep_unknown_until) for certificate in certificates.values()
    )
    pair, leaf = _read_leaf(data, names, [*certificates.values(), *others], flaws)
    key = data.get(AUTHORITY_KEY, b"")
    known = stored or _State()
    issues = bool(authorities) and known.issuing == _issuing(authorities[-1], key)
    if key and not issues:
        flaws.append(f"{AUTHORITY_KEY} is not the key of the newest CA")
    state = State(
        authorities=authorities,
        can_issue=issues,
        leaf=leaf,
        replicas={
            name: tuple(Leaf(one.fingerprint, one.issuer, one.not_after) for one in leaves)
            for name, leaves in known.replicas.items()
        },
        dropped=frozenset(known.dropped),
        early=known.early,
        unwanted=known.unwanted,
    )
    authority_key = Pem(AUTHORITY_KEY, key) if issues else None
    return Contents(state, certificates, pair, authority_key, known.dropped, tuple(flaws))


def write_contents(contents: Contents) -> dict[str, bytes]:
    """Return the values to store; each key is always there, as the type kubernetes.io/tls wants."""
    state, leaf = contents.state, contents.leaf
    new = sorted(state.dropped - set(contents.dropped))
    key = contents.authority_key.content if contents.authority_key is not None else b""
    stored = _State(
        issuing=_issuing(state.newest, key) if state.newest is not None and key else None,
        authorities={
            one.fingerprint: _Authority(
                published_at=one.published_at, is_first=one.is_first, keep_until=one.keep_until
            )
            for one in state.authorities
        },
        replicas={
            name: tuple(
                _Leaf(fingerprint=one.fingerprint, issuer=one.issuer, not_after=one.not_after)
                for one in leaves
            )
            for name, leaves in state.replicas.items()
        },
        dropped=(*contents.dropped, *new)[-_MOST_DROPPED:],
        early=state.early,
        unwanted=state.unwanted,
    )
    return {
        CERTIFICATE: leaf.certificate_pem if leaf is not None else b"",
        KEY: leaf.key_pem if leaf is not None else b"",
        BUNDLE: contents.bundle(),
        AUTHORITY_KEY: key,
        STATE: stored.model_dump_json(indent=1).encode(),
    }


def _read_state(content: bytes, flaws: list[str]) -> _State | None:
    if not content:
        return None
    try:
        return _State.model_validate_json(content)
    except ValidationError:
        flaws.append(f"{STATE} cannot be read")
        return None


def _issuing(authority: Authority, key: bytes) -> _Issuing:
    """Say which CA a key is of, so that nobody need read the key to know it."""
    return _Issuing(authority=authority.fingerprint, key_digest=hashlib.sha256(key).hexdigest())


def _authority(
    certificate: x509.Certificate, stored: _State | None, keep_unknown_until: float
) -> Authority:
    one = authority_of(certificate)
    known = stored.authorities.get(one.fingerprint) if stored is not None else None
    if known is None:
        return replace(one, keep_until=keep_unknown_until)
    return Authority(
        one.fingerprint, one.not_after, known.published_at, known.is_first, known.keep_until
    )


def _read_leaf(
    data: Mapping[str, bytes],
    names: Sequence[str],
    authorities: Iterable[x509.Certificate],
    flaws: list[str],
) -> tuple[KeyPair | None, Leaf | None]:
    if not data.get(CERTIFICATE):
        return None, None
    try:
        pair = parse_key_pair(Pem(CERTIFICATE, data[CERTIFICATE]), Pem(KEY, data.get(KEY, b"")))
        check_names(pair.certificate, names=names, source=CERTIFICATE)
    except CertificateError as error:
        flaws.append(error.problem)
        return None, None
    leaf = leaf_of(pair, authorities)
    if leaf is None:
        flaws.append(f"{CERTIFICATE} was issued by no CA that is known")
        return None, None
    return pair, leaf


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca


def _has_issued(authority: x509.Certificate, leaf: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
