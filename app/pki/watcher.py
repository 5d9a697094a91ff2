"""What keeps certificates right while the server runs, whatever they come from."""

from __future__ import annotations

from typing import Protocol


class CertificateWatcher(Protocol):
    """Looks again and again at one thing: files, the Secret, live caBundles, client authorities.

    What it cannot use leaves in force what is.
    """

    def problem(self) -> str | None:
        """Readiness check: why this replica must get no requests now, or None."""

    def note(self) -> str:
        """Say what was found, and what does not work; empty where there is nothing to say."""

    async def run(self, seconds: float) -> None:
        """Look about every `seconds`, until cancelled."""
