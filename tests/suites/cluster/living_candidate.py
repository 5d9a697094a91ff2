"""A candidate that lives: it answers the pings of kube-apiserver, as client-go's does."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from app.leasecandidate import MicroTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from devtools.controlplane import ControlPlane

GROUP: Final = "/apis/coordination.k8s.io"
_LOOK_SECONDS: Final = 0.2


def moment(offset: timedelta = timedelta(0)) -> str:
    """Return the time now, or a while from now, as a candidate has it."""
    return str(MicroTime.at(datetime.now(UTC) + offset))


def spec(lease: str, **change: str) -> dict[str, str]:
    """Return the spec of a candidate that has just been renewed."""
    return {
        "leaseName": lease,
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.35.0",
        "strategy": "OldestEmulationVersion",
        "renewTime": moment(),
        **change,
    }


def create(
    api: httpx2.Client, namespace: str, name: str, spec: dict[str, str], *, dry_run: bool = False
) -> httpx2.Response:
    """Create a candidate, which then does nothing by itself."""
    body = {"metadata": {"name": name}, "spec": spec}
    path = f"{GROUP}/v1beta1/namespaces/{namespace}/leasecandidates"
    return api.post(path, json=body, params={"dryRun": "All"} if dry_run else None)


def renew(api: httpx2.Client, namespace: str, name: str) -> None:
    """Send a heartbeat."""
    api.patch(
        f"{GROUP}/v1beta1/namespaces/{namespace}/leasecandidates/{name}",
        json={"spec": {"renewTime": moment()}},
        headers={"Content-Type": "application/merge-patch+json"},
    ).raise_for_status()


def lease(api: httpx2.Client, namespace: str, name: str) -> dict[str, Any] | None:
    """Return the spec of a Lease, None while there is no such Lease."""
    answer = api.get(f"{GROUP}/v1/namespaces/{namespace}/leases/{name}")
    found: dict[str, Any] | None = answer.json()["spec"] if answer.is_success else None
    return found


def holder(api: httpx2.Client, namespace: str, name: str) -> str:
    """Return who leads, the empty string while nobody does."""
    found = lease(api, namespace, name) or {}
    return str(found.get("holderIdentity") or "")


@contextmanager
def living(
    control_plane: ControlPlane, namespace: str, name: str, spec: dict[str, str]
) -> Iterator[None]:
    """Create a candidate and answer its pings until the block ends; then it is deleted."""
    ended = threading.Event()
    with control_plane.client() as api:
        create(api, namespace, name, spec).raise_for_status()
        path = f"{GROUP}/v1beta1/namespaces/{namespace}/leasecandidates/{name}"

        def answer_pings() -> None:
            answered = ""
            while not ended.wait(_LOOK_SECONDS):
                ping = api.get(path).json()["spec"].get("pingTime", "")
                if ping != answered:
                    answered = ping
                    renew(api, namespace, name)

        thread = threading.Thread(target=answer_pings)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            api.delete(path).raise_for_status()
