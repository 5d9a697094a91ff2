"""The time until which an answer is of use: kube-apiserver states in each call how long it waits.

It sends `?timeout=10s`, a Go duration: what is left of the webhook's `timeoutSeconds`, rounded up
to whole seconds (client-go `rest.Request.URL`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs

MARGIN_SECONDS: Final = 0.5
MARGIN_SHARE: Final = 0.2
"""The answer is due this much before the timeout, and at most this share of it: the answer takes
time to arrive, and the caller rounded the timeout up."""

_UNITS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "\N{MICRO SIGN}s": 1e-6,
    "\N{GREEK SMALL LETTER MU}s": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART: Final = re.compile(rf"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)({'|'.join(_UNITS)})")
_DURATION: Final = re.compile(rf"\+?(?:{_PART.pattern})+")
_QUERY_LIMIT: Final = 128


def seconds_to_answer(query: bytes, cap: float) -> float:
    """Return how many seconds there are for an answer, at most `cap`.

    That is `cap` where the query has no usable timeout.
    """
    timeout = _timeout(query) if query and len(query) <= _QUERY_LIMIT else None
    if timeout is None:
        return cap
    return min(cap, timeout - min(MARGIN_SECONDS, MARGIN_SHARE * timeout))


@lru_cache(maxsize=64)
def _timeout(query: bytes) -> float | None:
    values = parse_qs(query.decode("latin-1"), errors="replace").get("timeout")
    return parse_duration(values[0]) if values else None


def parse_duration(text: str) -> float | None:
    """Return the seconds of a Go duration (`time.ParseDuration`) above 0, None for any other text.

    >>> parse_duration("1m1.5s")
    61.5
    """
    if _DURATION.fullmatch(text) is None:
        return None
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return seconds if seconds > 0 else None
