"""Texts at the edges of what Kubernetes' formats allow."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

ASCII: Final = "".join(map(chr, range(0x80)))
NAME_CHARACTERS: Final = "aB3-_."
ODD: Final[tuple[str, ...]] = (
    *" /%:\n\r\t\0\x1f\x7f\"'\\<>&",
    "\u0130",  # its lower case has two characters in Python and one in Go
    "\u03a3",  # its lower case depends on its place in Python
    "\u023a",  # its lower case has more bytes
    "\u212a",  # its lower case is ASCII
    "\u0661",  # a digit that is not ASCII
    "\uff11",
    "é",
    "ß",
    "\u00ad",
    "\u00a0",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ufffd",
    "\ufffe",
    "\ue000",
    "😀",
    "\U0010ffff",
)

LENGTHS: Final = (0, 1, 2, 57, 58, 59, 62, 63, 64, 65, 252, 253, 254, 255)
HUGE: Final = (1_000, 5_000, 40_000)

NAMES: Final = (
    "",
    ".",
    "..",
    "...",
    "..a",
    ".a",
    "a..b",
    "a.",
    "-a",
    "a-",
    "_",
    "A_b.C-d",
    "a/b",
    "a%b",
    "a b",
    "a:b",
    "a\n",
    "host_3f9c0f2e-6d5a-4b0e-9d0c-1f2e3d4c5b6a",
    "é",
)

QUALIFIED_NAMES: Final = (
    "",
    "a",
    "A.b_c-d",
    "-a",
    "a-",
    "_a",
    "a/b",
    "/",
    "//",
    "/a",
    "a/",
    "a/b/c",
    "example.com/foo_B.c",
    "example.com/foo/bar/baz",
    "Example.com/foo",
    "a_b/c",
    "-a.com/x",
    "example..com/x",
    ".com/x",
    "com./x",
    "example.com/-x",
    "example.com/x-",
    "example.com/ ",
    " /x",
    "example.com/x\n",
    "kubernetes.io/hostname",
    "orphan",
    "foregroundDeletion",
    "\u212a",
    "\u0130",
    "k8s.io/\u03a3",
)

# The tables of Python and Go are those of different Unicode versions, and say different things of
# characters that are younger than one of them. Unicode 3.2 is older than both; what it does not
# assign is taken only from where nothing is ever assigned or from ODD.
_NONCHARACTERS: Final = (*range(0xFDD0, 0xFDF0), 0x1FFFE, 0x10FFFE)


def character(random: Random) -> str:
    """Return any character of Unicode 3.2, or a noncharacter."""
    while True:
        code = (
            random.choice(_NONCHARACTERS) if random.random() < 0.02 else random.randrange(0x30000)
        )
        if code in _NONCHARACTERS or unicodedata.ucd_3_2_0.category(chr(code)) not in ("Cn", "Cs"):
            return chr(code)


def of_length(random: Random, length: int, alphabet: Sequence[str] = NAME_CHARACTERS) -> str:
    """Return `length` characters of an alphabet; a long text repeats a short one."""
    if length > LENGTHS[-1]:
        return (of_length(random, 100, alphabet) * (length // 100 + 1))[:length]
    return "".join(random.choices(alphabet, k=length))


def any_text(random: Random) -> str:
    """Return a text of any characters, mostly short."""
    match random.randrange(8):
        case 0:
            return "".join(character(random) for _ in range(random.randrange(1, 6)))
        case 1:
            return of_length(random, random.choice(LENGTHS))
        case 2:
            return of_length(random, random.randrange(1, 8), ASCII)
        case 3:
            return of_length(random, random.choice(LENGTHS), ("é", "a"))
        case _:
            return of_length(random, random.randrange(8), (*NAME_CHARACTERS, *ODD))


def spoiled(random: Random, text: str) -> str:
    """Return a text with one odd character put in, or one of its characters left out or doubled."""
    place = random.randrange(len(text) + 1)
    match random.randrange(4):
        case 0:
            return text[:place] + text[place + 1 :]
        case 1:
            return text[:place] + text[place : place + 1] * 2 + text[place + 1 :]
        case _:
            return text[:place] + random.choice(ODD) + text[place:]


def name(random: Random) -> str:
    """Return what may stand as a name: a ConfigMap key, or nearly one."""
    match random.randrange(6):
        case 0 | 1:
            return random.choice(NAMES)
        case 2 | 3:
            return of_length(random, random.choice(LENGTHS))
        case 4:
            return spoiled(random, of_length(random, random.randrange(1, 12)))
        case _:
            return any_text(random)


def qualified_name(random: Random) -> str:
    """Return what may stand as a label key, a finalizer or a strategy, or nearly."""
    match random.randrange(7):
        case 0 | 1:
            return random.choice(QUALIFIED_NAMES)
        case 2:
            return of_length(random, random.choice(LENGTHS))
        case 3:
            prefix = of_length(random, random.choice(LENGTHS), random.choice(("a", "a1", "a.-")))
            return f"{prefix}/{of_length(random, random.choice(LENGTHS))}"
        case 4:
            return spoiled(random, random.choice(QUALIFIED_NAMES))
        case 5:
            return "/".join(
                of_length(random, random.randrange(4)) for _ in range(random.randrange(5))
            )
        case _:
            return any_text(random)
