"""Who is measured. The first is what the others are compared with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench import go_peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Where a peer shall serve, and with which key pair; both files are in one folder.

    `python` is the interpreter of peers that are written in Python.
    """

    port: int
    certificate: Path
    key: Path
    python: str = sys.executable


@dataclass(frozen=True)
class Peer:
    """A server: its command, and the path that answers reviews.

    `prepare` makes what the command needs, where that takes long; it is given whom to tell.
    """

    name: str
    command: Callable[[Place], list[str]]
    path: str = "/validate"
    prepare: Callable[[Callable[[str], None]], object] | None = None


def _python(module: str, *arguments: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        place_arguments = (str(place.port), str(place.certificate), str(place.key))
        return [place.python, "-m", f"bench.servers.{module}", *arguments, *place_arguments]

    return command


def _leasegate(place: Place) -> list[str]:
    return [
        *(place.python, "-m", "app", "serve", "--host", "127.0.0.1", "--port", str(place.port)),
        *("--operations-host", "127.0.0.1", "--operations-port", "0", "--drain-seconds", "0"),
        *("--tls-cert-file", str(place.certificate), "--tls-private-key-file", str(place.key)),
    ]


def _controller_runtime(place: Place) -> list[str]:
    return [str(go_peer.build(lambda _: None)), str(place.port), str(place.certificate.parent)]


REFERENCE: Final = Peer("do nothing", _python("do_nothing", "leasegate"))
PLAIN_REFERENCE: Final = Peer("do nothing, plain uvicorn", _python("do_nothing", "uvicorn"))
OURS: Final = Peer("leasegate /validate", _leasegate)
CONTROLLER_RUNTIME: Final = Peer("controller-runtime", _controller_runtime, prepare=go_peer.build)
KOPF: Final = Peer("kopf's server", _python("kopf_webhook"))
PEERS: Final = (
    REFERENCE,
    PLAIN_REFERENCE,
    OURS,
    Peer("leasegate /mutate", _leasegate, "/mutate"),
    CONTROLLER_RUNTIME,
    KOPF,
    Peer("FastAPI endpoint", _python("fastapi_endpoint")),
)
