"""From the checkout to a docker-archive, kept until its content changes."""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.image import base, commands, mirror
from devtools.image.pip_settings import pip_settings
from devtools.image.storage import Storage

CONTENT = (
    "Dockerfile",
    ".dockerignore",
    "LICENSE",
    "leasegate.py",
    "README.md",
    "pyproject.toml",
    "requirements.lock",
    "requirements-build.lock",
)
"""What of the checkout goes into an image, beside app/."""
LOCKS = ("requirements-build.lock", "requirements.lock")
NO_INDEX = "[download]\nno-index = true\nfind-links = /root/.cache/pip/kept\n"
"""For pip, where the Dockerfile's cache has every wheel."""
KEPT = 4
"""Archives of other contents that stay in the cache."""
BUILD_BASE = "localhost/debian-with-pip:local"
RUN_BASE = "localhost/debian-python3:local"


@dataclass(frozen=True)
class Image:
    """A docker-archive, and the name of the image in it."""

    archive: Path
    name: str


def build_image(
    checkout: Path, name: str, cache: Path, environ: Mapping[str, str], say: Callable[[str], None]
) -> Image:
    """Return the image of a checkout, built now unless the cache has it.

    ``name`` is a repository and a tag, ``localhost/leasegate:0.1.0``; ``say`` is told what takes
    long. Takes 2 minutes from nothing, most of it for the bases. Raises ImageError.
    """
    cache = cache / "image"
    cache.mkdir(parents=True, exist_ok=True)
    log = cache / "build.log"
    with (cache / "lock").open("w") as lock:
        # Two makes at once: the second waits, and then finds the image.
        fcntl.flock(lock, fcntl.LOCK_EX)
        log.write_text("")
        # Of a build that was killed: whoever else builds would have the lock.
        for left in cache.glob("storage.*"):
            shutil.rmtree(left, ignore_errors=True)
        source = mirror.find_mirror(environ, log)
        key = _key(checkout, name, base.bases_key(source))
        archive = cache / "archives" / f"{key}.tar"
        if not archive.exists():
            commands.require(environ, os.geteuid())
            say("making the bases, unless they are there")
            bases = base.make_bases(cache / "bases", source, environ, log)
            say(f"building {name}")
            _build(checkout, name, bases, archive, environ, log)
        os.utime(archive)
        _forget(archive)
    return Image(archive, name)


def _key(checkout: Path, name: str, bases: str) -> str:
    own = (Path(__file__).name, "storage.py")
    tools = _digest(Path(__file__).parent, own, "")
    program = (os.fspath(path.relative_to(checkout)) for path in _program(checkout))
    return _digest(checkout, (*CONTENT, *program), f"{name}\0{bases}\0{tools}")


def _digest(folder: Path, files: Iterable[str], more: str) -> str:
    digest = hashlib.sha256(more.encode())
    for file in files:
        digest.update(f"\0{file}\0".encode())
        digest.update((folder / file).read_bytes())
    return digest.hexdigest()[:16]


def _program(checkout: Path) -> Iterator[Path]:
    for path in sorted((checkout / "app").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _build(
    checkout: Path,
    name: str,
    bases: base.Bases,
    archive: Path,
    environ: Mapping[str, str],
    log: Path,
) -> None:
    cache = archive.parent.parent
    archive.parent.mkdir(exist_ok=True)
    kept = cache / "mounted"
    kept.mkdir(exist_ok=True)
    # All that a lock pins is there once a build has succeeded with it.
    wheels = kept / f"{_digest(checkout, LOCKS, bases.key)}.complete"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    settings = pip_settings(commands.run(pip, environ, log), environ)
    with tempfile.TemporaryDirectory(dir=cache, prefix="storage.") as temporary:
        configuration = Path(temporary, "pip.conf")
        configuration.write_text(settings.text + (NO_INDEX if wheels.exists() else ""))
        storage = Storage(Path(temporary, "buildah"), kept, environ, log)
        storage.add_base(BUILD_BASE, bases.build)
        storage.add_base(RUN_BASE, bases.run)
        wheels.unlink(missing_ok=True)
        storage.build(
            name,
            checkout,
            [
                *("--build-arg", f"BUILD_BASE={BUILD_BASE}", "--build-arg", f"BASE={RUN_BASE}"),
                *("--secret", f"id=pip.conf,src={configuration}"),
                *(part for path in settings.paths for part in ("--volume", f"{path}:{path}:ro")),
            ],
        )
        wheels.touch()
        made = Path(temporary, "image.tar")
        storage.save(name, made)
        made.rename(archive)


def _forget(current: Path) -> None:
    others = sorted(
        (other for other in current.parent.glob("*.tar") if other != current),
        key=lambda other: other.stat().st_mtime,
    )
    for other in others[:-KEPT]:
        other.unlink()
