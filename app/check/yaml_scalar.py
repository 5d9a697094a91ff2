"""What a plain YAML scalar is for kubectl: the rules of go-yaml v2, which sigs.k8s.io/yaml uses.

They are YAML 1.1 without base 60: `yes` is true, `017` and `0o17` are 15, `1.33` is a number, and
times stay text. Source: go.yaml.in/yaml/v2 `resolve.go`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Final

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES"), True),
    **dict.fromkeys(("true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO"), False),
    **dict.fromkeys(("false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER: Final = re.compile(
    "(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)"
    "|(?P<dec>0|[1-9][0-9]*))"
)
_BASES: Final = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_SIGNED_BINARY: Final = re.compile("0b([-+][01]+)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# After a point, go-yaml leaves it to strconv.ParseFloat, which wants digits around underscores.
_FRACTION: Final = re.compile(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?")
_INT64: Final = 2**63
_UINT64: Final = 2**64
_TAG: Final = "tag:yaml.org,2002:"


def resolve(text: str) -> Scalar:
    """Return what the plain scalar `text` stands for."""
    if text in _WORDS:
        return _WORDS[text]
    number: float | None = None
    if text[0] == ".":
        number = _float(text.replace("_", "")) if _FRACTION.fullmatch(text) else None
    elif text[0] in "+-0123456789":
        plain = text.replace("_", "")
        number = _integer(plain)
        if number is None:
            number = _float(plain) if _FLOAT.fullmatch(plain) else _signed_binary(plain)
    return text if number is None else number


def _integer(plain: str) -> int | None:
    match = _INTEGER.fullmatch(plain)
    if match is None:
        return None
    base = match.lastgroup or "dec"
    if len(match[base]) > 2 * _UINT64.bit_length():
        return None
    number = int(match[base], _BASES[base])
    if match["sign"] == "-":
        return -number if number <= _INT64 else None
    return number if number < (_INT64 if match["sign"] else _UINT64) else None


def _float(plain: str) -> float | None:
    number = float(plain)
    return None if math.isinf(number) else number


def _signed_binary(plain: str) -> int | None:
    match = _SIGNED_BINARY.fullmatch(plain)
    return int(match[1], 2) if match else None


def resolve_tagged(tag: str, text: str) -> Scalar:
    """Return what a scalar with an explicit tag stands for; ValueError where it cannot be that."""
    match tag.removeprefix(_TAG):
        case "binary":
            try:
                return base64.b64decode(text, validate=True).decode(errors="replace")
            except binascii.Error:
                raise ValueError("!!binary value contains invalid base64 data") from None
        case "int" | "float" | "bool" | "null" as name:
            value = resolve(text)
            if _NAMES[type(value)] == name:
                return value
            if name == "float" and isinstance(value, int):
                return float(value)
            raise ValueError(f"cannot decode {text!r} as a !!{name}")
        case _:
            return text


_NAMES: Final[dict[type, str]] = {
    int: "int",
    float: "float",
    bool: "bool",
    type(None): "null",
    str: "str",
}
