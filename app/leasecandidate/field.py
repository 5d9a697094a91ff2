"""One error about one field, in kube-apiserver's words (apimachinery `util/validation/field`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.leasecandidate.quote import quote, quote_shortened

if TYPE_CHECKING:
    from collections.abc import Iterable


class Reason(StrEnum):
    """The `reason` of a cause in `status.details.causes`."""

    REQUIRED = "FieldValueRequired"
    INVALID = "FieldValueInvalid"
    NOT_SUPPORTED = "FieldValueNotSupported"
    FORBIDDEN = "FieldValueForbidden"
    TOO_LONG = "FieldValueTooLong"
    TOO_MANY = "FieldValueTooMany"


_TITLES = {
    Reason.REQUIRED: "Required value",
    Reason.INVALID: "Invalid value",
    Reason.NOT_SUPPORTED: "Unsupported value",
    Reason.FORBIDDEN: "Forbidden",
    Reason.TOO_LONG: "Too long",
    Reason.TOO_MANY: "Too many",
}


SHOWN_LIMIT: Final = 16 * 1024
"""Characters of a bad value that are shown."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with the field at the dotted path `field`.

    `shown` is the bad value as Go prints it, empty where the reason shows none.
    """

    reason: Reason
    field: str
    shown: str = ""
    detail: str = ""

    @property
    def message(self) -> str:
        """The text of the cause: title, value and detail, parted by colons."""
        shown = self.shown
        if len(shown) > SHOWN_LIMIT:
            shown = f"{shown[:SHOWN_LIMIT]}..."
        return ": ".join(filter(None, (_TITLES[self.reason], shown, self.detail)))

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def required(field: str, detail: str = "") -> FieldError:
    """Return the error of a missing value."""
    return FieldError(Reason.REQUIRED, field, "", detail)


def invalid(field: str, value: str, detail: str) -> FieldError:
    """Return the error of a malformed value that is a plain string."""
    return FieldError(Reason.INVALID, field, quote(value[: SHOWN_LIMIT + 1]), detail)


def invalid_shortened(field: str, value: str, detail: str) -> FieldError:
    """Return the error of a malformed string, of which only the beginning is shown."""
    return FieldError(Reason.INVALID, field, quote_shortened(value), detail)


def invalid_shown(field: str, shown: str, detail: str) -> FieldError:
    """Return the error of a malformed value that Go does not print as a quoted string."""
    return FieldError(Reason.INVALID, field, shown, detail)


def not_supported(field: str, shown: str, supported: Iterable[str]) -> FieldError:
    """Return the error of a value that is none of the supported ones."""
    detail = "supported values: " + ", ".join(map(quote, supported))
    return FieldError(Reason.NOT_SUPPORTED, field, shown, detail)


def forbidden(field: str, detail: str) -> FieldError:
    """Return the error of a well-formed value that is not permitted here."""
    return FieldError(Reason.FORBIDDEN, field, "", detail)


def too_long(field: str, limit: int) -> FieldError:
    """Return the error of a value of more than `limit` bytes, which is not shown."""
    return FieldError(Reason.TOO_LONG, field, "", f"may not be more than {limit} bytes")


def too_many(field: str, number: int) -> FieldError:
    """Return the error that stands for all after the first `number`; the next is in `field`.

    The words are ours, since kube-apiserver shows all of them: its own "must have at most 16 items"
    is about a list.
    """
    return FieldError(Reason.TOO_MANY, field, "", f"there are more errors than the first {number}")
