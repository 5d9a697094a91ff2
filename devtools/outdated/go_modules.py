"""Go modules that are required by name, and the minors of Kubernetes."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from devtools.outdated.release import Outdated, newest, numbers

KUBERNETES = "k8s.io/kubernetes"
_READ = ("go", "mod", "edit", "-json")
_COMMIT = re.compile(r"[-.]\d{14}-[0-9a-f]{12}$")


def outdated_modules(checkout: Path) -> Iterator[Outdated]:
    """Yield each module that a go.mod builds a program of and that has a newer release.

    Of Kubernetes that is one of the same minor, and any minor that is newer than all that are
    pinned. What is pinned by a commit, for want of a release, is left out. Raises
    subprocess.CalledProcessError where go cannot ask.
    """
    minors: dict[str, str] = {}
    for file in sorted(checkout.rglob("go.mod")):
        if ".venv" in file.parts:
            continue
        place = str(file.parent.relative_to(checkout))
        for module, pinned in _built(file):
            releases = _releases(file.parent, module)
            if module == KUBERNETES:
                minors[pinned] = place
                found = newest(of_minor(releases, pinned))
            else:
                found = newest(releases)
            if found and numbers(found) > numbers(pinned):
                yield Outdated(place, module, pinned, found)
    if minors:
        last = max(minors, key=numbers)
        found = newest(_releases(checkout / minors[last], KUBERNETES))
        if numbers(found)[:2] > numbers(last)[:2]:
            yield Outdated("devtools/programs", KUBERNETES, last, found)


def of_minor(releases: Iterable[str], pinned: str) -> Iterable[str]:
    """Return the releases of the same minor."""
    return [release for release in releases if numbers(release)[:2] == numbers(pinned)[:2]]


def is_commit(version: str) -> bool:
    """Whether a version names a commit and no release (go.dev/ref/mod#pseudo-versions)."""
    return _COMMIT.search(version) is not None


def _built(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules that are tools of a go.mod, else those that its own program imports."""
    content = json.loads(_go(file.parent, _READ))
    required = content.get("Require") or []
    tools = [tool["Path"] for tool in content.get("Tool") or []]
    for module in required:
        name = module["Path"]
        is_tool = any(tool == name or tool.startswith(f"{name}/") for tool in tools)
        is_built = is_tool or (not tools and not module.get("Indirect"))
        if is_built and not is_commit(module["Version"]):
            yield name, module["Version"]


def _releases(folder: Path, module: str) -> Sequence[str]:
    listed = _go(folder, ("go", "list", "-mod=readonly", "-m", "-versions", module))
    return listed.split()[1:]


def _go(folder: Path, command: Sequence[str]) -> str:
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout
