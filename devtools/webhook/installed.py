"""A webhook that is there for all tests of a session."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from app.leasecandidate.spec import GROUP, RESOURCE
from devtools.controlplane import wait_for

from .registration import Registration, registered
from .service import make_service
from .serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from devtools.controlplane import Process

NAMESPACE: Final = "registered"
ONLY: Final = {"v1beta1": "only-v1beta1", "v1alpha2": "only-v1alpha2"}
"""Namespaces for which the rules of the registration list one version alone."""
EXACT: Final = "exact-v1beta1"
"""A namespace for which they list v1beta1 alone, and no other is meant."""


@contextmanager
def install(api: httpx2.Client, folder: Path) -> Iterator[Process]:
    """Serve, registered for NAMESPACE, those of ONLY, and EXACT."""
    registrations = [
        Registration([NAMESPACE]),
        *(Registration([name], versions=[version]) for version, name in ONLY.items()),
        Registration([EXACT], versions=["v1beta1"], match_policy="Exact"),
    ]
    names = [name for registration in registrations for name in registration.namespaces]
    for name in names:
        api.post("/api/v1/namespaces", json={"metadata": {"name": name}}).raise_for_status()
    service = make_service(api, NAMESPACE, folder)
    with serve(service, folder) as process, ExitStack() as stack:
        for registration in registrations:
            stack.enter_context(registered(api, registration, service))
        for name in names:
            wait_until_called(api, name)
        yield process


def wait_until_called(api: httpx2.Client, namespace: str) -> None:
    """Return when both endpoints are asked about a namespace; TimeoutError after 120 s."""
    wait_for(partial(_is_called, api, namespace), "the webhook to be called", timeout=120)


def _is_called(api: httpx2.Client, namespace: str) -> bool:
    # Only the one endpoint repairs, and only the other one denies this.
    candidate = {
        "metadata": {"name": "probe"},
        "spec": {
            "leaseName": "Not a Lease's name",
            "binaryVersion": "v1.36.0",
            "strategy": "example.com/custom",
        },
    }
    path = f"/apis/{GROUP}/v1beta1/namespaces/{namespace}/{RESOURCE}?dryRun=All"
    return "(leasegate rule lease-name-not-dns)" in api.post(path, json=candidate).text
