"""Writing the folder of development certificates: interrupted, by several at once, not allowed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.pki import folder as folder_module
from app.pki.development import ensure_development_certificates
from app.pki.errors import CertificateError, Fault
from app.pki.folder import exclusive
from tests.pki.development_folder import ALL, KEPT, MADE, RENEWED, assert_serves, contents
from tests.pki.issued import DAY, NOW

if TYPE_CHECKING:
    from datetime import timedelta

    from tests.pki.conftest import Unprivileged


def test_good_certificates_in_a_folder_that_cannot_be_written_to_are_kept(
    open_folder: Path, unprivileged: Unprivileged
) -> None:
    ensure_development_certificates(open_folder, now=NOW)
    (open_folder / "tls.key").chmod(0o644)
    open_folder.chmod(0o555)

    with unprivileged():
        assert ensure_development_certificates(open_folder, now=NOW).action is KEPT
        with pytest.raises(CertificateError, match="Permission denied") as refused:
            ensure_development_certificates(open_folder, now=NOW, force=True)
    assert refused.value.reason is Fault.UNWRITABLE


@pytest.mark.parametrize("age", [0 * DAY, 61 * DAY, 9999 * DAY], ids=["none", "leaf", "CA"])
@pytest.mark.parametrize("written", range(4))
def test_whatever_an_interrupted_run_leaves_is_mended_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int, age: timedelta
) -> None:
    """The process dies after so many files."""
    if age:
        ensure_development_certificates(tmp_path, now=NOW)
    now = NOW + age
    replace = Path.replace
    budget = iter(range(written))

    class Died(BaseException):
        pass

    def replace_or_die(path: Path, target: Path) -> Path:
        if next(budget, None) is None:
            raise Died
        return replace(path, target)

    with monkeypatch.context() as patched, suppress(Died):
        patched.setattr(Path, "replace", replace_or_die)
        ensure_development_certificates(tmp_path, now=now)

    mended = ensure_development_certificates(tmp_path, now=now)

    assert_serves(mended, now)
    assert ensure_development_certificates(tmp_path, now=now).action is KEPT


RUN = """
import sys
from datetime import datetime
from pathlib import Path
from app.pki.development import ensure_development_certificates
print("ready", flush=True)
sys.stdin.readline()
made = ensure_development_certificates(Path(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2]))
print(made.action, flush=True)
"""


@pytest.mark.parametrize("age", [0 * DAY, 61 * DAY], ids=["an empty folder", "an ending leaf"])
def test_of_several_processes_at_once_one_writes_and_all_agree(
    tmp_path: Path, age: timedelta
) -> None:
    if age:
        ensure_development_certificates(tmp_path, now=NOW)
    now = NOW + age
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, tmp_path, now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = sorted(process.communicate(timeout=300)[0].strip() for process in processes)

    assert said == ["kept", "kept", "kept", str(RENEWED if age else MADE)]
    assert set(contents(tmp_path)) == ALL
    assert_serves(ensure_development_certificates(tmp_path, now=now), now)


def test_the_folder_is_held_while_it_is_looked_at_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "LOCK_PATIENCE", 0.0)

    for force in (False, True):
        with exclusive(tmp_path), pytest.raises(CertificateError) as refused:
            ensure_development_certificates(tmp_path, now=NOW, force=force)
        assert refused.value.reason is Fault.BUSY
    assert contents(tmp_path) == {}
