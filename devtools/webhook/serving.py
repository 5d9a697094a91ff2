"""`leasegate serve` on the address of a Service."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from devtools.controlplane import Process, wait_for

from .service import PORT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .service import Service


@contextmanager
def serve(
    service: Service,
    folder: Path,
    *,
    rules: object = None,
    kubeconfig: Path | None = None,
    log_allows: int = 1,
) -> Iterator[Process]:
    """Run it until the block ends; it accepts connections when the block begins.

    `rules` is that part of the configuration file. Its log, with every so many-th allow, is in
    `folder`.
    """
    configuration = folder / "leasegate.yaml"
    configuration.write_text(json.dumps({"rules": rules or {}}))
    process = Process(
        "leasegate",
        [
            *(sys.executable, "-m", "app", "serve"),
            *(f"--host={service.address}", f"--port={PORT}", f"--config={configuration}"),
            *(f"--tls-cert-file={service.certificate}", f"--tls-private-key-file={service.key}"),
            *("--operations-host=127.0.0.1", "--operations-port=0", "--drain-seconds=0"),
            *("--log-format=json", f"--log-allows={log_allows}"),
            *([f"--kubeconfig={kubeconfig}"] if kubeconfig else []),
        ],
        folder / "leasegate.log",
    )
    process.start()
    try:
        wait_for(lambda: _accepts(service, process), "leasegate to listen", timeout=120)
        yield process
    finally:
        process.stop()


def _accepts(service: Service, process: Process) -> bool:
    if not process.running:
        raise AssertionError(f"leasegate ended: {process.log_tail()}")
    with closing(socket.socket()) as probe:
        return probe.connect_ex((service.address, PORT)) == 0
