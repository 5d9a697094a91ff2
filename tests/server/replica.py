"""One replica: `leasegate serve` as a process, with mounted certificates."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.running import Certificates

PATIENCE = 300.0
_ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Replica:
    """A process, its admission port and its operations port."""

    process: subprocess.Popen[bytes]
    port: int
    operations_port: int

    def is_ready(self) -> bool:
        """Ask as kubelet does."""
        return self.is_ok("/readyz")

    def is_ok(self, path: str) -> bool:
        """Tell whether a probe of the path succeeds."""
        try:
            return self.operations(path) == "ok"
        except OSError:
            return False

    def operations(self, path: str) -> str:
        """Return the body of an answer of the operations port, whatever its status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.operations_port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().read().decode()

    def wait_until(self, path: str) -> None:
        """Wait for the first time that a probe of the path succeeds."""
        deadline = time.monotonic() + PATIENCE
        while not self.is_ok(path):
            assert self.process.poll() is None, "it ended instead"
            assert time.monotonic() < deadline, f"{path} did not succeed"
            time.sleep(0.02)

    def terminate(self) -> None:
        """Send SIGTERM, as kubelet does."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for the end; return the exit code."""
        return self.process.wait(PATIENCE)

    def resident_bytes(self) -> int:
        """Return the memory that the process holds now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def replica(
    certificates: Certificates, log: Path, *flags: str, ready: bool = True
) -> Iterator[Replica]:
    """Run a replica until the block ends; it is ready when the block begins, or at least alive."""
    port, operations_port = _free_port(), _free_port()
    environment = {name: value for name, value in os.environ.items() if "LEASEGATE" not in name}
    arguments = {
        "host": "127.0.0.1",
        "port": str(port),
        "operations-host": "127.0.0.1",
        "operations-port": str(operations_port),
        "tls-cert-file": str(certificates.certificate),
        "tls-private-key-file": str(certificates.key),
    }
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "app", "serve"),
                *(f"--{name}={value}" for name, value in arguments.items()),
                *flags,
            ],
            cwd=_ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        running = Replica(process, port, operations_port)
        try:
            running.wait_until("/readyz" if ready else "/livez")
            yield running
        finally:
            if process.poll() is None:
                process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
