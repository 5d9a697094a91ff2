"""The observer of certificates: called when one is served or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from app.pki.errors import Fault


class CertificateObserver(Protocol):
    """Records what is served and refused; times are aware."""

    def serving(self, not_before: datetime, not_after: datetime) -> None:
        """Record the dates of the certificate that is served from now on."""

    def authority(self, not_after: datetime) -> None:
        """Record the end of the CA that issued the served certificate."""

    def refused(self, reason: Fault) -> None:
        """Record a certificate that was found and is not served."""
