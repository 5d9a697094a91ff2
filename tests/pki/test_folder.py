import errno
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from stat import S_IMODE

import pytest

from app.pki import folder as folder_module
from app.pki.errors import CertificateError, Fault
from app.pki.folder import exclusive
from tests.pki.conftest import Unprivileged

HOLD = """
import sys
from pathlib import Path
from app.pki.folder import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LOCK_PATIENCE", 0.0)


def test_the_folder_is_made_and_stays_empty(tmp_path: Path) -> None:
    with exclusive(tmp_path / "certs"):
        assert list((tmp_path / "certs").iterdir()) == []

    assert S_IMODE((tmp_path / "certs").stat().st_mode) & 0o700 == 0o700


@pytest.mark.usefixtures("impatient")
def test_another_process_holds_the_folder_until_it_dies(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(CertificateError, match="another process has held") as refused,
            exclusive(tmp_path),
        ):
            pass
        holder.kill()

    assert refused.value.reason is Fault.BUSY
    with exclusive(tmp_path):
        pass


@pytest.mark.usefixtures("impatient")
def test_the_same_process_cannot_enter_twice_but_can_enter_again(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path),
        pytest.raises(CertificateError, match="another process"),
        exclusive(tmp_path),
    ):
        pass

    with exclusive(tmp_path):
        pass


def test_who_comes_second_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ExitStack()
    first.enter_context(exclusive(tmp_path))
    monkeypatch.setattr(time, "sleep", lambda _: first.close())

    with exclusive(tmp_path):
        pass


@pytest.mark.usefixtures("impatient")
def test_a_link_leads_to_the_same_lock(tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    (tmp_path / "link").symlink_to("certs")

    with (
        exclusive(tmp_path / "certs"),
        pytest.raises(CertificateError),
        exclusive(tmp_path / "link"),
    ):
        pass


def test_an_error_inside_gives_the_folder_free(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive(tmp_path):
        raise KeyError

    with exclusive(tmp_path):
        pass


def below_a_file(path: Path) -> Path:
    path.write_bytes(b"")
    return path / "certs"


def a_file(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def a_link_to_nothing(path: Path) -> Path:
    path.symlink_to("nowhere")
    return path


@pytest.mark.parametrize(
    ("make", "reason", "said"),
    [
        pytest.param(
            lambda path: path / "certs", Fault.MISSING, "does not exist", id="below no folder"
        ),
        pytest.param(a_file, Fault.UNWRITABLE, "a file stands in its place", id="a file"),
        pytest.param(below_a_file, Fault.UNWRITABLE, "a file stands in", id="below a file"),
        pytest.param(a_link_to_nothing, Fault.UNWRITABLE, "a file stands in", id="a dangling link"),
        pytest.param(
            lambda path: path.with_name("a" * 256),
            Fault.UNWRITABLE,
            "File name too long",
            id="too long a name",
        ),
        pytest.param(
            lambda path: path.with_name("a\0b"), Fault.UNWRITABLE, "null", id="a NUL in the name"
        ),
    ],
)
def test_it_cannot_be_used_if_it_is(
    tmp_path: Path, make: Callable[[Path], Path], reason: Fault, said: str
) -> None:
    folder = make(tmp_path / "place")

    with pytest.raises(CertificateError, match=said) as refused, exclusive(folder):
        pass

    assert refused.value.reason is reason
    assert "\n" not in str(refused.value)


def test_it_cannot_be_made_in_a_folder_of_another_user(
    open_folder: Path, unprivileged: Unprivileged
) -> None:
    open_folder.chmod(0o555)

    with (
        unprivileged(),
        pytest.raises(CertificateError, match="Permission denied") as refused,
        exclusive(open_folder / "certs"),
    ):
        pass

    assert refused.value.reason is Fault.UNWRITABLE


def test_a_folder_that_may_not_be_written_to_can_be_held(
    open_folder: Path, unprivileged: Unprivileged
) -> None:
    open_folder.chmod(0o555)

    with unprivileged(), exclusive(open_folder):
        pass


def test_a_disk_that_knows_no_locks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake kernel answer: network disks without locks cannot be made here."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(CertificateError, match=r"cannot be locked \(No locks available\)"),
        exclusive(tmp_path),
    ):
        pass
