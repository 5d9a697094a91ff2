"""A control plane in which nobody else writes candidates."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from devtools.controlplane import Options, run_control_plane
from devtools.parity.metadata import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devtools.controlplane import Binaries, ControlPlane

# With elections on, kube-apiserver pings candidates that live and deletes those that have expired.
_WITHOUT_ELECTIONS: Final = Options(flags=["--feature-gates=CoordinatedLeaderElection=false"])


@contextmanager
def run_without_elections(binaries: Binaries, folder: Path) -> Iterator[ControlPlane]:
    """Run one that serves LeaseCandidate, has the namespace of the questions, and elects nobody."""
    with run_control_plane(binaries, folder, _WITHOUT_ELECTIONS) as running:
        with running.client() as api:
            namespace = {"metadata": {"name": NAMESPACE}}
            api.post("/api/v1/namespaces", json=namespace).raise_for_status()
        yield running
