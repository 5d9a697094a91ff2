"""Wait for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL = 0.05


def wait_for(condition: Callable[[], T | None], what: str, timeout: float) -> T:
    """Ask ``condition`` until its answer is true, and return that answer.

    Raises TimeoutError, which says ``what`` was waited for, after ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {timeout:g} s still waiting for {what}")
        time.sleep(INTERVAL)
