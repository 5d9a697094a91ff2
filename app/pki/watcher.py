"""The protocol of background work on certificates, whatever their source."""

from __future__ import annotations

from typing import Protocol


class CertificateWatcher(Protocol):
    """Reads one thing at intervals: files, the Secret, live caBundles, client authorities.

    A version that cannot be used leaves the last good one in force.
    """

    def problem(self) -> str | None:
        """Readiness check: why this replica must get no requests now, or None."""

    def note(self) -> str:
        """Return what was found, and what does not work, in one sentence; it may be empty."""

    async def run(self, seconds: float) -> None:
        """Read about every `seconds`, until cancelled."""
