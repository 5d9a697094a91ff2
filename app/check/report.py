"""What a run found, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.leasecandidate.rules import Action

NOTHING: Final = 0
FOUND: Final = 1
UNUSABLE: Final = 2


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark and where it belongs: file, document in it, line and column, all from 1.

    For an object of a cluster these four are None, and `ratcheted` says that the webhook admits
    updates which leave the defect as it is.

    `end_line` and `end_column` (the first after it) are those of a scalar, None for other values.
    `namespace` and `name` are those of the object, empty where it could not be read that far.
    `fixable` says that `fix` may remove it.
    """

    file: str | None
    document: int | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    namespace: str
    name: str
    rule: str
    action: Action
    field: str
    reason: str
    message: str
    fixable: bool
    ratcheted: bool = False

    @property
    def object_name(self) -> str:
        """`namespace/name`, or what is known of it; it may be empty."""
        return "/".join(filter(None, (self.namespace, self.name)))

    @property
    def sentence(self) -> str:
        """The message, after the field where the remark is about one."""
        return f"{self.field}: {self.message}" if self.field else self.message


@dataclass(frozen=True, slots=True)
class Problem:
    """Input that could not be used; line and column say where, if it could be read at all."""

    file: str
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One value that `fix` changes: where it stands, its field, what it was and what it becomes."""

    file: str
    line: int
    column: int
    name: str
    field: str
    old: str
    new: str


@dataclass(slots=True)
class Report:
    """Everything that a run found.

    `files` is None where a cluster was read. `candidates` is the number that was judged, `denied`
    of which would be refused. `skipped` counts objects of other kinds, `foreign` documents below
    folders that are no manifests, `ignored` findings of rules that the user ignores.
    `without_clock` says that rules which compare with the current time were skipped.
    """

    findings: list[Diagnostic] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    files: int | None = 0
    candidates: int = 0
    denied: int = 0
    skipped: int = 0
    foreign: int = 0
    exempted: int = 0
    ignored: int = 0
    without_clock: bool = False

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
