"""What reviews may take, and how the server ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.http.limits import ConnectionLimits

OPERATIONS: Final = ConnectionLimits(
    connections=32,
    request_seconds=10.0,
    idle_seconds=90.0,
    header_bytes=8 * 1024,
    request_bytes=16 * 1024,
    unread_bytes=1024 * 1024,
)
"""What the operations port grants: kubelet and Prometheus ask now and then, without a body."""


@dataclass(frozen=True, slots=True)
class ReviewLimits:
    """What reviews may take; times are in seconds.

    An answer takes at most `seconds`, or as long as its caller says that it waits, if that is
    less. A body has at most `body_bytes`, with at most `body_values` commas and brackets, and
    `body_seconds` for its first 64 KiB, and as long again for the rest. All bodies that are being
    read have `memory_bytes` together.
    """

    seconds: float = 10.0
    body_bytes: int = 3 * 1024 * 1024
    body_values: int = 150_000
    body_seconds: float = 3.5
    memory_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ShutdownSettings:
    """How the server ends after SIGTERM; in seconds.

    For `drain_seconds` it answers as ever, while it is taken out of the Service and every answer
    asks its client to close the connection. After that it may take `shutdown_seconds` to finish.
    """

    drain_seconds: float = 10.0
    shutdown_seconds: float = 5.0
