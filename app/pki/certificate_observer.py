"""What becomes of certificates, for whoever counts and shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from app.pki.errors import Fault


class CertificateObserver(Protocol):
    """Shows what is served; times are aware."""

    def serving(self, not_before: datetime, not_after: datetime) -> None:
        """Show the dates of the certificate that is served from now on."""

    def authority(self, not_after: datetime) -> None:
        """Show the end of the CA that issued the served certificate."""

    def refused(self, reason: Fault) -> None:
        """Count a certificate that was found and is not served."""
