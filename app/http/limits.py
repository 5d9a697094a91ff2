"""What a client may take of a port."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one port grants its connections; times are in seconds.

    A client that is slow or silent in the TLS handshake, in a request's header or in its body is
    closed. An idle connection outlives the 90 s for which kube-apiserver keeps one: it is the
    client that must close it, or a request that is just being sent is lost. Only where there are
    too many `connections` may one be ended before, and not if it was used in the last
    `in_use_seconds`.

    A client's certificate must have one of the names `callers`; None lets everybody call.
    """

    connections: int = 1000
    handshake_seconds: float = 4.0
    header_seconds: float = 5.0
    idle_seconds: float = 120.0
    in_use_seconds: float = 5.0
    header_bytes: int = 32 * 1024
    header_fields: int = 64
    callers: frozenset[str] | None = None
