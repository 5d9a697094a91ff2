"""What is in the image, and what is not."""

from __future__ import annotations

import re
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from app import __version__
from tests.suites.image.locked import locked

if TYPE_CHECKING:
    from pathlib import Path

    from devtools.image import Image
    from tests.suites.image.archive import UnpackedImage

_HOME = "opt/leasegate"
_PROGRAMS = re.compile(r"(^|/)(s?bin|libexec)/[^/]+$")


def test_the_archive_has_the_image_by_its_name(image: Image, unpacked: UnpackedImage) -> None:
    assert unpacked.name == image.name == f"localhost/leasegate:{__version__}"


def test_it_runs_serve_as_a_number_that_is_not_root(unpacked: UnpackedImage) -> None:
    configuration = unpacked.configuration
    assert (configuration["Entrypoint"], configuration["Cmd"]) == (["leasegate"], ["serve"])
    assert configuration["User"] == "65532:65532"
    assert configuration["WorkingDir"] == "/"
    assert configuration["ExposedPorts"].keys() == {"8443/tcp", "8080/tcp"}


def test_its_labels_say_what_it_is(unpacked: UnpackedImage) -> None:
    prefix = "org.opencontainers.image."
    labels = {
        name.removeprefix(prefix): value
        for name, value in unpacked.configuration["Labels"].items()
        if name.startswith(prefix)
    }
    assert labels == {
        "title": "leasegate",
        "description": "Admission webhook for Kubernetes LeaseCandidate objects",
        "version": __version__,
        "licenses": "Apache-2.0",
        "source": "",
        "base.name": "localhost/debian-python3:local",
    }


def test_it_adds_less_than_70_megabytes_to_its_base(unpacked: UnpackedImage) -> None:
    added = sum(member.size for member in unpacked.members())
    assert 20_000_000 < added < 70_000_000
    assert unpacked.layer.stat().st_size < 70_000_000


def test_all_that_it_adds_is_in_one_folder_of_root_that_nobody_else_can_write(
    unpacked: UnpackedImage,
) -> None:
    for member in unpacked.members():
        assert member.name == "opt" or f"{member.name}/".startswith(f"{_HOME}/"), member.name
        assert (member.uid, member.gid) == (0, 0), member.name
        assert member.issym() or not member.mode & 0o6022, f"{member.name} {member.mode:o}"


def test_the_only_programs_that_it_adds_are_leasegate_and_python(unpacked: UnpackedImage) -> None:
    python = _python(unpacked)
    assert {m.name for m in unpacked.members() if m.mode & 0o111 and not m.isdir()} - {
        f"{_HOME}/lib64"
    } == {
        f"{_HOME}/bin/{name}" for name in ("leasegate", "python", "python3", f"python{python}")
    } | {member.name for member in unpacked.members() if _is_extension(member)}


def test_the_base_that_it_was_built_for_has_no_program_but_python(unpacked: UnpackedImage) -> None:
    programs = {
        PurePosixPath(member.name).name
        for member in unpacked.base_members()
        if _PROGRAMS.search(member.name) and not member.isdir() and member.mode & 0o111
    }
    python = _python(unpacked)
    assert {"python3", f"python{python}"} <= programs
    # The others are written in Python, and belong to Debian's package of it.
    assert programs <= {"python3", f"python{python}", "py3clean", "py3compile", "py3versions"}


def test_its_python_is_of_the_minor_version_that_the_default_base_has(
    root: Path, unpacked: UnpackedImage
) -> None:
    defaults = re.findall(
        r"^ARG (?:BUILD_)?BASE=python:(\d+\.\d+)-slim$",
        (root / "Dockerfile").read_text(),
        re.MULTILINE,
    )
    assert defaults == [_python(unpacked)] * 2


@pytest.mark.parametrize(
    "name", ["pip", "setuptools", "wheel", "_distutils_hack", "ensurepip", "pytest", "tests", "gcc"]
)
def test_nothing_that_builds_or_tests_is_in_it(unpacked: UnpackedImage, name: str) -> None:
    added = [m.name for m in unpacked.members() if name in PurePosixPath(m.name).parts]
    base = [m.name for m in unpacked.base_members() if PurePosixPath(m.name).name == name]
    assert added + base == []


def test_how_this_machine_reaches_packages_is_not_in_it(unpacked: UnpackedImage) -> None:
    names = {PurePosixPath(m.name).name for m in (*unpacked.members(), *unpacked.base_members())}
    assert not names & {"pip.conf", "sources.list", "direct_url.json", ".netrc"}
    assert not [name for name in unpacked.environment if name.startswith(("PIP", "HTTP", "SSL"))]


def test_it_has_the_packages_of_the_lock_and_no_other(root: Path, unpacked: UnpackedImage) -> None:
    found = dict[str, str]()
    for member in unpacked.members():
        if matched := re.search(r"/([^/]+)-([^/-]+)\.dist-info$", member.name):
            found[canonicalize_name(matched[1])] = matched[2]
    assert found.pop("leasegate") == __version__
    assert found == locked(root / "requirements.lock", _python(unpacked))


def test_bytecode_is_there_and_is_not_compared_with_the_time_of_a_file(
    unpacked: UnpackedImage,
) -> None:
    names = {member.name for member in unpacked.members()}
    sources = {name for name in names if name.endswith(".py") and "/app/" in name}
    tag = _python(unpacked).replace(".", "")
    compiled = {
        f"{_HOME}/bytecode/{path.parent}/{path.stem}.cpython-{tag}.pyc"
        for path in map(PurePosixPath, sources)
    }
    assert len(sources) > 100
    assert compiled <= names
    with tarfile.open(unpacked.layer) as layer:
        for name in compiled:
            content = layer.extractfile(name)
            assert content is not None
            # PEP 552: 1 is a hash, 3 would be one that is checked.
            assert int.from_bytes(content.read(8)[4:], "little") == 1


def _python(unpacked: UnpackedImage) -> str:
    [version] = {
        matched[1]
        for member in unpacked.members()
        if (matched := re.fullmatch(rf"{_HOME}/lib/python([0-9.]+)", member.name))
    }
    return version


def _is_extension(member: tarfile.TarInfo) -> bool:
    return member.isfile() and ".so" in PurePosixPath(member.name).name
