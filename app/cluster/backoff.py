"""How long to wait before what failed is tried again."""

from __future__ import annotations

import random
from typing import Final

FIRST_SECONDS: Final = 0.8
LONGEST_SECONDS: Final = 30.0


class Backoff:
    """Pauses that double, each up to twice as long by chance, as client-go's reflector makes them
    (`tools/cache/reflector.go`): replicas that lost the same server do not come back at once.
    `failures` is how often it was waited since it went well.
    """  # noqa: D205  one sentence is longer than a line

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
        """Begin with the first pause again: it went well."""
        self.failures = 0
