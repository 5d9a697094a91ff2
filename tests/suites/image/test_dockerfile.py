"""What can be said of the Dockerfile and of the way it is built without building it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.controlplane import wait_for
from devtools.image import ImageError, commands, mirror
from devtools.image.pip_settings import pip_settings


def test_hadolint_has_nothing_to_say(root: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, root / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_the_programs_the_error_says_what_to_install() -> None:
    with pytest.raises(
        ImageError, match=r"no buildah and no debootstrap on PATH: apt-get install .* buildah"
    ):
        commands.require({"PATH": "/none"}, user=0)


def test_without_root_the_error_says_what_else_there_is(tmp_path: Path) -> None:
    for name in commands.PACKAGES:
        _program(tmp_path / name, "")
    with pytest.raises(ImageError, match="need root: run it as root, or build the Dockerfile"):
        commands.require({"PATH": str(tmp_path)}, user=1000)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("write /x: No space left on device", "the disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "is not the one that the lock pins"),
        ("one\nE: Couldn't download it\nthree", "E: Couldn't download it"),
        ("first\nlast", "last"),
        ("", "it said nothing"),
    ],
    ids=["the disk is full", "a hash differs", "an error in the middle", "any text", "no text"],
)
def test_a_program_that_fails_is_told_of_in_a_sentence(
    tmp_path: Path, written: str, reason: str
) -> None:
    _program(tmp_path / "program", f"cat >&2 <<'T'\n{written}\nT\nexit 3\n")
    with pytest.raises(ImageError, match=f"failed: .*{reason}.*all of its output: .*log"):
        commands.run([tmp_path / "program"], {"PATH": "/usr/bin:/bin"}, tmp_path / "log")


OWNER = """
import os, pathlib, sys
from devtools.image import commands
command = [*commands.ENDS_WITH_US, "sh", "-c", "sleep 300 & echo $0 > began; wait", sys.argv[1]]
commands.run(command, dict(os.environ), pathlib.Path("log"))
"""


def test_what_a_build_has_started_ends_with_a_build_that_is_killed(
    root: Path, tmp_path: Path
) -> None:
    mark = f"mark-{tmp_path.name}-{os.getpid()}"

    def started() -> bool:
        found = subprocess.run(["pgrep", "--full", f"sh -c sleep.*{mark}"], check=False)
        return found.returncode == 0

    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, mark], cwd=tmp_path, env=environment
    ) as owner:
        wait_for((tmp_path / "began").exists, "the command", timeout=60)
        assert started()
        owner.kill()
    wait_for(lambda: not started(), "all of it to be gone", timeout=30)


@pytest.mark.parametrize("listed", ["", "http://mirror|other|main", "http://mirror|{0}|contrib"])
def test_apt_that_knows_no_mirror_of_the_release_is_an_error(tmp_path: Path, listed: str) -> None:
    with pytest.raises(ImageError, match="apt's sources have no line for"):
        mirror.find_mirror(_apt(tmp_path, listed), tmp_path / "log")


def test_the_mirror_is_that_of_apt(tmp_path: Path) -> None:
    listed = "http://security|{0}-security|main\nhttp://mirror|{0}|main"
    found = mirror.find_mirror(_apt(tmp_path, listed), tmp_path / "log")
    assert found.address == "http://mirror"


@pytest.mark.parametrize(("distribution", "taken"), [("debian", mirror.DEBIAN), ("ubuntu", "{0}")])
def test_a_debian_of_any_release_brings_that_of_the_image_and_any_other_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distribution: str, taken: str
) -> None:
    release = platform.freedesktop_os_release() | {"ID": distribution}
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    found = mirror.find_mirror(_apt(tmp_path, "http://mirror|{0}|main"), tmp_path / "log")
    assert found.release == taken.format(release["VERSION_CODENAME"])


def test_pip_is_set_up_as_on_this_machine(tmp_path: Path) -> None:
    bundle, wheels = tmp_path / "ca.crt", tmp_path / "wheels"
    bundle.touch()
    wheels.mkdir()
    settings = pip_settings(
        f"global.cert='/of/a/file'\n:env:.cert='{bundle}'\ninstall.find-links='{wheels} /none'\n"
        ":env:.cache-dir='/elsewhere'\n",
        {"REQUESTS_CA_BUNDLE": "/of/the/environment"},
    )
    assert settings.text == (f"[global]\ncert = {bundle}\n[install]\nfind-links = {wheels} /none\n")
    assert settings.paths == (bundle, wheels)


def test_pip_takes_the_certificates_of_requests(tmp_path: Path) -> None:
    settings = pip_settings("", {"REQUESTS_CA_BUNDLE": str(tmp_path)})
    assert (settings.text, settings.paths) == (f"[global]\ncert = {tmp_path}\n", (tmp_path,))


def test_without_settings_there_is_nothing_to_tell() -> None:
    settings = pip_settings("", {})
    assert (settings.text, settings.paths) == ("", ())


def _apt(folder: Path, listed: str) -> dict[str, str]:
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    _program(folder / "apt-get", f"cat <<'T'\n{listed.format(release)}\nT\n")
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)
