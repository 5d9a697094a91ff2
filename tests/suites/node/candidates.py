"""LeaseCandidates as tests write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.suites.cluster import load

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import httpx2

    from devtools.controlplane import ControlPlane
    from tests.suites.cluster.load import Load

GROUP: Final = "/apis/coordination.k8s.io"
DENIAL: Final = "(leasegate rule lease-name-not-dns)"
"""How the answer to `denied` says who refused."""
Json = dict[str, Any]


def candidate(name: str, lease: str = "example", binary: str = "1.36.0") -> Json:
    """Return one that nobody refuses."""
    spec = {
        "leaseName": lease,
        "binaryVersion": binary,
        "emulationVersion": "1.36.0",
        "strategy": "OldestEmulationVersion",
    }
    return {"metadata": {"name": name}, "spec": spec}


def denied(name: str) -> Json:
    """Return one that kube-apiserver alone accepts and leasegate denies."""
    return candidate(name, lease="Not a Lease's name")


def writing(
    plane: ControlPlane, namespace: str, each_second: float = 20
) -> AbstractContextManager[Load]:
    """Change candidates of a namespace at this rate until the block ends."""
    return load.writing(plane, collection(namespace), candidate, each_second)


def collection(namespace: str) -> str:
    """Return the path of the candidates of a namespace."""
    return f"{GROUP}/v1beta1/namespaces/{namespace}/leasecandidates"


def write(api: httpx2.Client, namespace: str, body: Json, *, dry: bool = False) -> httpx2.Response:
    """Create it; `dry` stores nothing."""
    return api.post(collection(namespace), json=body, params={"dryRun": "All"} if dry else {})


def is_guarded(api: httpx2.Client, namespace: str) -> bool:
    """Say whether both webhooks answer: one repairs a leading v, the other denies."""
    body = candidate("probe", lease="Not a Lease's name", binary="v1.36.0")
    return DENIAL in write(api, namespace, body, dry=True).text
