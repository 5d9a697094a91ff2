"""Build the programs of one pin with Go, or say in one sentence why that cannot be."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from devtools.programs.cache import programs_folder
from devtools.programs.pins import Pin

GIBIBYTE = 1 << 30
LEAST = GIBIBYTE
"""Free disk space without which no build of these sizes is worth beginning."""

READY_MADE = "or set KUBEBUILDER_ASSETS to a folder with ready programs"
SPACE = (
    "a build from nothing takes 6 GiB in Go's caches (go env GOCACHE GOMODCACHE) and 0.5 GiB for"
    f" the programs; free some, {READY_MADE}"
)

REASONS = {
    "no space left on device": f"the disk is full: {SPACE}",
    "signal: killed": "the system ended the compiler or linker, which need 2 GiB of memory each",
    "missing go.sum entry": "go.mod and go.sum in devtools/programs do not match",
    "updates to go.mod needed": "go.mod and go.sum in devtools/programs do not match",
    "checksum mismatch": "a downloaded module is not the one that go.sum pins",
    "dial tcp": "the Go module proxy cannot be reached",
    "module lookup disabled": "a module is missing in the module cache, and GOPROXY is off",
}
"""What Go's output means, by a part of it in lower case."""


class BuildError(Exception):
    """A program could not be built; the message is one sentence that says what is missing."""


def build(pin: Pin, cache: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> Path:
    """Return the folder with the programs of ``pin``, built now unless the cache has them.

    ``say`` is told what takes long. Only modules that go.sum pins are downloaded. The folder
    appears whole or not at all. Raises BuildError.
    """
    folder = programs_folder(cache, pin)
    if folder.is_dir():
        return folder
    go = _Go(pin, environ)
    folder.parent.mkdir(parents=True, exist_ok=True)
    go.require_space(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{pin.key}.") as temporary:
        built = Path(temporary) / "programs"
        for name, package in pin.programs.items():
            say(f"building {name} {pin.version}")
            go.build(package, built / name, log=cache / f"build-{name}-{pin.version}.log")
        built.rename(folder)
    return folder


class _Go:
    """The go command, found fit to build one pin."""

    def __init__(self, pin: Pin, environ: Mapping[str, str]) -> None:
        self._pin = pin
        command = shutil.which("go", path=environ.get("PATH"))
        if command is None:
            raise BuildError(f"there is no go on PATH: {self._install}")
        self._command = command
        self._environ = {
            **environ,
            "CGO_ENABLED": "0",
            # Never another toolchain, module mode or workspace than what is pinned here.
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath",
            "GOWORK": "off",
            "GO111MODULE": "on",
        }
        version = self._env("GOVERSION")
        if _numbers(version) < _numbers(pin.go):
            raise BuildError(f"{command} is {version}: {self._install}")

    @property
    def _install(self) -> str:
        return f"install Go {self._pin.go} or newer to build {self._pin.folder.name}, {READY_MADE}"

    def _env(self, name: str) -> str:
        answer = subprocess.run(
            [self._command, "env", name],
            cwd="/",
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise BuildError(f"{self._command} does not work: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def require_space(self, cache: Path) -> None:
        """Raise BuildError if a folder that the build fills is on a disk that is nearly full."""
        for folder in (cache, Path(self._env("GOCACHE")), Path(self._env("GOMODCACHE"))):
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
            if free < LEAST:
                raise BuildError(
                    f"the disk of {folder} has {free / GIBIBYTE:.1f} GiB free: {SPACE}"
                )

    def build(self, package: str, program: Path, log: Path) -> None:
        """Write one program, and Go's output to ``log``. Raises BuildError."""
        tags = ",".join(self._pin.tags)
        command = [self._command, "build", "-tags", tags, "-ldflags", self._pin.linker_flags]
        with log.open("w+") as output:
            code = subprocess.run(
                [*command, "-o", os.fspath(program), package],
                cwd=self._pin.folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
            output.seek(0)
            text = output.read()
        if code != 0:
            raise BuildError(
                f"go could not build {program.name} {self._pin.version}:"
                f" {_reason(text)} (all of its output: {log})"
            )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _reason(output: str) -> str:
    known = (reason for part, reason in REASONS.items() if part in output.lower())
    lines = output.strip().splitlines() or ["it said nothing"]
    return next(known, lines[-1].strip())
