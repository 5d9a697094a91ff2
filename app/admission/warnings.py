"""Warnings that reach the client.

kube-apiserver drops a warning with a control character in it without a word, and once all warnings
of a request have more than 4,096 characters it cuts each to 256 (apiserver
`pkg/endpoints/filters/warning.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LENGTH: Final = 256
"""Characters of one warning."""
TOTAL_LENGTH: Final = 4096
"""Characters of all warnings of an answer."""


def tidy(warnings: Iterable[str]) -> list[str]:
    """Return the warnings as they can be sent: printable, short, each once, in order."""
    tidied: list[str] = []
    left = TOTAL_LENGTH
    for warning in dict.fromkeys(map(_printable, warnings)):
        if warning and len(warning) <= left:
            tidied.append(warning)
            left -= len(warning)
    return tidied


def _printable(warning: str) -> str:
    text = "".join(character if character.isprintable() else " " for character in warning).strip()
    return text if len(text) <= LENGTH else text[: LENGTH - 3] + "..."
