import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest

from app.pki.errors import CertificateError, Fault
from app.pki.files import READ_LIMIT, read_pem, write_whole
from tests.pki.conftest import Unprivileged
from tests.pki.issued import read_key_pair


def put(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def nothing(_: Path) -> None:
    """The file is missing."""


@pytest.mark.parametrize(
    ("make", "reason", "said"),
    [
        pytest.param(nothing, Fault.MISSING, "does not exist", id="missing"),
        pytest.param(
            lambda path: path.symlink_to("nowhere"), Fault.MISSING, "does not exist", id="dangling"
        ),
        pytest.param(Path.mkdir, Fault.UNREADABLE, "not a regular file", id="a folder"),
        pytest.param(os.mkfifo, Fault.UNREADABLE, "not a regular file", id="a pipe"),
        pytest.param(
            lambda path: path.symlink_to("/dev/zero"),
            Fault.UNREADABLE,
            "not a regular file",
            id="an endless device",
        ),
        pytest.param(
            lambda path: path.symlink_to(path), Fault.UNREADABLE, "Too many levels", id="a loop"
        ),
        pytest.param(
            put(b"x" * (READ_LIMIT + 1)), Fault.UNREADABLE, "larger than 1 MiB", id="too large"
        ),
    ],
)
def test_a_file_cannot_be_read_that_is(
    tmp_path: Path, make: Callable[[Path], object], reason: Fault, said: str
) -> None:
    path = tmp_path / "tls.key"
    make(path)

    with pytest.raises(CertificateError, match=said) as refused:
        read_pem(path)

    assert refused.value.reason is reason
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("a\0b", Fault.UNREADABLE, id="a NUL in it"),
        pytest.param("a" * 256, Fault.UNREADABLE, id="too many characters"),
        pytest.param("\udcff\ud800", Fault.UNREADABLE, id="characters that no file name has"),
    ],
)
def test_a_file_cannot_be_read_whose_name_has(tmp_path: Path, name: str, reason: Fault) -> None:
    with pytest.raises(CertificateError) as refused:
        read_pem(tmp_path / name)

    assert refused.value.reason is reason


def test_a_file_below_a_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "certs").write_bytes(b"")

    with pytest.raises(CertificateError) as refused:
        read_pem(tmp_path / "certs" / "tls.key")

    assert refused.value.reason is Fault.MISSING


def test_a_file_of_another_user_cannot_be_read(
    open_folder: Path, unprivileged: Unprivileged
) -> None:
    path = open_folder / "tls.key"
    path.write_bytes(b"secret")
    path.chmod(0)

    with (
        unprivileged(),
        pytest.raises(CertificateError, match=r"cannot be read \(Permission denied\)") as refused,
    ):
        read_pem(path)

    assert refused.value.reason is Fault.UNREADABLE


def test_a_file_of_just_1_mib_is_read_and_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "..data").write_bytes(b"x" * READ_LIMIT)
    (tmp_path / "tls.crt").symlink_to("..data")

    assert read_pem(tmp_path / "tls.crt").content == b"x" * READ_LIMIT


def open_descriptors() -> set[str]:
    return {entry.name for entry in Path("/dev/fd").iterdir()}


def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"x")
    before = open_descriptors()

    read_pem(tmp_path / "good")
    for bad in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CertificateError):
            read_pem(bad)

    assert open_descriptors() == before


def test_a_pair_names_the_file_that_is_at_fault(tmp_path: Path) -> None:
    (tmp_path / "tls.crt").write_bytes(b"hello")
    (tmp_path / "tls.key").write_bytes(b"hello")

    with pytest.raises(CertificateError, match=str(tmp_path / "tls.crt")):
        read_key_pair(tmp_path / "tls.crt", tmp_path / "tls.key", now=datetime.now(UTC))


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777], ids=oct)
@pytest.mark.parametrize("mode", [0o600, 0o644], ids=oct)
def test_a_file_is_written_with_its_mode_whatever_the_umask(
    tmp_path: Path, mode: int, mask: int
) -> None:
    with umask(mask):
        write_whole(tmp_path / "tls.key", b"new", mode=mode)

    assert S_IMODE((tmp_path / "tls.key").stat().st_mode) == mode


def test_a_replaced_file_does_not_keep_its_open_mode(tmp_path: Path) -> None:
    path = tmp_path / "tls.key"
    path.write_bytes(b"old")
    path.chmod(0o666)

    write_whole(path, b"new", mode=0o600)

    assert (path.read_bytes(), S_IMODE(path.stat().st_mode)) == (b"new", 0o600)


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "tls.key").symlink_to("theirs")

    write_whole(tmp_path / "tls.key", b"ours", mode=0o600)

    assert not (tmp_path / "tls.key").is_symlink()
    assert (tmp_path / "theirs").read_bytes() == b"theirs"


def test_a_reader_that_has_the_old_file_open_reads_on_in_it(tmp_path: Path) -> None:
    path = tmp_path / "tls.key"
    path.write_bytes(b"old")

    with path.open("rb") as reader:
        write_whole(path, b"new", mode=0o600)
        assert reader.read() == b"old"


@contextmanager
def no_room() -> Iterator[None]:
    """Let the kernel refuse every byte, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "tls.key"
    path.write_bytes(b"old")

    with no_room(), pytest.raises(CertificateError, match="File too large") as refused:
        write_whole(path, b"new", mode=0o600)

    assert refused.value.reason is Fault.UNWRITABLE
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"tls.key": b"old"}


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "tls.key").mkdir()

    with pytest.raises(CertificateError, match="cannot be written") as refused:
        write_whole(tmp_path / "tls.key", b"new", mode=0o600)

    assert refused.value.reason is Fault.UNWRITABLE
    assert [entry.name for entry in tmp_path.iterdir()] == ["tls.key"]


def test_a_file_cannot_be_written_into_a_folder_of_another_user(
    open_folder: Path, unprivileged: Unprivileged
) -> None:
    open_folder.chmod(0o555)

    with unprivileged(), pytest.raises(CertificateError, match="Permission denied"):
        write_whole(open_folder / "tls.key", b"new", mode=0o600)


def test_what_a_crash_leaves_behind_is_closed_and_has_a_name_that_git_ignores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between writing and renaming."""

    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(Died):
        write_whole(tmp_path / "tls.key", b"new", mode=0o600)

    (left,) = tmp_path.iterdir()
    assert left.match("*.key")
    assert S_IMODE(left.stat().st_mode) == 0o600
