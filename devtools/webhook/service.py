"""A Service, and the certificate for its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.pem import certificate_pem

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

PORT: Final = 8443
"""The port of the Service; listening on it takes no privileges."""


@dataclass(frozen=True, slots=True)
class Service:
    """A Service whose ClusterIP a process of this machine can listen on.

    `certificate` and `key` are PEM files for its name; `authority` is what verifies them, in PEM.
    """

    name: str
    namespace: str
    address: str
    certificate: Path
    key: Path
    authority: bytes


def make_service(api: httpx2.Client, namespace: str, folder: Path) -> Service:
    """Make a Service `leasegate`, and a certificate for it in `folder`."""
    service = {"metadata": {"name": "leasegate"}, "spec": {"ports": [{"port": PORT}]}}
    answer = api.post(f"/api/v1/namespaces/{namespace}/services", json=service)
    answer.raise_for_status()
    now = datetime.now(UTC)
    authority = make_authority(subject("ca", "tests"), now=now, lifetime=timedelta(days=2))
    host = f"leasegate.{namespace}.svc"
    leaf = issue_serving_leaf(
        authority, subject(host, "tests"), names=[host], now=now, lifetime=timedelta(days=1)
    )
    (folder / "tls.crt").write_bytes(leaf.certificate_pem)
    (folder / "tls.key").write_bytes(leaf.key_pem)
    (folder / "tls.key").chmod(0o600)
    return Service(
        "leasegate",
        namespace,
        answer.json()["spec"]["clusterIP"],
        folder / "tls.crt",
        folder / "tls.key",
        certificate_pem(authority.certificate),
    )
