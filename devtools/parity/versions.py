"""Versions, strategies and times at the edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devtools.parity.texts import any_text, of_length, qualified_name, spoiled

if TYPE_CHECKING:
    from random import Random

_NUMBERS: Final = (
    *("0", "1", "2", "9", "10", "33", "34", "35", "36"),
    *(
        str(2**63 - 1),
        str(2**63),
        str(2**64 - 1),
        str(2**64),
        "99999999999999999999",
        "1" + "0" * 20,
    ),
    *("", "00", "01", "-1", "+1", "1e3", "x", "0x1", "1_0", "\u0661", "\uff11", " 1"),
)
_GOOD_NUMBERS: Final = 12
_IDENTIFIERS: Final = (
    *("alpha", "beta", "rc", "0", "1", "2", "10", "a1", "1a", "-", "--", "A", "Z", "0a", "x-y"),
    *("", "00", "01", str(2**64 - 1), str(2**64), "1" * 21, "a_b", "é", "a+b", " "),
)
_GOOD_IDENTIFIERS: Final = 15
_USUAL: Final = ("1.33.0", "1.34.0", "1.34.1", "1.36.3", "0.0.0", "0.0.1", "2.0.0", "10.0.0")
_ODD: Final = (
    *("", "v1.33.0", "V1.33.0", "vv1.33.0", " 1.33.0", "1.33.0 ", "1.33.0\n", "\ufeff1.33.0", "v"),
    *("1", "1.33", "v1.33", "1.33.0.1", "1..0", ".1.0", "1.33.", "01.33.0", "1.033.0", "1.33.00"),
    *("1.33.0-", "1.33.0+", "1.33.0-+b", "1.33.0-a..b", "1.33.0-01", "1.33.0+a+b", "1.33.0-a_b"),
    *("0.0.0-0", "0.0.0-alpha", "0.0.0+build", "1.33.0-alpha.1", "1.33.0-alpha.beta", "1.33.0+001"),
    *("1.33.0-18446744073709551615", "1.33.0-18446744073709551616", "1.0.0\0", "latest"),
    *(f"{2**64 - 1}.0.0", f"{2**64}.0.0", f"0.0.{2**64}", "1.3\u0660.0"),
)

STRATEGY: Final = "OldestEmulationVersion"
_STRATEGIES: Final = (
    *("", "NoCoordination", "oldestEmulationVersion", f"{STRATEGY}/", f"{STRATEGY} ", " ", "é"),
    *(f"k8s.io/{STRATEGY}", f"/{STRATEGY}", "foo", "<&>\u2028", "a/<b>"),
)

ZERO_TIME: Final = "0001-01-01T00:00:00.000000Z"
_FRACTIONS: Final = (
    *(".000000", ".123456", ".999999", ",123456"),
    *(
        "",
        ".",
        ".1",
        ".12345",
        ".1234567",
        ".123456789",
        ".+12345",
        ".-00000",
        ".-12345",
        ".12345x",
    ),
)
_GOOD_FRACTIONS: Final = 4
_ZONES: Final = (
    *("Z", "+00:00", "-00:00", "+01:00", "-23:59", "+24:60", "-24:00"),
    *("z", "", "+25:00", "+00:61", "+0100", "+1:00", " Z", "ZZ"),
)
_GOOD_ZONES: Final = 7
_DATES: Final = (
    *("2026-01-02", "2024-02-29", "1970-01-01", "0000-01-01", "0001-01-01", "9999-12-31"),
    *(
        "2023-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "2026-04-31",
        "26-01-02",
        "02026-1-2",
    ),
    *("1900-02-29", "2000-02-29", "\u0662026-01-02", "-001-01-01"),
)
_GOOD_DATES: Final = 6
_CLOCKS: Final = (
    *("03:04:05", "00:00:00", "23:59:59", "3:04:05"),
    *(
        "24:00:00",
        "23:60:00",
        "23:59:60",
        "003:04:05",
        "03:4:05",
        "03:04",
        "03:04:5",
        "12:00:00 AM",
    ),
)
_GOOD_CLOCKS: Final = 4
_NO_TIMES: Final = ("", "now", "2026-01-02", "2026-01-02t03:04:05.000000Z", "1767323045", "null")


def _part(random: Random, parts: tuple[str, ...], good: int) -> str:
    """Return mostly one of the first `good` parts, else one of those that are wrong."""
    return random.choice(parts if random.random() < 0.08 else parts[:good])


def version(random: Random) -> str:
    """Return a version, or nearly one."""
    match random.randrange(12):
        case 0 | 1 | 2 | 3:
            return random.choice(_USUAL)
        case 4 | 5:
            return random.choice(_ODD)
        case 6:
            return spoiled(random, random.choice(_USUAL))
        case 7 if random.random() < 0.2:
            return _huge_version(random)
        case 8 if random.random() < 0.3:
            return any_text(random)
        case _:
            return _composed(random)


def _composed(random: Random) -> str:
    count = 3 if random.random() < 0.95 else random.randrange(6)
    text = ".".join(_part(random, _NUMBERS, _GOOD_NUMBERS) for _ in range(count))
    for sign in "-+":
        if random.random() < 0.4:
            identifiers = (
                _part(random, _IDENTIFIERS, _GOOD_IDENTIFIERS)
                for _ in range(random.randrange(1, 4))
            )
            text += sign + ".".join(identifiers)
    return text


def _huge_version(random: Random) -> str:
    length = random.choice((200, 4_300, 4_301, 5_000))
    digits = random.choice("019") * length
    return random.choice(
        (
            f"{digits}.0.0",
            f"1.0.{digits}",
            f"1.0.0-{digits}",
            f"1.0.0+{digits}",
            f"1.0.0-a{digits}",
            f"1.0.0-{'a.' * length}b",
            "1." * length,
            "-" * length,
        )
    )


def strategy(random: Random) -> str:
    """Return a strategy, or nearly one."""
    match random.randrange(6):
        case 0 | 1 | 2:
            return STRATEGY
        case 3:
            return random.choice(_STRATEGIES)
        case 4:
            return qualified_name(random)
        case _:
            return spoiled(random, random.choice((STRATEGY, "example.com/custom")))


def lease_name(random: Random) -> str:
    """Return any text: kube-apiserver only asks that there is one."""
    return of_length(random, 10_000, "a /") if random.random() < 0.01 else any_text(random)


def micro_time(random: Random) -> str:
    """Return a time of the spec, or nearly one."""
    return _time(random, _part(random, _FRACTIONS, _GOOD_FRACTIONS))


def time(random: Random) -> str:
    """Return a time of the metadata, or nearly one."""
    return _time(random, random.choice(("", "", "", ".5", ",5", ".123456789012", ".", ".x")))


def _time(random: Random, fraction: str) -> str:
    if random.random() < 0.05:
        return random.choice((*_NO_TIMES, ZERO_TIME))
    date = _part(random, _DATES, _GOOD_DATES)
    clock = _part(random, _CLOCKS, _GOOD_CLOCKS)
    return f"{date}T{clock}{fraction}{_part(random, _ZONES, _GOOD_ZONES)}"


def near(random: Random, text: str) -> str:
    """Return a version that differs from another one in its end, or not at all."""
    return random.choice(
        (text, f"{text}-0", f"{text}+build", f"{text}-alpha.1", text[:-1], f"{text}0", f"{text}.1")
    )
