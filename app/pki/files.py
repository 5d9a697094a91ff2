"""Certificate files: read with a bound, written whole or not at all."""

import os
import stat
import tempfile
from pathlib import Path

from app.pki.errors import CertificateError, Fault
from app.pki.pem import Pem

READ_LIMIT = 1024 * 1024
"""Bytes; also the most that a Secret can hold."""


def read_pem(path: Path) -> Pem:
    """Read a regular file (or a link to one) of at most 1 MiB.

    Raises CertificateError: `MISSING` where nothing is, `UNREADABLE` for everything else.
    """
    try:
        content = _read_regular(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CertificateError(Fault.MISSING, f"{path} does not exist", "check the path") from error
    except (OSError, ValueError) as error:
        raise CertificateError(
            Fault.UNREADABLE,
            f"{path} cannot be read ({cause(error)})",
            "give a PEM file that this user may read",
        ) from error
    if len(content) > READ_LIMIT:
        raise CertificateError(Fault.UNREADABLE, f"{path} is larger than 1 MiB", "give a PEM file")
    return Pem(str(path), content)


def _read_regular(path: Path) -> bytes:
    # A named pipe must not hold up the start until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(READ_LIMIT + 1)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Put a file in place in one step: a reader sees the old content or the new one, never a part.

    The temporary file keeps the suffix, so that what ignores `*.key` ignores a left-over as well.
    It is closed to others until it has its `mode`, whatever the umask. Raises CertificateError.
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
            Fault.UNWRITABLE,
            f"{path} cannot be written ({cause(error)})",
            "choose a folder that this user may write to",
        ) from error


def cause(error: OSError | ValueError) -> str:
    """Return the operating system's message, without the number and the path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
