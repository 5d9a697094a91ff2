"""A server process: started, asked for what it has used, and stopped by its id."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

_START_SECONDS: Final = 30.0
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class ServerProcess:
    """Runs a command that serves on `port`; its output goes to the file `log`."""

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        context: ssl.SSLContext,
        log: Path,
    ) -> None:
        self._port, self._context, self._log = port, context, log
        started = time.perf_counter()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_it_serves()
        except BaseException:
            self._process.kill()
            raise
        self.start_seconds = time.perf_counter() - started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._process.terminate()
        self._process.wait(_START_SECONDS)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def processor_seconds(self) -> float:
        """How long its threads have run, as the scheduler counts it (nanoseconds)."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    @property
    def memory_bytes(self) -> int:
        """Its resident memory."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * _PAGE

    def _wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                plain = socket.create_connection(("127.0.0.1", self._port), 1)
                self._context.wrap_socket(plain, server_hostname="localhost").close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise RuntimeError(f"{self._process.args!r} does not serve:\n{self._log.read_text()}")
