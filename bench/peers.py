"""Who is measured. The first is what the others are compared with."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Where a peer shall serve, and with which key pair."""

    port: int
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Peer:
    """A server: its command, and the path that answers reviews."""

    name: str
    command: Callable[[Place], list[str]]
    path: str = "/validate"
    environment: Mapping[str, str] = field(default_factory=dict)


def _do_nothing(listener: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        server = [sys.executable, "-m", "bench.servers.do_nothing", listener]
        return [*server, str(place.port), str(place.certificate), str(place.key)]

    return command


def _leasegate(place: Place) -> list[str]:
    return [
        *(sys.executable, "-m", "app", "serve", "--host", "127.0.0.1", "--port", str(place.port)),
        *("--operations-host", "127.0.0.1", "--operations-port", "0", "--drain-seconds", "0"),
        *("--tls-cert-file", str(place.certificate), "--tls-private-key-file", str(place.key)),
    ]


REFERENCE: Final = Peer("do nothing", _do_nothing("leasegate"))
PEERS: Final = (
    REFERENCE,
    Peer("do nothing, plain uvicorn", _do_nothing("uvicorn")),
    Peer("leasegate /validate", _leasegate),
    Peer("leasegate /mutate", _leasegate, "/mutate"),
)
