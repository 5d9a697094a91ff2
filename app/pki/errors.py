"""The one error of this package."""

from enum import StrEnum

from app.errors import LeasegateError


class Fault(StrEnum):
    """Why certificates are refused: a small closed set, fit for a metric label."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"
    MISMATCH = "mismatch"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    NAME_INVALID = "name-invalid"
    NAME_MISSING = "name-missing"
    UNTRUSTED = "untrusted"
    NOT_OURS = "not-ours"
    BUSY = "busy"


class CertificateError(LeasegateError, ValueError):
    """Certificates that cannot be used, made or written.

    Its text is one line for the person who starts the program: the problem, then what to do about
    it, as a part of a sentence that "Error:" or "since" may begin. It never holds key material.
    """

    def __init__(self, reason: Fault, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.reason = reason
        self.problem = problem
