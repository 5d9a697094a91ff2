"""Building the control plane's programs, tried on a Go module small enough to build in a test."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.programs import __main__ as command, pins
from devtools.programs.builder import BuildError, build
from devtools.programs.cache import cache_folder, link_assets, programs_folder
from devtools.programs.pins import Pin, PinError

MAIN = """package main

var version = "unknown"

func main() { println(version) }
"""


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def pin(tmp_path: Path) -> Pin:
    """Pin a module with one program that prints its version."""
    folder = tmp_path / "hello-1"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/hello\n\ngo 1.21\n")
    (folder / "go.sum").write_text("")
    (folder / "main.go").write_text(MAIN)
    return Pin(folder, "v1.2.3", {"hello": "example.com/hello"}, ["main.version=v1.2.3"])


@pytest.fixture
def fake_go(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Make a go that fails to build with an error that a full disk or memory would give."""

    def make(output: str) -> dict[str, str]:
        folder = tmp_path / "fake-go"
        folder.mkdir()
        (folder / "go").write_text(
            "#!/bin/sh\n"
            f"case $2 in GOVERSION) echo go1.99;; GO*) echo {tmp_path};;\n"
            f"*) echo '{output}'; exit 1;; esac\n"
        )
        (folder / "go").chmod(0o755)
        return {"PATH": f"{folder}:{os.defpath}"}

    return make


@pytest.mark.parametrize("version", ["1.37", "v1.37", "1.37.2", "v1.37.2", " 1.37\n"])
def test_a_kubernetes_version_may_be_written_as(version: str) -> None:
    assert pins.kubernetes(version).version == "v1.37.2"


@pytest.mark.parametrize("version", ["1.99", "1.37.0", "1.3", "latest", "", "..", "1.37.2/.."])
def test_a_kubernetes_version_that_is_not_pinned_is_refused_with_those_that_are(
    version: str,
) -> None:
    with pytest.raises(
        PinError, match=r"is not pinned in .*: v1\.34\.4 and v1\.36\.3 and v1\.37\.2 are"
    ):
        pins.kubernetes(version)


@pytest.mark.parametrize("folder", sorted(pins.TOOLS.glob("*/go.mod")), ids=lambda p: p.parent.name)
def test_every_pin_names_exact_versions_and_has_their_checksums(folder: Path) -> None:
    assert (folder.parent / "go.sum").stat().st_size > 0
    assert " latest" not in folder.read_text()


def test_a_program_is_built_with_its_version_and_only_once(pin: Pin, tmp_path: Path) -> None:
    said: list[str] = []
    folder = build(pin, tmp_path / "cache", os.environ, said.append)
    printed = subprocess.run([folder / "hello"], capture_output=True, text=True, check=True)
    assert printed.stderr == "v1.2.3\n"
    assert said == ["building hello v1.2.3"]
    assert build(pin, tmp_path / "cache", {}, said.append) == folder
    assert said == ["building hello v1.2.3"]


@pytest.mark.parametrize("name", ["go.mod", "go.sum"])
def test_another_pinned_version_is_another_folder(pin: Pin, tmp_path: Path, name: str) -> None:
    before = programs_folder(tmp_path, pin)
    with (pin.folder / name).open("a") as file:
        file.write("// changed\n")
    assert programs_folder(tmp_path, pin) != before


def test_the_assets_folder_links_every_program(pin: Pin, tmp_path: Path) -> None:
    build(pin, tmp_path / "cache", os.environ, quiet)
    for _ in range(2):
        folder = link_assets(tmp_path / "cache", [pin])
        assert [path.name for path in folder.iterdir()] == ["hello"]
        assert os.access(folder / "hello", os.X_OK)


def test_without_go_the_message_says_which_to_install(pin: Pin, tmp_path: Path) -> None:
    with pytest.raises(
        BuildError, match=r"no go on PATH: install Go 1\.21 or newer to build hello-1"
    ):
        build(pin, tmp_path / "cache", {"PATH": str(tmp_path)}, quiet)


def test_an_older_go_than_needed_is_named(pin: Pin, tmp_path: Path) -> None:
    (pin.folder / "go.mod").write_text("module example.com/hello\n\ngo 9.1.0\n")
    with pytest.raises(BuildError, match=r"/go is go1\.\S+: install Go 9\.1\.0 or newer"):
        build(pin, tmp_path / "cache", os.environ, quiet)


def test_a_module_that_go_sum_does_not_pin_is_not_downloaded(pin: Pin, tmp_path: Path) -> None:
    with (pin.folder / "go.mod").open("a") as file:
        file.write("require golang.org/x/text v0.14.0\n")
    (pin.folder / "main.go").write_text(f'{MAIN}\nimport _ "golang.org/x/text/language"\n')
    with pytest.raises(BuildError, match=r"go could not build hello v1\.2\.3"):
        build(pin, tmp_path / "cache", os.environ, quiet)


def test_a_failed_build_leaves_no_half_folder_and_keeps_the_whole_output(
    pin: Pin, tmp_path: Path
) -> None:
    broken = Pin(pin.folder, pin.version, {**pin.programs, "none": "example.com/none"}, pin.stamps)
    with pytest.raises(BuildError) as raised:
        build(broken, tmp_path / "cache", os.environ, quiet)
    log = tmp_path / "cache" / "build-none-v1.2.3.log"
    assert str(raised.value).endswith(f"(all of its output: {log})")
    assert "example.com/none" in log.read_text()
    assert list((tmp_path / "cache" / "programs").iterdir()) == []


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("write /tmp/x: no space left on device", "the disk is full: a build from nothing takes"),
        ("x/link: signal: killed", "need 2 GiB of memory"),
        ("dial tcp 127.0.0.1:9: connection refused", "module proxy cannot be reached"),
        ("x@v1: verifying module: checksum mismatch", "is not the one that go.sum pins"),
        ("something else", "v1.2.3: something else (all"),
    ],
)
def test_what_go_says_is_explained(
    pin: Pin,
    tmp_path: Path,
    fake_go: Callable[[str], dict[str, str]],
    output: str,
    meaning: str,
) -> None:
    with pytest.raises(BuildError) as raised:
        build(pin, tmp_path / "cache", fake_go(output), quiet)
    assert meaning in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LEASEGATE_CACHE": "/own"}, "/own"),
        ({"LEASEGATE_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/leasegate"),
        ({}, f"{Path.home()}/.cache/leasegate"),
    ],
)
def test_the_cache_is(environ: dict[str, str], expected: str) -> None:
    assert str(cache_folder(environ)) == expected


def test_the_command_refuses_an_unknown_version_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["--kube-version=1.0"], {}) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("control-plane: Kubernetes '1.0' is not pinned")


def test_the_command_names_what_a_folder_of_ready_programs_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "etcd").touch(mode=0o755)
    assert command.main([], {"KUBEBUILDER_ASSETS": str(tmp_path)}) == 1
    error = capsys.readouterr().err
    assert "has no program kube-apiserver, kube-controller-manager, kube-scheduler" in error
    assert "etcd," not in error


def test_the_command_takes_a_folder_of_ready_programs_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for pin in pins.control_plane("1.37"):
        for name in pin.programs:
            (tmp_path / name).touch(mode=0o755)
    assert command.main([], {"KUBEBUILDER_ASSETS": str(tmp_path)}) == 0
    assert capsys.readouterr().out == f"{tmp_path}\n"


def test_the_command_does_not_wait_for_the_build_of_another_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = pins.control_plane("1.37")
    for pin in wanted:
        programs_folder(tmp_path, pin).mkdir(parents=True)
    (other,) = {pin.key for pin in pins.control_plane("1.34")} - {pin.key for pin in wanted}
    with command.lock(tmp_path, other):
        assert command.main([], {"LEASEGATE_CACHE": str(tmp_path)}) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path}/control-plane/v1.37.")


def test_the_command_says_that_it_cannot_write_the_cache(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert command.main([], {"LEASEGATE_CACHE": str(tmp_path / "file")}) == 1
    assert capsys.readouterr().err == f"control-plane: cannot write {tmp_path}/file: File exists\n"
