"""The CAs that verify callers, in a file that may change at any time."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from typing import TYPE_CHECKING, Final

import structlog
from cryptography import x509

from app.pki.errors import CertificateError, Reason
from app.pki.files import read_pem
from app.pki.pem import Pem, certificate_pem, parse_certificates

if TYPE_CHECKING:
    from pathlib import Path

    from app.pki.observer import ReloadObserver
    from app.pki.serving_certificate import ServingCertificate

WHAT: Final = "client-authorities"
"""Their name in metrics."""

_logger = structlog.stdlib.get_logger(__name__)


class ClientAuthorities:
    """Has `serving` demand certificates of these CAs; a bad file leaves the last good ones.

    `problem` says why the newest file is not in force, and is empty where it is.
    """

    def __init__(self, path: Path, serving: ServingCertificate, reloads: ReloadObserver) -> None:
        self._path = path
        self._serving = serving
        self._reloads = reloads
        self._content: bytes | None = None
        self.problem = ""

    def load(self) -> bool:
        """Put the file in force; return whether it changed. CertificateError where it is bad."""
        pem = read_pem(self._path)
        if pem.content == self._content:
            return False
        authorities = _authorities(pem)
        try:
            self._serving.demand(
                dataclasses.replace(self._serving.policy, client_authorities=authorities)
            )
        except ssl.SSLError as error:
            raise CertificateError(
                Reason.UNREADABLE,
                f"OpenSSL does not take the CA certificates of {pem.source} ({error.reason})",
                "give CA certificates in PEM",
            ) from error
        self._content = pem.content
        return True

    def refresh(self) -> None:
        """Do the same; in case of an error the last good ones stay."""
        try:
            changed = self.load()
        except CertificateError as error:
            self._refuse(str(error))
            return
        recovered, self.problem = bool(self.problem), ""
        if changed or recovered:
            self._reloads.reloaded(WHAT, "success")
            _logger.info("client authorities reloaded")

    def _refuse(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self._reloads.reloaded(WHAT, "failure")
            _logger.error("client authorities not reloaded", problem=problem)

    async def keep_fresh(self, seconds: float) -> None:
        """Look at the file again and again, for ever; its content is compared."""
        while True:
            await asyncio.sleep(seconds)
            self.refresh()


def _authorities(pem: Pem) -> str:
    certificates = parse_certificates(pem)
    if not all(map(_is_authority, certificates)):
        raise CertificateError(
            Reason.UNTRUSTED,
            f"{pem.source} holds a certificate that is not a CA's",
            "give the certificates of the CAs that issue those of callers",
        )
    return b"".join(map(certificate_pem, certificates)).decode()


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca
