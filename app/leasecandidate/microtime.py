"""metav1.MicroTime: an instant in UTC with microseconds, as kube-apiserver reads and writes it.

Source: apimachinery `pkg/apis/meta/v1/micro_time.go`, whose layout is
`2006-01-02T15:04:05.000000Z07:00`, read with the tolerances of Go's `time.Parse`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

# Go reads a one-digit hour, a comma for the point, and the fraction with Atoi (so a sign counts as
# one of its six characters).
_PATTERN: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})"
    r"[.,](\+[0-9]{5}|-00000|[0-9]{6})(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  naive on purpose: all arithmetic is in UTC
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
# The Gregorian calendar repeats every 400 years; a shift by one cycle brings the years that Go can
# hold and `datetime` cannot (0 and below, 10000) into its range.
_CYCLE_YEARS: Final = 400
_CYCLE_MICROSECONDS: Final = 146_097 * 24 * 3600 * _SECOND
_MAX_OFFSET_HOURS: Final = 24
_MAX_OFFSET_MINUTES: Final = 60
_FIRST: Final = datetime(1, 1, 1)  # noqa: DTZ001
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001


@dataclass(frozen=True, slots=True, order=True)
class MicroTime:
    """An instant: microseconds since 1970-01-01T00:00:00Z, negative before it."""

    microseconds: int

    @classmethod
    def parse(cls, text: str) -> MicroTime:
        """Read RFC 3339 with exactly six fraction digits; ValueError says what is expected."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(
                "must be an RFC 3339 time with six fraction digits, "
                'like "2026-01-02T03:04:05.000000Z"'
            )
        year, month, day, hour, minute, second, fraction, sign, off_hours, off_minutes = (
            match.groups()
        )
        shift = _CYCLE_YEARS if year == "0000" else 0
        try:
            wall = datetime(  # noqa: DTZ001  the offset is applied below
                int(year) + shift, int(month), int(day), int(hour), int(minute), int(second)
            )
        except ValueError as error:
            raise ValueError(f"is not a time of the calendar: {error}") from None
        microseconds = (wall - _EPOCH) // _MICROSECOND + int(fraction)
        if shift:
            microseconds -= _CYCLE_MICROSECONDS
        if sign is not None:
            hours, minutes = int(off_hours), int(off_minutes)
            if hours > _MAX_OFFSET_HOURS or minutes > _MAX_OFFSET_MINUTES:
                raise ValueError("has a time zone offset out of range")
            offset = (hours * 3600 + minutes * 60) * _SECOND
            microseconds += offset if sign == "-" else -offset
        return cls(microseconds)

    @classmethod
    def at(cls, moment: datetime) -> MicroTime:
        """Return the MicroTime of an aware datetime."""
        return cls((moment.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // _MICROSECOND)

    @property
    def is_zero(self) -> bool:
        """Whether this is Go's zero time, which is written as JSON null."""
        return self == ZERO

    def __add__(self, duration: timedelta) -> MicroTime:
        return MicroTime(self.microseconds + duration // _MICROSECOND)

    def __sub__(self, duration: timedelta) -> MicroTime:
        return MicroTime(self.microseconds - duration // _MICROSECOND)

    def since(self, earlier: MicroTime) -> timedelta:
        """Return the time that passed from `earlier` to this instant."""
        return timedelta(microseconds=self.microseconds - earlier.microseconds)

    def __str__(self) -> str:
        """Return the canonical form: UTC, six digits, `Z`."""
        microseconds, years = self.microseconds, 0
        while microseconds < (_FIRST - _EPOCH) // _MICROSECOND:
            microseconds, years = microseconds + _CYCLE_MICROSECONDS, years - _CYCLE_YEARS
        while microseconds > (_LAST - _EPOCH) // _MICROSECOND:
            microseconds, years = microseconds - _CYCLE_MICROSECONDS, years + _CYCLE_YEARS
        moment = _EPOCH + timedelta(microseconds=microseconds)
        year = moment.year + years
        digits = f"{year:04d}" if year >= 0 else f"-{-year:03d}"
        return digits + moment.strftime("-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}Z"

    def __repr__(self) -> str:
        return f"MicroTime({str(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: object, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Let models read a MicroTime from its text and write it back, the zero time as null."""
        return core_schema.no_info_plain_validator_function(
            _read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: None if value.is_zero else str(value)
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time"}


def _read(value: object) -> MicroTime:
    match value:
        case str():
            return MicroTime.parse(value)
        case MicroTime():
            return value
        case _:
            raise ValueError("must be a string that holds a time, or null")


ZERO: Final = MicroTime.parse("0001-01-01T00:00:00.000000Z")
