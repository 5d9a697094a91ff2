"""What the Secret holds, read and written: CAs and their keys as PEM, the rest as JSON.

`ca.crt` has every CA that must be trusted, the newest last, and `ca.key` the key of the newest.
`signing.key` is the key of the CA that signs until every kube-apiserver trusts the newest one; the
same as `ca.key` from then on. `rotation.json` has the state of each CA, and `state.json` what the
previous version of leasegate needs. A value that cannot be read counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.pki import previous_version as previous
from app.pki.authority import BACKDATE
from app.pki.bundle import has_issued, is_authority
from app.pki.errors import CertificateError
from app.pki.pem import Pem, certificate_pem, parse_certificates
from app.pki.previous_version import Issuing, Register, StateFile
from app.pki.rotation import UNKNOWN_LEAF, leaf_terms
from app.pki.rotation_state import Authority, Leaf, State

if TYPE_CHECKING:
    from app.pki.lifetimes import Lifetimes

BUNDLE: Final = "ca.crt"
AUTHORITY_KEY: Final = "ca.key"
SIGNING_KEY: Final = "signing.key"
ROTATION: Final = "rotation.json"

_PEM_BLOCK: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)

Bundle = dict[str, x509.Certificate]
"""CA certificates by fingerprint."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A Secret's values: the State, and the certificates and keys of its CAs by fingerprint.

    `keys` are PEM, and parsed only to sign. `flaws` says what could not be read; `stored` are the
    values as they were read.
    """

    state: State = field(default_factory=State)
    certificates: Mapping[str, x509.Certificate] = field(default_factory=dict)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    register: Register = field(default_factory=lambda: Register({}))
    flaws: tuple[str, ...] = ()
    stored: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def bundle(self) -> bytes:
        """Return the CAs as PEM."""
        return b"".join(
            certificate_pem(self.certificates[one.fingerprint]) for one in self.state.authorities
        )

    def without_key(self, fingerprint: str) -> Contents:
        """Return the contents as if the key of this CA were not there."""
        authorities = tuple(
            replace(one, has_key=one.has_key and one.fingerprint != fingerprint)
            for one in self.state.authorities
        )
        return replace(self, state=replace(self.state, authorities=authorities))

    def to_write(self) -> dict[str, bytes]:
        """Return the values that differ from what was read."""
        return {
            key: value for key, value in _values(self).items() if value != self.stored.get(key, b"")
        }


class _Model(BaseModel):
    # A later version may write more fields.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Authority(_Model):
    leaf: float = Field(default=UNKNOWN_LEAF, gt=0)
    is_propagated: bool = False
    retired_at: float | None = None
    is_revoked: bool = False


class _Rotation(_Model):
    authorities: Mapping[str, _Authority] = Field(default_factory=dict)
    signing: Issuing | None = None


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate in hexadecimal."""
    return certificate.fingerprint(SHA256()).hex()


def end_of(certificate: x509.Certificate) -> float:
    """Return the end of a certificate in seconds since 1970."""
    return certificate.not_valid_after_utc.timestamp()


def read_authorities(pem: bytes) -> Bundle:
    """Return the CA certificates of a bundle by fingerprint, in order; the rest is ignored."""
    found: Bundle = {}
    for block in _PEM_BLOCK.findall(pem):
        try:
            certificate = parse_certificates(Pem("a bundle", block))[0]
        except CertificateError:
            continue
        if is_authority(certificate):
            found.setdefault(fingerprint(certificate), certificate)
    return found


def leaf_of(
    certificate: x509.Certificate, authorities: Mapping[str, x509.Certificate]
) -> Leaf | None:
    """Return the terms of a leaf that was signed here; None where none of the CAs signed it."""
    begin = certificate.not_valid_before_utc.timestamp() + BACKDATE.total_seconds()
    for name, authority in authorities.items():
        if has_issued(authority, certificate):
            return leaf_terms(name, begin, end_of(certificate))
    return None


def read_contents(data: Mapping[str, bytes], *, now: float, lifetimes: Lifetimes) -> Contents:
    """Read a Secret's values at the time `now`."""
    flaws: list[str] = []
    certificates = read_authorities(data.get(BUNDLE, b""))
    if data.get(BUNDLE) and not certificates:
        flaws.append(f"{BUNDLE} holds no CA certificate")
    stored = previous.read_state_file(data[previous.STATE]) if data.get(previous.STATE) else None
    if stored is None and data.get(previous.STATE):
        flaws.append(f"{previous.STATE} cannot be read")
    stored = stored or StateFile()
    rotation = _read_rotation(data.get(ROTATION, b""), flaws)
    keys: dict[str, bytes] = {}
    for name, said in ((SIGNING_KEY, rotation.signing), (AUTHORITY_KEY, stored.issuing)):
        key = data.get(name, b"")
        if said is not None and said == previous.issuing(said.authority, key):
            keys[said.authority] = key
    newest = next(reversed(certificates), None)
    if data.get(AUTHORITY_KEY) and newest not in keys:
        flaws.append(f"{AUTHORITY_KEY} is not the key of the newest CA")
    unknown = _Authority(leaf=max(UNKNOWN_LEAF, lifetimes.leaf))
    register = previous.registered(stored, now)
    state = State(
        authorities=tuple(
            Authority(
                fingerprint=name,
                not_after=end_of(certificate),
                has_key=name in keys,
                published_at=previous.published_at(stored, name),
                **rotation.authorities.get(name, unknown).model_dump(),
            )
            for name, certificate in certificates.items()
        ),
        dropped=stored.dropped,
        unwanted=stored.unwanted,
        previous_until=register.until,
    )
    return Contents(state, certificates, keys, register, tuple(flaws), data)


def _read_rotation(content: bytes, flaws: list[str]) -> _Rotation:
    try:
        return _Rotation.model_validate_json(content) if content else _Rotation()
    except ValidationError:
        flaws.append(f"{ROTATION} cannot be read")
        return _Rotation()


def _values(contents: Contents) -> dict[str, bytes]:
    """Return the values that the Secret should have; an empty one stands for an absent key."""
    state = contents.state
    newest = state.newest
    key = contents.keys[newest.fingerprint] if newest is not None and newest.has_key else b""
    # At most two CAs have a key. The older one signs until the newest one does.
    signing = next((one.fingerprint for one in state.authorities if one.has_key), None)
    signing_key = contents.keys[signing] if signing is not None else b""
    rotation = _Rotation(
        authorities={
            one.fingerprint: _Authority(
                leaf=one.leaf,
                is_propagated=one.is_propagated,
                retired_at=one.retired_at,
                is_revoked=one.is_revoked,
            )
            for one in state.authorities
        },
        signing=previous.issuing(signing, signing_key) if signing is not None else None,
    )
    # The leaf of the previous version goes when no replica of that version runs any more.
    shared = {} if contents.register.replicas else {previous.CERTIFICATE: b"", previous.KEY: b""}
    return shared | {
        BUNDLE: contents.bundle(),
        AUTHORITY_KEY: key,
        SIGNING_KEY: signing_key,
        ROTATION: rotation.model_dump_json(indent=1).encode(),
        previous.STATE: previous.write_state_file(state, key, contents.register),
    }
