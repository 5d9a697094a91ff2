"""metav1.Time: an instant in UTC with whole seconds, as object metadata has it.

Source: apimachinery `pkg/apis/meta/v1/time.go`, whose layout is RFC 3339. A fraction of a second is
read and left out.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from app.leasecandidate import rfc3339
from app.leasecandidate.text_cache import TextCache

_PATTERN: Final = re.compile(rf"{rfc3339.DATE_AND_CLOCK}(?:[.,]([0-9]+))?{rfc3339.ZONE}")
_ZERO: Final = "0001-01-01T00:00:00"
_NANOSECONDS: Final = 9


def canonical(text: str) -> str:
    """Return a time as kube-apiserver writes it; ValueError says what is expected.

    Go's zero time, which it writes as null, is the empty text.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError('must be an RFC 3339 time, like "2026-01-02T03:04:05Z"')
    utc = rfc3339.utc(rfc3339.seconds(match))
    is_zero = utc == _ZERO and not (match[7] or "")[:_NANOSECONDS].strip("0")
    return "" if is_zero else f"{utc}Z"


parsed: Final = TextCache(canonical)

Timestamp = Annotated[str, AfterValidator(parsed.__getitem__)]
"""A time in its canonical form."""
