"""A folder that one process at a time works in."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.pki.errors import CertificateError, Fault
from app.pki.files import cause

LOCK_PATIENCE = 10.0
"""Seconds to wait for another process that holds the folder."""

_LOCK_POLL = 0.02


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Make the folder (not its parents) and keep out everyone else who asks, threads included.

    The lock is flock(2) on the folder itself: it leaves no file behind, needs no right to write,
    and ends with the process that holds it, however that ends. Raises CertificateError.
    """
    descriptor = _open(folder)
    try:
        _lock(folder, descriptor)
        yield
    finally:
        os.close(descriptor)


def _open(folder: Path) -> int:
    try:
        folder.mkdir(exist_ok=True)
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise CertificateError(
            Fault.MISSING,
            f"the folder {folder} cannot be made since {folder.parent} does not exist",
            "create that one first",
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise CertificateError(
            Fault.UNWRITABLE,
            f"the folder {folder} cannot be used since a file stands in its place",
            "choose another folder",
        ) from error
    except (OSError, ValueError) as error:
        raise CertificateError(
            Fault.UNWRITABLE,
            f"the folder {folder} cannot be used ({cause(error)})",
            "choose a folder that this user may write to",
        ) from error


def _lock(folder: Path, descriptor: int) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise CertificateError(
                    Fault.BUSY,
                    f"another process has held the folder {folder} for {LOCK_PATIENCE:g} s",
                    "end that process or choose another folder",
                ) from error
            time.sleep(_LOCK_POLL)
        except OSError as error:
            raise CertificateError(
                Fault.UNWRITABLE,
                f"the folder {folder} cannot be locked ({cause(error)})",
                "choose a folder on a local disk",
            ) from error
        else:
            return
