"""A release of the chart, by the real helm."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from app.cel_policies import KubeVersion
from app.cel_policies.kube_version import MUTATING_ADMISSION_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx2

    from devtools.controlplane import ControlPlane

Json = dict[str, Any]
CHART: Final = Path(__file__).parents[4] / "charts" / "leasegate"
REGISTRATIONS: Final = "/apis/admissionregistration.k8s.io/v1"
KINDS: Final = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
NAME: Final = "gate"
FULLNAME: Final = "gate-leasegate"


@dataclass(frozen=True)
class Release:
    """A release in a namespace. Hooks and waiting are left out: no pod would run."""

    control_plane: ControlPlane
    api: httpx2.Client
    namespace: str
    name: str = NAME

    @property
    def may_mutate(self) -> bool:
        """Whether this Kubernetes has MutatingAdmissionPolicy v1; for others the chart has none."""
        return KubeVersion.parse(self.control_plane.version) >= MUTATING_ADMISSION_POLICY

    def fitting(self, values: Json) -> Json:
        """Return the values, without the mutating policy where this Kubernetes has no such kind."""
        policies = values.get("policies", {})
        if self.may_mutate or "mutate" not in policies:
            return values
        return values | {"policies": policies | {"mutate": {"enabled": False}}}

    def helm(self, *arguments: str, values: Mapping[str, Any] | None = None) -> str:
        """Run helm; AssertionError with what it says where that fails."""
        given = () if values is None else ("--values=-",)
        done = subprocess.run(
            [
                self.control_plane.binaries.path("helm"),
                *arguments,
                *given,
                f"--kubeconfig={self.control_plane.kubeconfig}",
                f"--namespace={self.namespace}",
            ],
            input=None if values is None else json.dumps(values),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install(self, values: Json) -> str:
        return self.helm("install", self.name, str(CHART), "--no-hooks", values=values)

    def upgrade(self, values: Json) -> str:
        return self.helm("upgrade", self.name, str(CHART), "--no-hooks", values=values)

    def rendered(self, values: Json) -> list[Json]:
        """Return every object for this Kubernetes, those of the hooks included."""
        version = f"--kube-version={self.control_plane.version}"
        text = self.helm("template", self.name, str(CHART), version, values=values)
        return [found for found in yaml.safe_load_all(text) if found]

    def create(self, manifest: Json) -> None:
        """Create an object that no release owns."""
        done = self.control_plane.kubectl("create", "--filename=-", stdin=json.dumps(manifest))
        assert done.returncode == 0, done.stderr

    def get(self, path: str) -> Json:
        answer = self.api.get(path)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def webhooks(self) -> list[Json]:
        """Return both webhooks as they are registered, the validating one first."""
        paths = [f"{REGISTRATIONS}/{kind}/{FULLNAME}" for kind in KINDS]
        return [webhook for path in paths for webhook in self.get(path)["webhooks"]]

    def ca_bundles(self) -> list[str]:
        return [webhook["clientConfig"].get("caBundle", "") for webhook in self.webhooks()]

    def registered(self) -> list[str]:
        """Return the names of what is left of the release in the whole cluster."""
        kinds = [*KINDS, "validatingadmissionpolicies", "validatingadmissionpolicybindings"]
        if self.may_mutate:
            kinds += ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"]
        return [
            f"{kind}/{item['metadata']['name']}"
            for kind in kinds
            for item in self.get(f"{REGISTRATIONS}/{kind}")["items"]
            if item["metadata"]["name"].startswith(FULLNAME)
        ]


@contextmanager
def a_release(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str, name: str = NAME
) -> Iterator[Release]:
    """Yield a release that is not installed yet; it is uninstalled at the end."""
    release = Release(control_plane, api, namespace, name)
    try:
        yield release
    finally:
        release.helm("uninstall", name, "--no-hooks", "--ignore-not-found")


def of_kind(manifests: list[Json], kind: str) -> list[Json]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]
