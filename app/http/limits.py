"""What a client may take of a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one server grants its connections; times are in seconds.

    A client that is slow or silent in the TLS handshake, in a request's header or in its body is
    closed; `request_seconds` is for a whole request and its answer, until the client has taken it.
    An idle connection outlives the 90 s for which kube-apiserver keeps one: it is the
    client that must close it, or a request that is just being sent is lost. Only where there are
    too many `connections` may one be ended before.

    `request_bytes` counts every byte of a request, whoever answers it: header, body, framing and
    trailer. The fields of header and trailer have `header_bytes` of them. `unread_bytes` are for
    all answers together that clients do not read.

    A client's certificate must have one of the names `callers`; None lets everybody call.
    """

    connections: int = 1000
    handshake_seconds: float = 4.0
    header_seconds: float = 5.0
    request_seconds: float = 20.0
    idle_seconds: float = 120.0
    header_bytes: int = 32 * 1024
    header_fields: int = 64
    request_bytes: int = 64 * 1024 * 1024
    unread_bytes: int = 8 * 1024 * 1024
    callers: frozenset[str] | None = None
