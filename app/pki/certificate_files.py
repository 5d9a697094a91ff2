"""A serving certificate in two files, such as a mounted Secret, that may change at any time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from app.pki.errors import CertificateError, Reason
from app.pki.files import read_pem
from app.pki.keypair import load_key_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from app.pki.keypair import KeyPair
    from app.pki.pem import Pem
    from app.pki.serving_certificate import ServingCertificate

_READS: Final = 5


class CertificateFiles:
    """Keeps `serving` like the files, as long as what they hold can be served.

    That is: certificate and key match, the certificate is in date and has each of `names` among
    its subject alternative names. What cannot be served leaves the last good pair in place.
    """

    def __init__(
        self,
        certificate: Path,
        key: Path,
        names: Sequence[str],
        serving: ServingCertificate,
        now: Callable[[], datetime],
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._names = names
        self._serving = serving
        self._now = now
        self._served: tuple[bytes, bytes] | None = None

    def load(self) -> None:
        """Serve what the files hold; CertificateError where that cannot be served."""
        certificate, key = self._read()
        content = (certificate.content, key.content)
        if content == self._served:
            self._serving.accept()
            return
        self._serving.serve(self._check(certificate, key))
        self._served = content

    def refresh(self) -> None:
        """Do the same, and keep the last good pair in case of an error."""
        try:
            self.load()
        except CertificateError as error:
            self._serving.refuse(error)

    async def keep_fresh(self, seconds: float) -> None:
        """Look at the files again and again, for ever.

        Content is compared, not inodes or times: kubelet swaps a symbolic link above the files.
        """
        while True:
            await asyncio.sleep(seconds)
            self.refresh()

    def _check(self, certificate: Pem, key: Pem) -> KeyPair:
        return load_key_pair(certificate, key, now=self._now(), names=self._names)

    def _read(self) -> tuple[Pem, Pem]:
        """Read both files as they were at one moment: a swap may come between the two."""
        certificate = read_pem(self._certificate)
        for _ in range(_READS):
            key = read_pem(self._key)
            again = read_pem(self._certificate)
            if again == certificate:
                return certificate, key
            certificate = again
        raise CertificateError(
            Reason.UNREADABLE,
            f"{self._certificate} changes faster than it can be read",
            "write the file once and leave it",
        )
