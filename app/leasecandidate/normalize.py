"""What the mutating side rewrites: one leading `v` of a version that is valid without it.

What else is no version stays as it is and gets a hint, since kube-apiserver refuses it next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.leasecandidate import version
from app.leasecandidate.quote import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.leasecandidate.spec import LeaseCandidateSpec

# A hint shows a value only where it is short enough to be read.
_SHOWN_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One field of `spec` (its wire name) and the value that replaces the old one."""

    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return (
            f"spec.{self.field}: changed {quote(self.old)} to {quote(self.new)}: "
            'versions have no leading "v"'
        )


@dataclass(frozen=True, slots=True)
class Hint:
    """A field of `spec` that is no version, and what was most likely meant."""

    field: str
    value: str
    suggestion: str

    @property
    def message(self) -> str:
        """What to say of the field."""
        return (
            f"{quote(self.value)} is not a semantic version; did you mean {quote(self.suggestion)}?"
        )

    def __str__(self) -> str:
        return f"spec.{self.field}: {self.message}"


_ATTRIBUTES: Final = {"binaryVersion": "binary_version", "emulationVersion": "emulation_version"}


def rewritten(spec: LeaseCandidateSpec, rewrites: Sequence[Rewrite]) -> LeaseCandidateSpec:
    """Return the spec after the rewrites."""
    return spec.model_copy(update={_ATTRIBUTES[rewrite.field]: rewrite.new for rewrite in rewrites})


def normalize(spec: LeaseCandidateSpec) -> tuple[list[Rewrite], list[Hint]]:
    """Return what to rewrite in `spec` and what to say about near misses; each may be empty."""
    rewrites: list[Rewrite] = []
    hints: list[Hint] = []
    for field, value in (
        ("binaryVersion", spec.binary_version),
        ("emulationVersion", spec.emulation_version),
    ):
        if not value or version.parse(value) is not None:
            continue
        if value.startswith("v") and version.parse(value[1:]) is not None:
            rewrites.append(Rewrite(field, value, value[1:]))
        elif len(value) <= _SHOWN_LENGTH and (suggestion := version.suggest(value)):
            hints.append(Hint(field, value, suggestion))
    return rewrites, hints
