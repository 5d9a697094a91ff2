"""The trace that a request belongs to, as its `traceparent` header says (W3C Trace Context)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from starlette.types import Scope


class TraceContext(NamedTuple):
    """The ids of the trace and of the caller's span, in hex."""

    trace_id: str
    span_id: str


def trace_context(scope: Scope) -> TraceContext | None:
    """Return what the one `traceparent` header says; None where it is missing or malformed."""
    values = [value for name, value in scope.get("headers", ()) if name == b"traceparent"]
    if len(values) != 1:
        return None
    carrier = {"traceparent": values[0].decode("latin-1")}
    found = TraceContextTextMapPropagator().extract(carrier, Context())
    span = trace.get_current_span(found).get_span_context()
    if not span.is_valid:
        return None
    return TraceContext(trace.format_trace_id(span.trace_id), trace.format_span_id(span.span_id))
