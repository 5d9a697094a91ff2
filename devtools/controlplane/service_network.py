"""A range of loopback addresses for Services, reserved while it is in use."""

import random
import socket
from ipaddress import IPv4Network
from types import TracebackType
from typing import Self

from .errors import ControlPlaneError

FIRST, LAST = 50, 250
"""127.50.0.0/16 to 127.250.0.0/16: away from 127.0.0.1 and from resolvers on 127.0.0.53."""
RESERVATION_PORT = 1


class ServiceNetwork:
    """One 127.N.0.0/16, for ``--service-cluster-ip-range``.

    A Service then gets a loopback ClusterIP, and a process on this machine that listens on that
    very address and port is what kube-apiserver reaches for a webhook's service reference: no
    kube-proxy is needed.

    ``ServiceNetwork(network)`` is any other, for a node with a kube-proxy.

    The range is reserved against other control planes on this machine by a socket on its last
    address, which the kernel frees even if this process is killed.
    """

    def __init__(self, network: IPv4Network, reservation: socket.socket | None = None) -> None:
        self.network = network
        self._reservation = reservation

    @classmethod
    def reserve(cls, network: IPv4Network | None = None) -> "ServiceNetwork":
        """Reserve ``network``, or any that is free; raise ControlPlaneError if it is in use."""
        numbers = random.SystemRandom().sample(range(FIRST, LAST + 1), LAST + 1 - FIRST)
        candidates = [network] if network else [IPv4Network(f"127.{n}.0.0/16") for n in numbers]
        for candidate in candidates:
            reservation = socket.socket()
            try:
                reservation.bind((str(candidate[-2]), RESERVATION_PORT))
            except OSError:
                reservation.close()
            else:
                return cls(candidate, reservation)
        raise ControlPlaneError(
            f"the service network {network or '127.50.0.0/16 to 127.250.0.0/16'} is in use by"
            " another control plane, or is not a loopback network"
        )

    def release(self) -> None:
        """Let others have the range."""
        if self._reservation is not None:
            self._reservation.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
