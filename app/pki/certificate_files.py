"""A serving certificate in two files, such as a mounted Secret, that may change at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.pki.errors import CertificateError, Fault
from app.pki.files import read_pem
from app.pki.keypair import load_key_pair
from app.reload import Reloader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from app.pki.certificate_observer import CertificateObserver
    from app.pki.pem import Pem
    from app.pki.serving_certificate import ServingCertificate
    from app.reload import ReloadObserver

_READS: Final = 5
_MAY_PASS: Final = frozenset({Fault.EXPIRED, Fault.NOT_YET_VALID, Fault.NAME_MISSING})
"""Faults that a renewal of the mounted certificate, or time, may mend at any moment. A restart
would not, and kubelet delays each further restart."""


class CertificateFiles:
    """Serves the pair in the files, and each newer one that can be served.

    That is: certificate and key match, the certificate is in date and has each of `names` among
    its subject alternative names. A pair that cannot be served leaves the last good one in place.
    """

    def __init__(  # noqa: PLR0913  the files, what is checked, and the observers
        self,
        certificate: Path,
        key: Path,
        names: Sequence[str],
        serving: ServingCertificate,
        now: Callable[[], datetime],
        *,
        observer: CertificateObserver,
        reloads: ReloadObserver,
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._names = names
        self._serving = serving
        self._now = now
        self._observer = observer
        self._served: tuple[bytes, bytes] | None = None
        self.reloader = Reloader("certificates", "certificate", self._load, reloads)

    def start(self) -> None:
        """Serve what the files hold; a fault that a renewal may mend is only reported.

        Raises CertificateError for any other fault.
        """
        try:
            self._load()
        except CertificateError as error:
            if error.reason not in _MAY_PASS:
                raise
            self.reloader.refuse(str(error))

    def problem(self) -> str | None:
        """Readiness check: why no client would accept what is served, or None."""
        problem = self._serving.check(self._now())
        if problem is None:
            return None
        return "; ".join(part for part in (problem, self.note()) if part)

    def note(self) -> str:
        """Return why what the files hold is not served, the empty string where it is."""
        if not self.reloader.problem:
            return ""
        which = "one" if self._serving.pair is None else "a newer one"
        return f"{which} is refused: {self.reloader.problem}"

    async def run(self, seconds: float) -> None:
        """Read the files every `seconds`, until cancelled."""
        await self.reloader.keep_fresh(seconds)

    def _load(self) -> bool:
        """Serve what the files hold, and return whether it is another pair than before."""
        try:
            certificate, key = self._read()
            content = (certificate.content, key.content)
            if content == self._served:
                return False
            pair = load_key_pair(certificate, key, now=self._now(), names=self._names)
            self._serving.serve(pair)
        except CertificateError as error:
            if str(error) != self.reloader.problem:
                self._observer.refused(error.reason)
            raise
        self._served = content
        return True

    def _read(self) -> tuple[Pem, Pem]:
        """Read both files as they were at one moment: they may be replaced between two reads."""
        certificate = read_pem(self._certificate)
        for _ in range(_READS):
            key = read_pem(self._key)
            again = read_pem(self._certificate)
            if again == certificate:
                return certificate, key
            certificate = again
        raise CertificateError(
            Fault.UNREADABLE,
            f"{self._certificate} changes faster than it can be read",
            "write the file once and leave it",
        )
