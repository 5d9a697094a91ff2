r"""How Go prints values in validation errors, so that our causes read the same.

A plain string is printed with `%q` (`strconv.Quote`); every other value, named string types
included, as JSON from `encoding/json`, which also escapes `<`, `>` and `&`.
Source: apimachinery `pkg/util/validation/field/errors.go`, `ErrorBody`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Final

_ESCAPES: Final = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}
_HTML: Final = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_SHORT_LENGTH: Final = 42
_ASCII_LIMIT: Final = 0x80
# Where a text was cut within a character, `surrogateescape` keeps each byte as such a surrogate.
_BYTES: Final = range(0xDC80, 0xDD00)
_BYTE_OFFSET: Final = 0xDC00
_BASIC_PLANE_LIMIT: Final = 0x10000


def quote(text: str) -> str:
    """Return `text` as Go's `%q` prints it."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_escape, text)) + '"'


def quote_shortened(text: str) -> str:
    """Return `quote(text)`, cut to 42 characters.

    A warning has room for 256 characters, and its end, which names the rule, must not be cut.
    """
    quoted = quote(text[:_SHORT_LENGTH])
    return quoted if len(quoted) <= _SHORT_LENGTH else f'{quoted[: _SHORT_LENGTH - 4]}..."'


@lru_cache(maxsize=1024)
def _escape(character: str) -> str:
    if (escape := _ESCAPES.get(character)) is not None:
        return escape
    if character.isprintable():
        return character
    code = ord(character)
    if code < _ASCII_LIMIT:
        return f"\\x{code:02x}"
    if code in _BYTES:
        return f"\\x{code - _BYTE_OFFSET:02x}"
    return f"\\u{code:04x}" if code < _BASIC_PLANE_LIMIT else f"\\U{code:08x}"


def quote_json(value: object) -> str:
    """Return `value` as Go's `json.Marshal` prints it, on one line without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_HTML)
