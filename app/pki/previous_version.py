"""What the previous version of leasegate keeps in the Secret, so that both can run side by side.

All its replicas share one leaf, `tls.crt` and `tls.key`, and register in `state.json` which leaves
they serve. The previous version refuses unknown fields in `state.json`, signs with the newest CA
alone, and drops a CA that no replica has registered before the CA's `keep_until`. It ignores the
other keys of the Secret, which this version uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from app.pki.rotation_state import Authority, State

STATE: Final = "state.json"
CERTIFICATE: Final = "tls.crt"
KEY: Final = "tls.key"
MOST_DROPPED: Final = 50

_Fingerprint = Annotated[str, Field(max_length=64)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class KeptAuthority(_Model):
    """A CA in `state.json`; `is_first` says that no other CA was published before it."""

    published_at: float | None = None
    is_first: bool = False
    keep_until: float = 0.0


class RegisteredLeaf(_Model):
    """A leaf that a replica serves, or is about to."""

    fingerprint: _Fingerprint
    issuer: _Fingerprint
    not_after: float


class Issuing(_Model):
    """The CA that a key belongs to, with a digest of the key, which then need not be parsed."""

    authority: _Fingerprint
    key_digest: _Fingerprint


class StateFile(_Model):
    """`state.json`."""

    issuing: Issuing | None = None
    authorities: Mapping[_Fingerprint, KeptAuthority] = Field(default_factory=dict)
    replicas: Mapping[str, tuple[RegisteredLeaf, ...]] = Field(default_factory=dict)
    dropped: tuple[_Fingerprint, ...] = ()
    early: _Fingerprint = ""
    unwanted: _Fingerprint = ""


@dataclass(frozen=True, slots=True)
class Register:
    """The leaves that replicas of the previous version serve; `early` is kept as it was read."""

    replicas: Mapping[str, tuple[RegisteredLeaf, ...]]
    early: str = ""

    @property
    def until(self) -> float:
        """When the last of these leaves ends."""
        ends = [leaf.not_after for leaves in self.replicas.values() for leaf in leaves]
        return max(ends, default=0.0)


def read_state_file(content: bytes) -> StateFile | None:
    """Return the parsed file, None where it cannot be read."""
    try:
        return StateFile.model_validate_json(content)
    except ValidationError:
        return None


def registered(stored: StateFile, now: float) -> Register:
    """Return the replicas that may still run: those with a leaf that has not expired."""
    replicas = {
        name: leaves
        for name, leaves in stored.replicas.items()
        if any(now < leaf.not_after for leaf in leaves)
    }
    return Register(replicas, stored.early if replicas else "")


def published_at(stored: StateFile, fingerprint: str) -> float | None:
    """Return when the previous version found the CA in every caBundle; 0 for its first CA."""
    known = stored.authorities.get(fingerprint)
    if known is None or known.published_at is None:
        return None
    return 0.0 if known.is_first else known.published_at


def issuing(fingerprint: str, key: bytes) -> Issuing:
    """Return which CA a key belongs to."""
    return Issuing(authority=fingerprint, key_digest=hashlib.sha256(key).hexdigest())


def write_state_file(state: State, key: bytes, register: Register) -> bytes:
    """Return `state.json`; `key` is that of the newest CA, as PEM.

    Every CA is kept until its end, since the previous version does not know this version's leaves.
    """
    newest = state.newest
    return (
        StateFile(
            issuing=issuing(newest.fingerprint, key) if newest is not None and key else None,
            authorities={one.fingerprint: _kept(one) for one in state.authorities},
            replicas=register.replicas,
            dropped=state.dropped[-MOST_DROPPED:],
            early=register.early,
            unwanted=state.unwanted,
        )
        .model_dump_json(indent=1)
        .encode()
    )


def _kept(authority: Authority) -> KeptAuthority:
    published = 0.0 if authority.is_propagated else authority.published_at
    return KeptAuthority(
        published_at=published, is_first=published == 0.0, keep_until=authority.not_after
    )
