"""What older minors of Kubernetes say in other words. Our words are those of the newest one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from devtools.parity.question import Answer, Cause


@dataclass(frozen=True, slots=True)
class Wording:
    """Up to the minor version `until`, the server says `theirs` (a template) for `ours` (a regex).

    `why` is a sentence for the documentation.
    """

    until: int
    ours: re.Pattern[str]
    theirs: str
    why: str


WORDINGS: Final = (
    Wording(
        34,
        re.compile(r"\bmust be no more than ([0-9]+) bytes$"),
        r"must be no more than \1 characters",
        "Labels, annotations, finalizers and strategies: too long a part is counted in "
        "`characters` up to 1.34 and in `bytes` from 1.35 on. It always was bytes.",
    ),
    Wording(
        34,
        re.compile(r": a valid label key must consist of "),
        ": a qualified name must consist of ",
        "More than one slash: `a qualified name must consist of` up to 1.34, "
        "`a valid label key must consist of` from 1.35 on.",
    ),
)


def minor(kubernetes: str) -> int:
    """Return the minor version of a release such as v1.36.3."""
    return int(kubernetes.split(".")[1])


def as_said_by(version: int, answer: Answer) -> Answer:
    """Put our answer in the words of a minor version of Kubernetes."""
    wordings = [wording for wording in WORDINGS if version <= wording.until]
    if not wordings:
        return answer
    return replace(answer, causes=tuple(_reworded(cause, wordings) for cause in answer.causes))


def _reworded(cause: Cause, wordings: list[Wording]) -> Cause:
    message = cause.message
    for wording in wordings:
        message = wording.ours.sub(wording.theirs, message)
    return replace(cause, message=message)
