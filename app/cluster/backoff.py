"""How long to wait before another attempt."""

from __future__ import annotations

import random
from typing import Final

FIRST_SECONDS: Final = 0.8
LONGEST_SECONDS: Final = 30.0


class Backoff:
    """Exponential backoff with jitter, as in client-go's reflector (`tools/cache/reflector.go`).

    Each pause doubles, and is up to twice as long at random, so that replicas that lost the same
    server do not reconnect at once. `failures` counts the pauses since the last success.
    """

    def __init__(self, first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS) -> None:
        self._first = first
        self._longest = longest
        self.failures = 0

    def next(self) -> float:
        """Return the seconds to wait now."""
        # The exponent is bounded: what has failed for a year must not overflow.
        pause = min(self._first * 2.0 ** min(self.failures, 32), self._longest / 2)
        self.failures += 1
        return pause * (1 + random.random())  # noqa: S311  no secret

    def reset(self) -> None:
        """Record a success: the next pause is the first one again."""
        self.failures = 0
