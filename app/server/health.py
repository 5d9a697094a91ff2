"""Whether the server should be sent reviews: named checks, as kube-apiserver's /readyz has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

Check = Callable[[], str | None]
"""Returns what is wrong in one sentence, or None. It must not block: it runs in the event loop."""

Note = Callable[[], str]
"""Returns a remark of one sentence for `?verbose`, or the empty string."""

_logger = structlog.stdlib.get_logger(__name__)


class Readiness:
    """The checks that must all pass, in the order in which they were added."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._notes: dict[str, Note] = {}

    def add(self, name: str, check: Check, note: Note | None = None) -> None:
        """Add a check, and a note that ?verbose shows while it passes.

        Its name is unique, kebab-case, and part of the interface.
        """
        if name in self._checks:
            raise ValueError(f"there is a check {name!r} already")
        self._checks[name] = check
        if note is not None:
            self._notes[name] = note

    def add_note(self, name: str, note: Note) -> None:
        """Add a check that always passes, for the note that ?verbose shows."""
        self.add(name, lambda: None, note)

    def note(self, name: str) -> str:
        """Return the note of a check, the empty string where it has none."""
        note = self._notes.get(name)
        return note() if note is not None else ""

    def results(self) -> Iterator[tuple[str, str | None]]:
        """Run the checks; yield the name and the problem of each."""
        for name, check in self._checks.items():
            try:
                problem = check()
            except Exception:
                _logger.exception("a readiness check failed to run", check=name)
                problem = "the check itself failed; the log says why"
            yield name, problem

    def passes(self) -> bool:
        """Run the checks; return whether none of them has a problem."""
        return all(problem is None for _, problem in self.results())
