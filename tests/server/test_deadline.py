from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from app.server.deadline import parse_duration, seconds_to_answer

CAP = 10.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("10s", 10, id="as kube-apiserver sends it"),
        pytest.param("1m30s", 90, id="several units"),
        pytest.param("1h", 3600, id="hours"),
        pytest.param("1.5s", 1.5, id="a fraction"),
        pytest.param(".5s", 0.5, id="no digit before the point"),
        pytest.param("5.s", 5, id="no digit after the point"),
        pytest.param("+3s", 3, id="a sign"),
        pytest.param("250ms", 0.25, id="milliseconds"),
        pytest.param("250us", 0.00025, id="microseconds"),
        pytest.param("250\N{MICRO SIGN}s", 0.00025, id="microseconds with the micro sign"),
        pytest.param("250\N{GREEK SMALL LETTER MU}s", 0.00025, id="microseconds with mu"),
        pytest.param("250ns", 2.5e-7, id="nanoseconds"),
        pytest.param("0s", None, id="nothing"),
        pytest.param("0", None, id="a bare nothing"),
        pytest.param("-5s", None, id="negative"),
        pytest.param("10", None, id="no unit"),
        pytest.param("s", None, id="no number"),
        pytest.param(".s", None, id="a point"),
        pytest.param("10 s", None, id="a space"),
        pytest.param("10S", None, id="upper case"),
        pytest.param("1d", None, id="a unit that Go does not have"),
        pytest.param("1s1", None, id="a rest"),
        pytest.param("1e3s", None, id="an exponent"),
        pytest.param("\N{ARABIC-INDIC DIGIT ONE}s", None, id="a digit that is not ASCII"),
        pytest.param("inf", None, id="a word"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_duration_is_read_as_go_reads_it(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        pytest.param(b"timeout=10s", 9.5, id="half a second is kept back"),
        pytest.param(b"timeout=30s", CAP, id="the cap"),
        pytest.param(b"timeout=1s", 0.8, id="a fifth of a short timeout is kept back"),
        pytest.param(b"timeout=100ms", 0.08, id="a very short timeout"),
        pytest.param(b"a=b&timeout=2s", 1.6, id="among others"),
        pytest.param(b"timeout=2s&timeout=9s", 1.6, id="the first of two"),
        pytest.param(b"timeout=1%73", 0.8, id="escaped"),
        pytest.param(b"", CAP, id="no query"),
        pytest.param(b"timeout", CAP, id="no value"),
        pytest.param(b"timeout=soon", CAP, id="no duration"),
        pytest.param(b"timeout=-1s", CAP, id="a negative duration"),
        pytest.param(b"Timeout=1s", CAP, id="another name"),
        pytest.param(b"timeout=" + b"9" * 100 + b"h", CAP, id="longer than the universe"),
        pytest.param(b"timeout=" + b"0" * 5000 + b"1s", CAP, id="thousands of digits"),
        pytest.param(b"timeout=\xff", CAP, id="no text"),
    ],
)
def test_the_deadline_is_the_smaller_of_timeout_and_cap(query: bytes, seconds: float) -> None:
    assert seconds_to_answer(query, CAP) == pytest.approx(seconds)


@given(st.one_of(st.binary(), st.binary().map(lambda value: b"timeout=" + value)))
def test_any_query_leaves_some_time_and_not_more_than_the_cap(query: bytes) -> None:
    assert 0 < seconds_to_answer(query, CAP) <= CAP


@given(st.from_regex(rb"timeout=[0-9]{1,3}(\.[0-9]{1,3})?(ns|us|ms|s|m|h)", fullmatch=True))
def test_any_timeout_leaves_some_time_and_not_all_of_it(query: bytes) -> None:
    timeout = parse_duration(query.partition(b"=")[2].decode())
    assert 0 < seconds_to_answer(query, CAP) <= CAP
    if timeout is not None:
        assert seconds_to_answer(query, CAP) < timeout
