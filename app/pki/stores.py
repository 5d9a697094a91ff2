"""Ports: what is kept in the cluster for certificates, and the one error of reading and writing.

Nothing here knows lightkube, so whoever decides on certificates can be tested without a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class StoreProblem(StrEnum):
    """Why the cluster did not do what it was asked."""

    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class StoreError(LeasegateError):
    """Something could not be read or written; the text is one sentence."""

    def __init__(self, problem: StoreProblem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A Secret's values, and its resourceVersion: empty where there is no such Secret."""

    data: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    version: str = ""


class SecretStore(Protocol):
    """One Secret."""

    async def read(self) -> StoredSecret:
        """Return what it holds; nothing where it does not exist. Raises StoreError."""

    async def write(self, data: Mapping[str, bytes], version: str) -> StoredSecret:
        """Set these values, unless the Secret is no longer at `version`; return what is there then.

        Values of other keys stay. Raises StoreError, with `CONFLICT` where somebody was faster.
        """


@dataclass(frozen=True, slots=True)
class WebhookConfiguration:
    """A webhook configuration: the PEM bundle of each of the webhooks that concern us, by name.

    `version` changes with every write, `revision` only with one that changes a webhook.
    """

    kind: str
    name: str
    version: str
    bundles: Mapping[str, bytes]
    revision: str = ""
    is_claimed: bool = False
    """Whether we still own a field of it, so that an applier who sets another value conflicts."""


class BundleStore(Protocol):
    """The webhook configurations."""

    async def read(self) -> Sequence[WebhookConfiguration]:
        """Return those that exist. Raises StoreError."""

    async def publish(self, configuration: WebhookConfiguration, bundle: bytes) -> None:
        """Set caBundle of its webhooks, unless it is no longer at the version that was read.

        In the end no field is ours. Raises StoreError, with `CONFLICT` where somebody was faster.
        """
