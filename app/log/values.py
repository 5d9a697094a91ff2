"""What a value may look like in a record: short, and not able to pass for another record.

These are structlog processors: each takes a record and returns it changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from structlog.typing import EventDict

VALUE_LENGTH: Final = 256
"""Characters of a text, and of one line of a message or traceback."""
ITEMS: Final = 20
"""Texts in a list."""
LINES: Final = 100
"""Lines of a traceback: the last ones say what went wrong."""

_SEVERAL_LINES: Final = ("exception", "event")


def shorten(_logger: object, _method: str, record: EventDict) -> EventDict:
    """Cut long values; what is neither text, number nor list is shown by its type only."""
    for key, value in record.items():
        if key in _SEVERAL_LINES:
            record[key] = "\n".join(map(_cut, str(value).split("\n")[-LINES:]))
        elif isinstance(value, str):
            if len(value) > VALUE_LENGTH:
                record[key] = _cut(value)
        elif value is not None and not isinstance(value, (int, float)):
            record[key] = _short(value)
    return record


def _short(value: object) -> object:
    if not isinstance(value, (list, tuple)):
        return f"<{type(value).__name__}>"
    items = [_cut(str(item)) for item in value[:ITEMS]]
    return items if len(value) <= ITEMS else [*items, f"... {len(value) - ITEMS} more"]


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_LENGTH else f"{text[:VALUE_LENGTH]}... {len(text)} in all"


def escape(_logger: object, _method: str, record: EventDict) -> EventDict:
    r"""Make text fit for a terminal: `\x1b` for what is not printable. JSON does so by itself.

    structlog puts quotes around what could pass for two fields, and around texts in a list.
    """
    for key, value in record.items():
        if key in _SEVERAL_LINES:
            record[key] = "\n    ".join(map(_escaped, value.split("\n")))
        elif isinstance(value, str):
            record[key] = _escaped(value)
    return record


def _escaped(line: str) -> str:
    return line if line.isprintable() else "".join(map(_escaped_character, line))


def _escaped_character(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
