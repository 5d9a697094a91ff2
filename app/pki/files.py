"""Certificate files: read with a bound, written whole or not at all, one writer at a time."""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.pki.errors import CertificateError, Reason
from app.pki.keypair import KeyPair, Pem, load_key_pair

READ_LIMIT = 1024 * 1024
"""Bytes; also the most that a Secret can hold."""

LOCK_PATIENCE = 10.0
"""Seconds to wait for another process that is writing the same folder."""

_LOCK_POLL = 0.02


def read_pem(path: Path) -> Pem:
    """Read a regular file (or a link to one) of at most 1 MiB."""
    try:
        # A named pipe must not hold up the start until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            content = file.read(READ_LIMIT + 1) if regular else b""
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CertificateError(
            Reason.MISSING, f"{path} does not exist", "check the path"
        ) from error
    except (OSError, ValueError) as error:
        raise CertificateError(
            Reason.UNREADABLE,
            f"{path} cannot be read ({_cause(error)})",
            "give a file that this user may read",
        ) from error
    if not regular:
        raise CertificateError(
            Reason.UNREADABLE, f"{path} is not a regular file", "give a PEM file"
        )
    if len(content) > READ_LIMIT:
        raise CertificateError(Reason.UNREADABLE, f"{path} is larger than 1 MiB", "give a PEM file")
    return Pem(str(path), content)


def read_key_pair(
    certificate: Path, key: Path, *, now: datetime, names: Iterable[str] = ()
) -> KeyPair:
    """Read a serving pair from two files and check it as `load_key_pair` does."""
    return load_key_pair(read_pem(certificate), read_pem(key), now=now, names=names)


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Put a file in place in one step: a reader sees the old content or the new one, never a part.

    The temporary file keeps the suffix, so that what ignores `*.key` ignores a left-over as well.
    It is closed to others until it has its `mode`.
    """
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
        )
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise CertificateError(
            Reason.UNWRITABLE,
            f"{path} cannot be written ({_cause(error)})",
            "choose a folder that this user may write to",
        ) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder (not its parents) and keep every other process that asks out of it.

    The lock is flock(2) on the folder itself: it leaves no file behind, needs no right to write,
    and ends with the process that holds it, however that ends.
    """
    descriptor = _open_folder(folder)
    try:
        _lock(folder, descriptor)
        yield
    finally:
        os.close(descriptor)


def _open_folder(folder: Path) -> int:
    try:
        folder.mkdir(exist_ok=True)
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise CertificateError(
            Reason.MISSING,
            f"{folder} cannot be made since {folder.parent} does not exist",
            "create that folder first",
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise CertificateError(
            Reason.UNWRITABLE,
            f"{folder} cannot be used: a file stands where a folder is needed",
            "choose another folder",
        ) from error
    except (OSError, ValueError) as error:
        raise CertificateError(
            Reason.UNWRITABLE,
            f"{folder} cannot be used ({_cause(error)})",
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
                    Reason.BUSY,
                    f"{folder} has been locked by another process for {LOCK_PATIENCE:.0f} s",
                    "end that process or choose another folder",
                ) from error
            time.sleep(_LOCK_POLL)
        except OSError as error:
            raise CertificateError(
                Reason.UNWRITABLE,
                f"{folder} cannot be locked ({_cause(error)})",
                "choose a folder on a local disk",
            ) from error
        else:
            return


def _cause(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
