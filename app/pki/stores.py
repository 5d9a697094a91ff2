"""Protocols of what is kept in the cluster for certificates, and the error of reading and writing.

Nothing here knows lightkube, so the management of certificates can be tested without a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class StoreProblem(StrEnum):
    """Why a request to the cluster failed."""

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

        Values of other keys stay. Raises StoreError, with `CONFLICT` where it was changed
        meanwhile.
        """


@dataclass(frozen=True, slots=True)
class WebhookConfiguration:
    """A webhook configuration, with the caBundle (PEM) of each of our webhooks by name.

    `version` changes with every write, `revision` only with one that changes a webhook.
    `is_claimed` says that we still own a caBundle, so that an applied manifest with another value
    would cause a conflict.
    """

    kind: str
    name: str
    version: str
    bundles: Mapping[str, bytes]
    revision: str = ""
    is_claimed: bool = False


class BundleStore(Protocol):
    """The webhook configurations."""

    async def read(self) -> Sequence[WebhookConfiguration]:
        """Return those that exist. Raises StoreError."""

    async def publish(self, configuration: WebhookConfiguration, bundle: bytes) -> None:
        """Set caBundle of its webhooks, unless it is no longer at the version that was read.

        The ownership of the field is given up. Raises StoreError, with `CONFLICT` where the
        configuration was changed meanwhile.
        """
