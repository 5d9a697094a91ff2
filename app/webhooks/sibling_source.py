"""The source of the other candidates of a lease."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.leasecandidate import LeaseCandidate
    from app.leasecandidate.rules import Sibling


class SiblingSource(Protocol):
    """Knows the candidates of the cluster. It answers from memory: a review never waits."""

    def siblings(self, candidate: LeaseCandidate) -> tuple[Sibling, ...] | None:
        """Return the others of the candidate's namespace and leaseName; None if not known now."""

    def miss(self) -> str:
        """Count a review whose siblings were not known; return a warning for the client.

        The warning is empty where siblings are not expected to be known.
        """


class NoSiblingSource:
    """Knows nothing: for a server without a cluster."""

    def siblings(self, candidate: LeaseCandidate) -> None:  # noqa: ARG002
        """Return None: the siblings are not known."""
        return

    def miss(self) -> str:
        """Return no warning."""
        return ""
