"""The loop that manages self-managed certificates, and continues after every error."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final

import structlog

from app.pki.errors import CertificateError
from app.pki.stores import StoreError, StoreProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.pki.self_managed import SelfManagedCertificates

_SOON: Final = 0.05
_FIRST_PAUSE: Final = 1.0
_BUSY: Final = 30
"""Steps that may follow each other without a pause. After more, something undoes each of them."""

_logger = structlog.stdlib.get_logger(__name__)


class RotationLoop:
    """Takes steps at intervals; `error` says why the last one failed, empty where it did not.

    A failure leaves in force what is served. `on_result` is called with `failure` when steps begin
    to fail, and with `success` when they succeed again.
    """

    def __init__(
        self, certificates: SelfManagedCertificates, on_result: Callable[[str], None]
    ) -> None:
        self._certificates = certificates
        self._on_result = on_result
        self.error = ""

    def problem(self) -> str | None:
        """Readiness check: why this replica must get no requests now."""
        problem = self._certificates.problem()
        return None if problem is None else self._with_error(problem)

    def note(self) -> str:
        """Return what happens next, and what does not work."""
        return self._with_error(self._certificates.next_step())

    async def run(self, seconds: float) -> None:
        """Take a step about every `seconds`, or soon after one that did something."""
        in_a_row, pause = 0, _FIRST_PAUSE
        while True:
            again = await self._step()
            in_a_row = in_a_row + 1 if again else 0
            if again and in_a_row < _BUSY:
                # At random times, so that of several replicas one is first.
                await asyncio.sleep(random.uniform(_SOON / 5, _SOON * 2))  # noqa: S311
                continue
            in_a_row = 0
            if self.error:
                wait = pause = min(pause * 2, seconds)
            else:
                wait, pause = seconds, _FIRST_PAUSE
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311

    async def _step(self) -> bool:
        """Take one step; return whether the next one should follow at once."""
        try:
            again = await self._certificates.step()
        except StoreError as error:
            if error.problem is StoreProblem.CONFLICT:
                return True
            self._fail(str(error))
        except CertificateError as error:
            self._fail(str(error))
        except Exception:
            _logger.exception("a defect in looking after the certificates")
            self._fail("a defect, which the log shows")
        else:
            if self.error:
                _logger.info("certificates are looked after again")
                self._on_result("success")
            self.error = ""
            return again
        return False

    def _fail(self, error: str) -> None:
        if not self.error:
            self._on_result("failure")
        if error != self.error:
            _logger.error("certificates cannot be looked after", problem=error)
        self.error = error

    def _with_error(self, text: str) -> str:
        return "; ".join(part for part in (text, self.error) if part)
