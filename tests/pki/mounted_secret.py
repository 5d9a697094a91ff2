"""A folder as kubelet mounts a Secret: links to `..data/KEY`, and `..data` swapped in one step."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.pem import certificate_pem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from app.pki.keypair import KeyPair


@dataclass
class MountedSecret:
    """The folder; `put` is what happens after somebody changed the Secret."""

    folder: Path
    _versions: Iterator[int] = field(default_factory=itertools.count)

    def put(self, data: Mapping[str, bytes]) -> None:
        """Write the values beside the old ones, then swap the link (kubelet's AtomicWriter)."""
        current = self.folder / "..data"
        old = current.resolve() if current.exists() else None
        new = self.folder / f"..version_{next(self._versions)}"
        new.mkdir(parents=True)
        for key, value in data.items():
            (new / key).write_bytes(value)
        link = self.folder / "..data_tmp"
        link.symlink_to(new.name)
        link.replace(current)
        for key in data:
            if not (self.folder / key).is_symlink():
                (self.folder / key).symlink_to(f"..data/{key}")
        if old is not None:
            shutil.rmtree(old)


@dataclass(frozen=True)
class Issuer:
    """A CA that issues leaves for the loopback names."""

    pair: KeyPair

    @classmethod
    def make(cls, name: str = "test CA") -> Issuer:
        now = datetime.now(UTC)
        return cls(make_authority(subject(name, "tests"), now=now, lifetime=timedelta(days=9)))

    def issue(
        self,
        *names: str,
        now: datetime | None = None,
        lifetime: timedelta = timedelta(days=1),
    ) -> KeyPair:
        return issue_serving_leaf(
            self.pair,
            subject("test server", "tests"),
            names=names or ("localhost", "127.0.0.1"),
            now=now or datetime.now(UTC),
            lifetime=lifetime,
        )

    def secret(self, leaf: KeyPair) -> dict[str, bytes]:
        """Lay a leaf out as cert-manager does: with the CA beside it."""
        return {
            "ca.crt": certificate_pem(self.pair.certificate),
            "tls.crt": leaf.certificate_pem,
            "tls.key": leaf.key_pem,
        }
