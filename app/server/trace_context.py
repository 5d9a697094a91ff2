"""The trace that a request belongs to, as its `traceparent` header says (W3C Trace Context)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from starlette.types import Scope

_TRACEPARENT: Final = re.compile(
    rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?", re.DOTALL
)


class TraceContext(NamedTuple):
    """The ids of the trace and of the caller's span, in hex."""

    trace_id: str
    span_id: str


def trace_context(scope: Scope) -> TraceContext | None:
    """Return what the one `traceparent` header says; None where it is missing or malformed."""
    values = [value for name, value in scope.get("headers", ()) if name == b"traceparent"]
    if len(values) != 1 or not (match := _TRACEPARENT.fullmatch(values[0])):
        return None
    version, trace_id, span_id, more = match.groups()
    # Later versions may have more fields; ff is no version, and zero is no id.
    if version == b"ff" or (version == b"00" and more):
        return None
    if not trace_id.strip(b"0") or not span_id.strip(b"0"):
        return None
    return TraceContext(trace_id.decode(), span_id.decode())
