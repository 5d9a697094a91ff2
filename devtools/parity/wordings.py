"""What older minors of Kubernetes say otherwise. Our words are those of the newest one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from devtools.parity.question import Answer, Cause, JsonObject


@dataclass(frozen=True, slots=True)
class Wording:
    """Up to the minor version `until`, the server says `theirs` (a template) for `ours` (a regex).

    Both are a whole cause: reason, field and message, as `Cause` shows them. `why` is a sentence
    for the documentation.
    """

    until: int
    ours: re.Pattern[str]
    theirs: str
    why: str


_OWNER: Final = r"metadata\.ownerReferences\[\d+\]"
_EMPTY: Final = "Required value: must not be empty$"

WORDINGS: Final = (
    Wording(
        36,
        re.compile(rf"^FieldValueRequired {_OWNER}\.apiVersion: {_EMPTY}"),
        'FieldValueInvalid metadata.ownerReferences.apiVersion: Invalid value: "": '
        "version must not be empty",
        'An owner without apiVersion: `Invalid value: "": version must not be empty` up to 1.36, '
        "`Required value: must not be empty` from 1.37 on.",
    ),
    Wording(
        36,
        re.compile(rf"^FieldValueRequired {_OWNER}\.(\w+): {_EMPTY}"),
        r'FieldValueInvalid metadata.ownerReferences.\1: Invalid value: "": must not be empty',
        'An owner without kind, name or uid: `Invalid value: "": must not be empty` up to 1.36, '
        "`Required value: must not be empty` from 1.37 on.",
    ),
    Wording(
        36,
        re.compile(rf"^(\S+) {_OWNER}\.apiVersion: (.*): must be <group>/<version> or <version>$"),
        r"\1 metadata.ownerReferences.apiVersion: \2: version must not be empty",
        "An owner's malformed apiVersion: `version must not be empty` up to 1.36, "
        "`must be <group>/<version> or <version>` from 1.37 on.",
    ),
    Wording(
        36,
        re.compile(rf"^(\S+) {_OWNER}: "),
        r"\1 metadata.ownerReferences: ",
        "The field of what is wrong with an owner: `metadata.ownerReferences` up to 1.36, "
        "`metadata.ownerReferences[0]` from 1.37 on, for the first one.",
    ),
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


OLDER: Final = 36
"""The last minor of which `OLDER_ANSWERS` tells."""
OLDER_ANSWERS: Final = (
    (
        "A cause that is found more than once, as nearly all are that an update finds in metadata: "
        "said each time up to 1.36, once from 1.37 on."
    ),
    (
        "deletionTimestamp and deletionGracePeriodSeconds of a PUT that creates: stored as they "
        "came up to 1.36, wiped from 1.37 on, as those of a POST always were."
    ),
)
_DELETION: Final = frozenset({"deletionTimestamp", "deletionGracePeriodSeconds"})


def minor(kubernetes: str) -> int:
    """Return the minor version of a release such as v1.37.2."""
    return int(kubernetes.split(".")[1])


def as_said_by(version: int, answer: Answer) -> Answer:
    """Put our answer in the words of a minor version of Kubernetes, each cause once."""
    wordings = [wording for wording in WORDINGS if version <= wording.until]
    if not wordings:
        return answer
    reworded = (_reworded(cause, wordings) for cause in answer.causes)
    return replace(answer, causes=tuple(dict.fromkeys(reworded)))


def as_answered_now(version: int, answer: Answer, *, new: bool) -> Answer:
    """Leave out of a server's answer what only older minors say; `new` for an object that is."""
    if version > OLDER:
        return answer
    stored = answer.stored
    if stored is not None and new:
        metadata = cast("JsonObject", stored["metadata"])
        kept = {name: value for name, value in metadata.items() if name not in _DELETION}
        stored = stored | {"metadata": kept}
    return replace(answer, causes=tuple(dict.fromkeys(answer.causes)), stored=stored)


def _reworded(cause: Cause, wordings: list[Wording]) -> Cause:
    text = said = str(cause)
    for wording in wordings:
        said = wording.ours.sub(wording.theirs, said)
    if said == text:
        return cause
    reason, field, message = said.split(" ", 2)
    return replace(cause, reason=reason, field=field.removesuffix(":"), message=message)
