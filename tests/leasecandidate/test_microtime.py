from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter, ValidationError

from app.leasecandidate import MicroTime

ANY = TypeAdapter(MicroTime)
MINUTE = timedelta(minutes=1)
readable = st.datetimes()


def wire(moment: datetime) -> str:
    return f"{moment.year:04d}{moment:-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


@given(readable)
def test_a_time_is_written_as_it_was_read(moment: datetime) -> None:
    assert str(MicroTime.parse(wire(moment))) == wire(moment)


@given(readable)
def test_a_datetime_gives_the_same_time_as_its_text(moment: datetime) -> None:
    assert MicroTime.at(moment.replace(tzinfo=UTC)) == MicroTime.parse(wire(moment))


@given(readable, readable)
def test_times_sort_as_their_moments(one: datetime, other: datetime) -> None:
    left, right = MicroTime.parse(wire(one)), MicroTime.parse(wire(other))
    assert (left < right) is (one < other)
    assert (left == right) is (one == other)
    assert left.since(right) == one - other


@given(readable, st.integers(-24 * 60, 24 * 60))
def test_an_offset_is_applied(moment: datetime, minutes: int) -> None:
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    local = MicroTime.parse(f"{wire(moment)[:-1]}{sign}{hours:02d}:{rest:02d}")
    assert local + timedelta(minutes=minutes) == MicroTime.parse(wire(moment))


@given(readable, st.timedeltas(timedelta(days=-9999), timedelta(days=9999)))
def test_a_duration_can_be_added_and_taken_away(moment: datetime, duration: timedelta) -> None:
    time = MicroTime.parse(wire(moment))
    assert (time + duration) - duration == time
    assert (time + duration).since(time) == duration


@given(st.text(max_size=30))
def test_a_text_is_a_time_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert MicroTime.parse(str(MicroTime.parse(text))) == MicroTime.parse(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0000-01-01T00:00:00.000000Z", "0000-01-01T00:00:00.000000Z"),
        ("0000-02-29T23:59:59.999999Z", "0000-02-29T23:59:59.999999Z"),
        ("0000-01-01T00:00:00.000000+01:00", "-0001-12-31T23:00:00.000000Z"),
        ("0001-01-01T00:00:00.000000+00:01", "0000-12-31T23:59:00.000000Z"),
        ("9999-12-31T23:59:59.999999-01:00", "10000-01-01T00:59:59.999999Z"),
        ("2026-02-28T24:00:00.000000Z", None),
        ("2026-02-29T00:00:00.000000Z", None),
        ("2028-02-29T00:00:00.000000Z", "2028-02-29T00:00:00.000000Z"),
        ("2026-01-01T00:00:60.000000Z", None),
        ("2026-01-01T00:00:00.000000+24:60", "2025-12-30T23:00:00.000000Z"),
        ("2026-01-01T00:00:00.000000+25:00", None),
        ("2026-01-01T00:00:00.000000+00:61", None),
        ("2026-01-01T1:00:00,000001Z", "2026-01-01T01:00:00.000001Z"),
        ("2026-01-01T00:00:00.+00001Z", "2026-01-01T00:00:00.000001Z"),
        ("2026-01-01T00:00:00.-00000Z", "2026-01-01T00:00:00.000000Z"),
        ("2026-01-01T00:00:00.-00001Z", None),
        ("2026-01-01T00:00:00.000000Z\n", None),
        ("\N{FULLWIDTH DIGIT TWO}026-01-01T00:00:00.000000Z", None),
        ("2" * 1_000_000, None),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_the_edges_of_the_calendar_are_go_s(text: str, written: str | None) -> None:
    if written is None:
        with pytest.raises(ValueError, match="time"):
            MicroTime.parse(text)
    else:
        assert str(MicroTime.parse(text)) == written


def test_the_zero_time_is_null_on_the_wire() -> None:
    zero = MicroTime.parse("0001-01-01T00:00:00.000000Z")
    assert zero.is_zero
    assert ANY.dump_python(zero) is None
    assert not (zero + timedelta(microseconds=1)).is_zero


def test_a_datetime_with_another_offset_is_the_same_instant() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert str(MicroTime.at(moment)) == "2026-01-01T06:30:00.000000Z"


def test_a_time_is_hashable_immutable_and_shown_as_its_text() -> None:
    time = MicroTime.parse("2026-01-01T00:00:00.000000Z")
    assert {time} == {time + MINUTE - MINUTE}
    assert repr(time) == "MicroTime('2026-01-01T00:00:00.000000Z')"
    with pytest.raises(AttributeError):
        time.microseconds = 0  # type: ignore[misc]


def test_a_model_takes_a_time_or_its_text() -> None:
    time = MicroTime.parse("2026-01-01T00:00:00.000000Z")
    assert ANY.validate_python(time) is time
    assert ANY.validate_python("2026-01-01T00:00:00.000000Z") == time
    others: tuple[object, ...] = (0, 1.5, True, [], {}, b"2026-01-01T00:00:00.000000Z")
    for other in others:
        with pytest.raises(ValidationError):
            ANY.validate_python(other)
