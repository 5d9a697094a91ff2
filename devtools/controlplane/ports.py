"""Free ports on a loopback address."""

import random
import socket
from dataclasses import dataclass

from .errors import ControlPlaneError

BELOW_EPHEMERAL = range(20000, 32000)
"""Ports that Linux does not hand to outgoing connections (those are 32768 and up), so that none
is taken away between the choice here and the moment when a program listens on it."""


@dataclass(frozen=True)
class Endpoint:
    """Where a program listens."""

    host: str
    port: int

    @classmethod
    def free(cls, host: str) -> "Endpoint":
        """Return a random port of ``host`` on which nothing listens."""
        for port in random.SystemRandom().sample(BELOW_EPHEMERAL, 100):
            if (endpoint := cls(host, port)).is_free():
                return endpoint
        raise ControlPlaneError(f"found no free port on {host}, or it is not this machine's")

    def url(self, scheme: str) -> str:
        """Return the URL of its root, without a slash at the end."""
        return f"{scheme}://{self.host}:{self.port}"

    def is_free(self) -> bool:
        """Say whether a program could listen here now."""
        with socket.socket() as listener:
            # As Go does: a port whose last connection is closing counts as free.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((self.host, self.port))
                listener.listen()
            except OSError:
                return False
            return True

    def require_free(self, name: str) -> None:
        """Raise ControlPlaneError if something listens where ``name`` is about to."""
        if not self.is_free():
            raise ControlPlaneError(
                f"{name} cannot listen on {self.host}:{self.port}: another process does, or the"
                " address is not this machine's"
            )
