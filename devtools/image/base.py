"""The two bases: a Debian with pip to build on, and one of python3 alone to run on.

The second is made as the distroless images are, out of a few Debian packages: it has no shell, no
package manager and nothing else that could be started but python3.
"""

import fcntl
import hashlib
import os
import platform
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.image.debian import debootstrap
from devtools.image.mirror import Mirror

BUILD_PACKAGES = ("python3", "python3-venv", "ca-certificates")
RUN_PACKAGES = (
    "base-files",
    "netbase",
    "tzdata",
    "ca-certificates",
    "libc6",
    "libcrypt1",
    "libgcc-s1",
    "libbz2-1.0",
    "libdb5.3t64",
    "libexpat1",
    "libffi8",
    "liblzma5",
    "libncursesw6",
    "libreadline8t64",
    "libsqlite3-0",
    "libssl3t64",
    "libtinfo6",
    "libuuid1",
    "libzstd1",
    "libgssapi-krb5-2",
    "libkrb5-3",
    "libk5crypto3",
    "libkrb5support0",
    "libcom-err2",
    "libkeyutils1",
    "zlib1g",
)
"""What python3 is linked to, without it: its packages depend on the release."""
PYTHON_PACKAGES = ("python3-minimal", "libpython3-stdlib", "python{0}-minimal")
PYTHON_LIBRARIES = ("libpython{0}-minimal", "libpython{0}-stdlib")
LEFT_OUT = ("/usr/sbin", "/usr/share/doc", "/usr/share/man", "/usr/share/lintian", "/usr/share/bug")
"""Programs of ca-certificates that need a shell, and what only people read."""
ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n",
    "etc/group": "root:x:0:\n",
}
PLACES = {"tmp": 0o1777, "proc": 0o755, "sys": 0o755, "dev": 0o755, "run": 0o755, "root": 0o700}


@dataclass(frozen=True)
class Bases:
    """Two root file systems, each in a tar file."""

    build: Path
    run: Path
    key: str


def make_bases(cache: Path, mirror: Mirror, environ: Mapping[str, str], log: Path) -> Bases:
    """Return the bases, made now unless the cache has them. Raises ImageError."""
    key = bases_key(mirror)
    folder = cache / key
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _make(folder, mirror, environ, log)
    return Bases(folder / "build.tar", folder / "run.tar", key)


def bases_key(mirror: Mirror) -> str:
    """Return a name that changes with whatever goes into the bases."""
    recipe = Path(__file__).read_text()
    parts = [mirror.release, platform.machine(), recipe]
    return f"{mirror.release}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"


def _make(folder: Path, mirror: Mirror, environ: Mapping[str, str], log: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as temporary:
        root, made = Path(temporary, "root"), Path(temporary, "made")
        made.mkdir()
        debootstrap(root, BUILD_PACKAGES, mirror, environ, log)
        with tarfile.open(made / "build.tar", "w") as tar:
            tar.add(root, arcname="", filter=_without_devices)
        _write_run_base(root, made / "run.tar")
        made.rename(folder)


def _without_devices(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.ischr() or member.isblk() else member


def _write_run_base(root: Path, target: Path) -> None:
    version = (root / "usr/bin/python3").readlink().name.removeprefix("python")
    pythons = [name.format(version) for name in (*PYTHON_PACKAGES, *PYTHON_LIBRARIES)]
    with tarfile.open(target, "w") as tar:
        for name, mode in PLACES.items():
            tar.addfile(_folder(name, mode))
        for link in sorted(root.iterdir()):
            # bin, lib and sbin, which point into /usr
            if link.is_symlink():
                tar.add(link, arcname=link.name)
        for path in _files(root, [*RUN_PACKAGES, *pythons]):
            tar.add(root / path, arcname=path, recursive=False)
        for generated in ("etc/ssl/certs", "etc/ld.so.cache"):
            tar.add(root / generated, arcname=generated)
        for account, text in ACCOUNTS.items():
            (root / account).write_text(text)
            tar.add(root / account, arcname=account)


def _folder(name: str, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    return member


def _files(root: Path, packages: Iterable[str]) -> list[str]:
    """Return what the packages brought, relative to ``root``, with folders before their content."""
    found = set[str]()
    for package in packages:
        for listing in (root / "var/lib/dpkg/info").glob(f"{package}*.list"):
            if listing.name.removesuffix(".list").partition(":")[0] == package:
                found.update(_present(root, listing.read_text().splitlines()))
    return sorted(found)


def _present(root: Path, paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        if path == "/." or path.startswith(LEFT_OUT):
            continue
        place = root / path.lstrip("/")
        # The package may name a file by /lib, which is a link to /usr/lib by now.
        parent = Path(os.path.realpath(place.parent))
        if not (parent / place.name).is_symlink() and (parent / place.name).is_dir():
            continue
        if os.path.lexists(parent / place.name):
            yield os.fspath((parent / place.name).relative_to(os.path.realpath(root)))
