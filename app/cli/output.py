"""What happens where the output cannot be written: a reader that has gone, a disk that is full."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Iterator

_READER_GONE: Final = 141
"""128 + SIGPIPE, which is what a shell sees of a program in C: not 1, which says that something
was found."""
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


@contextmanager
def output_errors() -> Iterator[None]:
    """End quietly where nobody reads on, and by one sentence where nothing can be written."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            _give_up_output()
            raise SystemExit(_READER_GONE) from None
        if error.errno in _UNWRITABLE:
            _give_up_output()
            reason = (error.strerror or str(error)).lower()
            raise LeasegateError(f"the output cannot be written: {reason}") from None
        raise


def _give_up_output() -> None:
    """Let what is still buffered go nowhere, or Python would try again, and complain, at its end.

    Source: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
