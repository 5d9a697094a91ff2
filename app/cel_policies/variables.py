"""The variables that twins use, so that no twin has to know what may be absent or null.

The variable of a field is a string, empty where the field is absent or null (the zero time is
written as null). The server writes a time in one canonical form, in UTC and with six fraction
digits, so that times of the years 0000 to 9999 are in order as text. The server evaluates a
variable once and only if it is needed, so costly expressions belong here: a version may be
megabytes long.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXTS: Final = ("leaseName", "binaryVersion", "emulationVersion", "strategy")
_VERSIONS: Final = ("binaryVersion", "emulationVersion")
_TIMES: Final = ("pingTime", "renewTime")


def _text(holder: str, field: str) -> str:
    return f"has({holder}.spec.{field}) ? {holder}.spec.{field} : ''"


def _time(holder: str, field: str) -> str:
    path = f"{holder}.spec.{field}"
    return f"has({path}) && {path} != null ? {path} : ''"


def _old(name: str) -> str:
    return f"old{name[0].upper()}{name[1:]}"


_STORED: Final = "variables.isUpdate && "
VARIABLES: Final[dict[str, str]] = {
    "isUpdate": "request.operation == 'UPDATE'",
    **{name: _text("object", name) for name in _TEXTS},
    **{name: _time("object", name) for name in _TIMES},
    **{f"{name}Parts": f"variables.{name}.split('.')" for name in _VERSIONS},
    **{_old(name): _STORED + _text("oldObject", name) for name in _TEXTS},
    **{_old(name): _STORED + _time("oldObject", name) for name in _TIMES},
}
"""CEL expressions by name; each uses earlier ones only."""

_USE: Final = re.compile(r"\bvariables\.([A-Za-z0-9]+)")


def used_by(expressions: Iterable[str], declared: dict[str, str]) -> list[dict[str, str]]:
    """Return the `declared` variables that the expressions use, also indirectly, as in a policy."""
    needed = {name for expression in expressions for name in _USE.findall(expression)}
    for name, expression in reversed(declared.items()):
        if name in needed:
            needed.update(_USE.findall(expression))
    return [
        {"name": name, "expression": expression}
        for name, expression in declared.items()
        if name in needed
    ]
