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

from app.leasecandidate import rfc3339
from app.leasecandidate.memory import Remembering

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

# Go reads the fraction with Atoi, so a sign counts as one of its six characters.
_PATTERN: Final = re.compile(
    rf"{rfc3339.DATE_AND_CLOCK}[.,](\+[0-9]{{5}}|-00000|[0-9]{{6}}){rfc3339.ZONE}"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000


@Remembering
def microseconds(text: str) -> int:
    """Return the microseconds since 1970-01-01T00:00:00Z; ValueError says what is expected."""
    if (moment := _canonical(text)) is not None:
        return (moment - _EPOCH) // _MICROSECOND
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(
            'must be an RFC 3339 time with six fraction digits, like "2026-01-02T03:04:05.000000Z"'
        )
    return rfc3339.seconds(match) * _SECOND + int(match[7])


def _canonical(text: str) -> datetime | None:
    """Read at once what is written as this module writes it, as nearly every time is.

    `fromisoformat` reads more than Go does: what it would not write back alike is read with care.
    """
    if not text.endswith("Z"):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    without_zone = moment.isoformat(timespec="microseconds").removesuffix("+00:00")
    return moment if f"{without_zone}Z" == text else None


@dataclass(frozen=True, slots=True, order=True)
class MicroTime:
    """An instant: microseconds since 1970-01-01T00:00:00Z, negative before it."""

    microseconds: int

    @classmethod
    def parse(cls, text: str) -> MicroTime:
        """Read RFC 3339 with exactly six fraction digits; ValueError says what is expected."""
        return cls(microseconds(text))

    @classmethod
    def at(cls, moment: datetime) -> MicroTime:
        """Return the MicroTime of an aware datetime."""
        return cls((moment - _EPOCH) // _MICROSECOND)

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
        seconds, fraction = divmod(self.microseconds, _SECOND)
        return f"{rfc3339.utc(seconds)}.{fraction:06d}Z"

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
