"""What came of a run, as JSON that is kept and as a page for people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from devtools.parity.run import Outcome, Plan

FOLDER: Final = Path(__file__).with_name("reports")


@dataclass(frozen=True)
class Report:
    """One run against one release of Kubernetes.

    `answers` counts the server's answers: kind of write and HTTP status code. `causes` counts
    what it objected to: field and reason.
    """

    kubernetes: str
    seed: int
    creates: int
    updates: int
    differences: int
    seconds: int
    answers: dict[str, int]
    causes: dict[str, int]

    @classmethod
    def of(cls, kubernetes: str, plan: Plan, outcome: Outcome) -> Self:
        """Sum up a run."""
        return cls(
            kubernetes,
            plan.seed,
            sum(count for (kind, _), count in outcome.verdicts.items() if kind == "create"),
            sum(count for (kind, _), count in outcome.verdicts.items() if kind == "update"),
            len(outcome.differences),
            round(outcome.seconds),
            {f"{kind} {code}": count for (kind, code), count in sorted(outcome.verdicts.items())},
            {
                f"{field} {reason.removeprefix('FieldValue')}": count
                for (field, reason), count in sorted(outcome.causes.items())
            },
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a report that was kept."""
        return cls(**json.loads(path.read_text()))

    def write(self, folder: Path = FOLDER) -> Path:
        """Keep it as the one of its release, and return the file."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{self.kubernetes}.json"
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")
        return path


def kept(folder: Path = FOLDER) -> list[Report]:
    """Return the reports that are kept, the newest release first."""
    return [Report.read(path) for path in sorted(folder.glob("*.json"), reverse=True)]
