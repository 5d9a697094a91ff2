"""A process of the control plane that says when it is ready."""

import ssl
from collections.abc import Sequence
from pathlib import Path

import httpx2

from .errors import ControlPlaneError
from .ports import Endpoint
from .process import Process
from .waiting import wait_for


class Component(Process):
    """A Process that listens on ``endpoints`` and is ready when ``ready_url`` answers 200.

    ``tls`` verifies that answer; ``ready_seconds`` is how long it may take.
    """

    def __init__(  # this is what a component is
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        endpoints: Sequence[Endpoint],
        ready_url: str,
        tls: ssl.SSLContext,
        ready_seconds: float,
    ) -> None:
        super().__init__(name, command, log)
        self.endpoints = tuple(endpoints)
        self._ready_url = ready_url
        self._tls = tls
        self._ready_seconds = ready_seconds

    def is_ready(self) -> bool:
        """Ask once whether it serves; False also when it does not answer within a second."""
        try:
            answer = httpx2.get(self._ready_url, verify=self._tls, timeout=1, trust_env=False)
        except httpx2.TransportError:
            return False
        return answer.is_success

    def start_and_wait(self) -> None:
        """Start it and return when it is ready.

        Raises ControlPlaneError, with the end of its log, if a port is in use or if it ends or
        is not ready in time. Whatever is raised, it is not left running.
        """
        for endpoint in self.endpoints:
            endpoint.require_free(self.name)
        try:
            self.start()
            wait_for(self._ready_or_ended, self.name, self._ready_seconds)
        except TimeoutError:
            self.kill()
            raise ControlPlaneError(
                f"{self.name} was not ready after {self._ready_seconds:g} s; {self.log_tail()}"
            ) from None
        except BaseException:
            self.kill()
            raise

    def _ready_or_ended(self) -> bool:
        if not self.running:
            raise ControlPlaneError(
                f"{self.name} ended with exit code {self.exit_code} before it was ready;"
                f" {self.log_tail()}"
            )
        return self.is_ready()
