"""What came of the whole suite against one release of Kubernetes, as JSON that is kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

FOLDER: Final = Path(__file__).with_name("suites")


@dataclass(frozen=True)
class Suite:
    """One green run of `make test-cluster`: how many tests, and how long they took."""

    kubernetes: str
    passed: int
    seconds: int

    @classmethod
    def read(cls, kubernetes: str, folder: Path = FOLDER) -> Self | None:
        """Return what is kept of a release, None where nothing is."""
        path = folder / f"{kubernetes}.json"
        return cls(**json.loads(path.read_text())) if path.exists() else None

    def write(self, folder: Path = FOLDER) -> Path:
        """Keep it as the one of its release, and return the file."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{self.kubernetes}.json"
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")
        return path
