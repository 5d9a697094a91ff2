"""Python packages: what ``make lock`` would pin today, beside what the locks pin."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from devtools.outdated.release import Outdated

_PIN = re.compile(r"^([a-z0-9][^=\s\[]*)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)


def outdated_packages(checkout: Path) -> Iterator[Outdated]:
    """Yield each package whose pin would move; its place is the first lock that has it.

    Raises subprocess.CalledProcessError where uv cannot resolve.
    """
    with tempfile.TemporaryDirectory() as folder:
        resolve = ["make", "--silent", "lock", "UPGRADE=--upgrade", f"LOCKS={folder}/"]
        subprocess.run(resolve, cwd=checkout, check=True, capture_output=True, text=True)
        seen = set[str]()
        for lock in sorted(checkout.glob("requirements*.lock"), key=lambda lock: len(lock.name)):
            now, then = pins(lock.read_text()), pins(Path(folder, lock.name).read_text())
            for name, version in now.items():
                if name not in seen and then.get(name, version) != version:
                    seen.add(name)
                    yield Outdated(lock.name, name, version, then[name])


def pins(lock: str) -> dict[str, str]:
    """Return the version of each package in a lock."""
    return dict(_PIN.findall(lock))
