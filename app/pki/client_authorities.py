"""The CAs that verify callers, in a file that may change at any time."""

from __future__ import annotations

import dataclasses
import ssl
from typing import TYPE_CHECKING

from app.pki.bundle import is_authority
from app.pki.errors import CertificateError, Fault
from app.pki.files import read_pem
from app.pki.pem import Pem, certificate_pem, parse_certificates
from app.reload import Reloader

if TYPE_CHECKING:
    from pathlib import Path

    from app.pki.serving_certificate import ServingCertificate
    from app.reload import ReloadObserver


class ClientAuthorities:
    """Makes `serving` require client certificates of the CAs in the file, and of newer ones."""

    def __init__(self, path: Path, serving: ServingCertificate, reloads: ReloadObserver) -> None:
        self._path = path
        self._serving = serving
        self._content: bytes | None = None
        self.reloader = Reloader("client-authorities", "client authorities", self.load, reloads)

    def problem(self) -> str | None:
        """Readiness check: there is never a problem, since the last good CAs stay in force."""
        return None

    def note(self) -> str:
        """Return why what the file holds is not in force, the empty string where it is."""
        problem = self.reloader.problem
        return f"newer client authorities are refused: {problem}" if problem else ""

    async def run(self, seconds: float) -> None:
        """Read the file every `seconds`, until cancelled."""
        await self.reloader.keep_fresh(seconds)

    def load(self) -> bool:
        """Put the file in force; return whether it changed. CertificateError where it is bad."""
        pem = read_pem(self._path)
        if pem.content == self._content:
            return False
        authorities = _authorities(pem)
        try:
            self._serving.set_policy(
                dataclasses.replace(self._serving.policy, client_authorities=authorities)
            )
        except ssl.SSLError as error:
            raise CertificateError(
                Fault.UNREADABLE,
                f"OpenSSL does not take the CA certificates of {pem.source} ({error.reason})",
                "give CA certificates in PEM",
            ) from error
        self._content = pem.content
        return True


def _authorities(pem: Pem) -> str:
    certificates = parse_certificates(pem)
    if not all(map(is_authority, certificates)):
        raise CertificateError(
            Fault.UNTRUSTED,
            f"{pem.source} holds a certificate that is not a CA's",
            "give the certificates of the CAs that issue those of callers",
        )
    return b"".join(map(certificate_pem, certificates)).decode()
