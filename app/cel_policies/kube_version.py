"""Which Kubernetes the policies are for: its minor version decides what it understands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from app.leasecandidate.spec import VERSIONS

_PATTERN: Final = re.compile(r"v?1\.([0-9]{1,3})(?:[.+-].*)?", re.DOTALL)
_FIRST_MINOR: Final = 32


@dataclass(frozen=True, slots=True, order=True)
class KubeVersion:
    """A minor version of Kubernetes: 36 in 1.36."""

    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1.36`, `v1.36.3`, `1.36.3-gke.100` or `1.36+`; ValueError says what is wrong."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a version of Kubernetes; write it like 1.36")
        minor = int(match[1])
        if minor < _FIRST_MINOR:
            raise ValueError(
                f"Kubernetes {text} has no LeaseCandidate in {' or '.join(VERSIONS)}; "
                f"1.{_FIRST_MINOR} is the first one that has"
            )
        return cls(minor)

    def __str__(self) -> str:
        return f"1.{self.minor}"


MUTATING_ADMISSION_POLICY: Final = KubeVersion(36)
"""The first release that serves MutatingAdmissionPolicy v1, and has it switched on (KEP-3962).

1.34 and 1.35 have v1beta1, which somebody must switch on by a feature gate and a runtime-config.
"""
