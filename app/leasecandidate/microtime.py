"""metav1.MicroTime: an instant in UTC with microseconds, as kube-apiserver reads and writes it.

Source: apimachinery `pkg/apis/meta/v1/micro_time.go`, whose layout is
`2006-01-02T15:04:05.000000Z07:00`, read with the tolerances of Go's `time.Parse`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic_core import PydanticKnownError, core_schema

from app.leasecandidate import rfc3339
from app.leasecandidate.text_cache import TextCache

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

# Go reads the fraction with Atoi, so a sign counts as one of its six characters.
_PATTERN: Final = re.compile(
    rf"{rfc3339.DATE_AND_CLOCK}[.,](\+[0-9]{{5}}|-00000|[0-9]{{6}}){rfc3339.ZONE}"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS: Final = 24 * 3600
_SECOND: Final = 1_000_000

# What is written as `MicroTime` writes it, as nearly every time is. Hours are bounded, since newer
# Pythons read 24:00 as the next day and Go does not read it at all.
_CANONICAL: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
)


class MicroTime(NamedTuple):
    """An instant: microseconds since 1970-01-01T00:00:00Z, negative before it.

    A tuple, since each heartbeat compares several, and tuples are compared in C.
    """

    microseconds: int

    @classmethod
    def parse(cls, text: str) -> MicroTime:
        """Read RFC 3339 with exactly six fraction digits; ValueError says what is expected."""
        return parsed[text]

    @classmethod
    def at(cls, moment: datetime) -> MicroTime:
        """Return the MicroTime of an aware datetime."""
        since = moment - _EPOCH
        # Not by `_whole_microseconds`: each review asks for the time.
        seconds = since.days * _DAY_SECONDS + since.seconds
        return cls(seconds * _SECOND + since.microseconds)

    @property
    def is_zero(self) -> bool:
        """Whether this is Go's zero time, which is written as JSON null."""
        return self == ZERO

    def __add__(self, duration: timedelta) -> MicroTime:  # type: ignore[override]
        return MicroTime(self.microseconds + _whole_microseconds(duration))

    def __sub__(self, duration: timedelta) -> MicroTime:
        return MicroTime(self.microseconds - _whole_microseconds(duration))

    def since(self, earlier: MicroTime) -> timedelta:
        """Return the time that passed from `earlier` to this instant."""
        return timedelta(microseconds=self.microseconds - earlier.microseconds)

    def __str__(self) -> str:
        """Return the canonical form: UTC, six digits, `Z`."""
        seconds, fraction = divmod(self.microseconds, _SECOND)
        return f"{rfc3339.utc(seconds)}.{fraction:06d}Z"

    def __repr__(self) -> str:
        return f"MicroTime({str(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: object, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Return how pydantic reads a MicroTime from text and writes it, the zero time as null."""
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(
                parsed.__getitem__, core_schema.str_schema(strict=True)
            ),
            python_schema=core_schema.no_info_plain_validator_function(_read),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: None if value.is_zero else str(value)
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time"}


def _whole_microseconds(duration: timedelta) -> int:
    # A timedelta has no finer parts; dividing it takes three times as long.
    seconds = duration.days * _DAY_SECONDS + duration.seconds
    return seconds * _SECOND + duration.microseconds


def _read(value: object) -> MicroTime:
    match value:
        case str():
            return parsed[value]
        case MicroTime():
            return value
        case _:
            raise PydanticKnownError("string_type")


def _parse(text: str) -> MicroTime:
    if _CANONICAL.fullmatch(text) is not None:
        try:
            return MicroTime.at(datetime.fromisoformat(text))
        except ValueError:
            pass  # perhaps the year 0, which Go's calendar has
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(
            'must be an RFC 3339 time with six fraction digits, like "2026-01-02T03:04:05.000000Z"'
        )
    return MicroTime(rfc3339.seconds(match) * _SECOND + int(match[7]))


parsed: Final = TextCache(_parse)

ZERO: Final = MicroTime.parse("0001-01-01T00:00:00.000000Z")
