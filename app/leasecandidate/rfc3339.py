"""RFC 3339 times as Go's `time.Parse` reads them and `Time.Format` writes them.

Source: Go `src/time/format.go`. What it tolerates: an hour of one digit, a comma for the point, an
offset of up to 24 hours and 60 minutes. Years reach from 0 to 9999 as they are read, and one
further on each side once they are in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import re

DATE_AND_CLOCK: Final = r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})"
ZONE: Final = r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
"""Patterns of the parts before and after the fraction; their groups are what `seconds` takes."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
# The Gregorian calendar repeats every 400 years; a shift by one cycle brings the years that Go can
# hold and `datetime` cannot (0 and below, 10000) into its range.
_CYCLE_YEARS: Final = 400
_CYCLE_SECONDS: Final = 146_097 * 24 * 3600
_MAX_OFFSET_HOURS: Final = 24
_MAX_OFFSET_MINUTES: Final = 60
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _SECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _SECOND


def seconds(match: re.Match[str]) -> int:
    """Return the whole seconds since 1970-01-01T00:00:00Z, negative before it.

    `match` has the groups of DATE_AND_CLOCK, any others, and then those of ZONE. Raises ValueError
    for what is no time of the calendar.
    """
    *clock, sign, offset_hours, offset_minutes = match.groups()
    year, month, day, hour, minute, second = map(int, clock[:6])
    shift = _CYCLE_YEARS if year == 0 else 0
    try:
        wall = datetime(year + shift, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"is not a time of the calendar: {error}") from None
    total = (wall - _EPOCH) // _SECOND - (_CYCLE_SECONDS if shift else 0)
    if sign is None:
        return total
    hours, minutes = int(offset_hours), int(offset_minutes)
    if hours > _MAX_OFFSET_HOURS or minutes > _MAX_OFFSET_MINUTES:
        raise ValueError("has a time zone offset out of range")
    offset = hours * 3600 + minutes * 60
    return total + offset if sign == "-" else total - offset


def utc(total: int) -> str:
    """Return date and clock of these seconds in UTC, without fraction and zone."""
    years = 0
    while total < _FIRST:
        total, years = total + _CYCLE_SECONDS, years - _CYCLE_YEARS
    while total > _LAST:
        total, years = total - _CYCLE_SECONDS, years + _CYCLE_YEARS
    moment = _EPOCH + timedelta(seconds=total)
    year = moment.year + years
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}" + moment.strftime("-%m-%dT%H:%M:%S")
