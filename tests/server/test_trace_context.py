"""Which traceparent headers are believed (W3C Trace Context, section 3.2)."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from app.server.trace_context import TraceContext, trace_context

TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = b"00f067aa0ba902b7"
FOUND = TraceContext(TRACE.decode(), SPAN.decode())


def read(*values: bytes) -> TraceContext | None:
    headers = [(b"host", b"leasegate"), *((b"traceparent", value) for value in values)]
    return trace_context({"headers": headers})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(b"00-%b-%b-01" % (TRACE, SPAN), FOUND, id="the one version there is"),
        pytest.param(b"00-%b-%b-00" % (TRACE, SPAN), FOUND, id="not sampled"),
        pytest.param(b"cc-%b-%b-01" % (TRACE, SPAN), FOUND, id="a later version"),
        pytest.param(b"cc-%b-%b-01-more" % (TRACE, SPAN), FOUND, id="with more fields"),
        pytest.param(b"cc-%b-%b-01more" % (TRACE, SPAN), None, id="more without a dash"),
        pytest.param(b"00-%b-%b-01-more" % (TRACE, SPAN), None, id="more in version 00"),
        pytest.param(b"ff-%b-%b-01" % (TRACE, SPAN), None, id="ff is no version"),
        pytest.param(b"00-%b-%b-01" % (b"0" * 32, SPAN), None, id="trace id of zeros"),
        pytest.param(b"00-%b-%b-01" % (TRACE, b"0" * 16), None, id="span id of zeros"),
        pytest.param(b"00-%b-%b-01" % (TRACE.upper(), SPAN), None, id="upper case"),
        pytest.param(b"00-%b-%b-01" % (TRACE[1:], SPAN), None, id="a short trace id"),
        pytest.param(b"00-%b-%b" % (TRACE, SPAN), None, id="no flags"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_a_header(value: bytes, found: TraceContext | None) -> None:
    assert read(value) == found


def test_without_a_header_there_is_no_trace() -> None:
    assert read() is None
    assert trace_context({}) is None


def test_two_headers_contradict_each_other() -> None:
    assert read(b"00-%b-%b-01" % (TRACE, SPAN), b"00-%b-%b-01" % (TRACE, SPAN)) is None


@given(st.binary(max_size=80) | st.text("0f-", min_size=50, max_size=60).map(str.encode))
def test_nothing_else_than_hex_comes_out(value: bytes) -> None:
    found = read(value)
    assert found is None or set("".join(found)) <= set("0123456789abcdef")
