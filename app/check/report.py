"""What a run found, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.leasecandidate.rules import Action

NOTHING: Final = 0
FOUND: Final = 1
UNUSABLE: Final = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark and where it belongs: file, document in it, line and column, all from 1.

    `namespace` and `name` are those of the object, empty where it could not be read that far.
    `fixable` says that `fix` may remove it.
    """

    file: str
    document: int
    line: int
    column: int
    namespace: str
    name: str
    rule: str
    action: Action
    field: str
    reason: str
    message: str
    fixable: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Input that could not be used; line and column where it could be read up to there."""

    file: str
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(slots=True)
class Report:
    """Everything that a run found.

    `candidates` were judged and `denied` of them refused; `skipped` are objects of other kinds.
    `changed` is the number of values that were rewritten, and in how many files.
    """

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    candidates: int = 0
    denied: int = 0
    skipped: int = 0
    exempted: int = 0
    changed: tuple[int, int] = (0, 0)

    def count(self, action: Action) -> int:
        """Return the number of findings with this action."""
        return sum(finding.action is action for finding in self.findings)

    def exit_code(self, *, strict: bool = False) -> int:
        """Return 2 where input was unusable, 1 where something is denied, else 0.

        `strict`: warnings count as well.
        """
        if self.problems:
            return UNUSABLE
        counted = {Action.DENY, Action.WARN} if strict else {Action.DENY}
        return FOUND if any(each.action in counted for each in self.findings) else NOTHING
