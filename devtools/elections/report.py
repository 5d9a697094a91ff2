"""What came of a run, as JSON that is kept for docs/parity.md."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from devtools.elections.compare import Comparison

FOLDER: Final = Path(__file__).with_name("reports")


@dataclass(frozen=True)
class Report:
    """One run against one release of Kubernetes; `ends` counts how the steps ended."""

    kubernetes: str
    seed: int
    cases: int
    steps: int
    by_chance: int
    differences: int
    seconds: int
    ends: dict[str, int]

    @classmethod
    def of(cls, kubernetes: str, seed: int, seconds: float, found: Comparison) -> Self:
        """Sum up a run."""
        return cls(
            kubernetes,
            seed,
            found.cases,
            found.steps,
            found.by_chance,
            len(found.differences) + len(found.missed),
            round(seconds),
            {end.value: count for end, count in found.ends.most_common()},
        )

    def write(self, folder: Path = FOLDER) -> Path:
        """Keep it as the one of its release, and return the file."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{self.kubernetes}.json"
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")
        return path


def kept(folder: Path = FOLDER) -> list[Report]:
    """Return the reports that are kept, the newest release first."""
    found = sorted(folder.glob("*.json"), reverse=True)
    return [Report(**json.loads(path.read_text())) for path in found]
