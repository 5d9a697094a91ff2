"""Handles output that cannot be written: a reader that is gone, a disk that is full."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from app.errors import LeasegateError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_READER_GONE: Final = 141
"""128 + SIGPIPE: the exit code that a shell reports for a program that died of a closed pipe."""
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


@contextmanager
def output_errors() -> Iterator[None]:
    """End quietly where the reader is gone, and with one sentence for any other write error."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            _give_up_output()
            raise SystemExit(_READER_GONE) from None
        if error.errno in _UNWRITABLE:
            _give_up_output()
            raise LeasegateError(f"the output cannot be written: {reason(error)}") from None
        raise


def _give_up_output() -> None:
    """Redirect standard output to /dev/null: Python flushes it at exit, which would fail again.

    Source: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
