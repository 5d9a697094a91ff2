"""Why a body is no review that can be decided on: where it is wrong (JSON pointer), and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SHOWN_LENGTH: Final = 64
_PLAIN: Final = {"missing": "is required", "string_too_short": "must not be empty"}
_EXPECTED: Final = {
    "bool_type": "a boolean",
    "dict_type": "a JSON object",
    "int_type": "an integer",
    "list_type": "an array",
    "model_attributes_type": "a JSON object",
    "model_type": "a JSON object",
    "string_type": "a string",
}
_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class BadReviewError(ValueError):
    """A body that is no AdmissionReview, or one without what a decision needs.

    `pointer` is a JSON pointer (RFC 6901), empty for the whole body.
    """

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer or 'the body'} {problem}")
        self.pointer = pointer
        self.problem = problem


def from_validation_error(error: ValidationError) -> BadReviewError:
    """Return the first problem that pydantic found."""
    details, problem = next(problems(error))
    pointer = "".join(f"/{_escape(part)}" for part in details["loc"])
    return BadReviewError(pointer, problem)


def problems(error: ValidationError) -> Iterator[tuple[ErrorDetails, str]]:
    """Yield each problem that pydantic found, with its description in our words."""
    for details in error.errors(include_url=False, include_context=True):
        yield details, _problem(details)


def _escape(part: int | str) -> str:
    """Return a part of a pointer as RFC 6901 has it, on one line and short enough to be read."""
    escaped = str(part)[: _SHOWN_LENGTH + 1].replace("~", "~0").replace("/", "~1")
    printable = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}"
        for character in escaped
    )
    return _short(printable)


def _problem(details: ErrorDetails) -> str:
    if (plain := _PLAIN.get(details["type"])) is not None:
        return plain
    if (expected := _EXPECTED.get(details["type"])) is not None:
        return f"must be {expected}, not {_kind(details['input'])}"
    match details["type"]:
        case "json_invalid":
            return f"is not JSON: {details.get('ctx', {}).get('error', 'cannot be read')}"
        case "literal_error" | "enum":
            expected = details.get("ctx", {}).get("expected", "another value")
            return f"must be {expected}, not {_show(details['input'])}"
        case "value_error":
            return str(details.get("ctx", {}).get("error", details["msg"]))
        case _:
            message = details["msg"]
            return f"is not usable: {message[:1].lower()}{message[1:]}"


def _show(value: object) -> str:
    return _short(repr(value))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "..."


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number")
