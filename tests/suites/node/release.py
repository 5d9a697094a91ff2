"""A release of the chart in a namespace of its own, by the real helm."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devtools.controlplane import wait_for

if TYPE_CHECKING:
    import httpx2

    from devtools.node import Node

CHART: Final = Path(__file__).parents[3] / "charts" / "leasegate"
REGISTRATIONS: Final = "/apis/admissionregistration.k8s.io/v1"
RESTRICTED: Final = {"pod-security.kubernetes.io/enforce": "restricted"}
WAIT: Final = ("--wait", "--timeout=90s")


@dataclass
class Release:
    """A release `gate`, its objects `gate-leasegate`, in a namespace that enforces `restricted`."""

    node: Node
    api: httpx2.Client
    namespace: str
    name: str = "gate"
    fullname: str = "gate-leasegate"
    is_installed: bool = field(default=False)

    @classmethod
    def create(cls, node: Node, api: httpx2.Client) -> Release:
        """Make the namespace; nothing is installed yet."""
        metadata = {"generateName": "release-", "labels": RESTRICTED}
        answer = api.post("/api/v1/namespaces", json={"metadata": metadata})
        return cls(node, api, answer.raise_for_status().json()["metadata"]["name"])

    def helm(self, *arguments: str) -> str:
        """Run helm on the release's namespace, and return what it prints; it has to succeed."""
        done = self.node.helm(*arguments, f"--namespace={self.namespace}")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install(self, *values: str) -> None:
        """Install and wait: `values` are KEY=VALUE."""
        self.is_installed = True
        self.helm("install", self.name, str(CHART), *WAIT, *_set(values))

    def upgrade(self, *values: str) -> None:
        """Upgrade to the values that there are and these, and wait."""
        self.helm(
            "upgrade", self.name, str(CHART), "--reset-then-reuse-values", *WAIT, *_set(values)
        )

    def uninstall(self) -> None:
        """Uninstall, hooks included, and wait until all of it is gone."""
        self.helm("uninstall", self.name, *WAIT)
        self.is_installed = False

    def remove(self) -> None:
        """Leave nothing behind, whatever state it is in."""
        if self.is_installed:
            self.helm("uninstall", self.name, "--no-hooks", "--ignore-not-found")
        self.api.delete(f"/api/v1/namespaces/{self.namespace}").raise_for_status()

    def kubectl(self, *arguments: str, timeout: float = 60) -> str:
        """Run kubectl on the release's namespace, and return what it prints; it has to succeed."""
        kubectl = self.node.control_plane.kubectl
        done = kubectl(f"--namespace={self.namespace}", *arguments, timeout=timeout)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pods(self) -> list[dict[str, Any]]:
        """Return the pods of the Deployment that are not being deleted."""
        return [pod for pod in self.all_pods() if "deletionTimestamp" not in pod["metadata"]]

    def all_pods(self) -> list[dict[str, Any]]:
        """Return the pods of the Deployment, those included that are being deleted."""
        selector = f"app.kubernetes.io/name=leasegate,app.kubernetes.io/instance={self.name}"
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        answer = self.api.get(path, params={"labelSelector": selector}).raise_for_status()
        pods: list[dict[str, Any]] = answer.json()["items"]
        return pods

    def ready_pods(self) -> list[dict[str, Any]]:
        """Return those of `pods` that are ready."""
        return [pod for pod in self.pods() if _is_ready(pod)]

    def roll_out(self) -> None:
        """Replace every pod as `kubectl rollout restart` does, and wait for it."""
        deployment = f"deployment/{self.fullname}"
        self.kubectl("rollout", "restart", deployment)
        self.kubectl("rollout", "status", deployment, "--timeout=90s", timeout=100)

    def settle(self, replicas: int = 2) -> None:
        """Wait until so many pods are ready and no other is there."""
        wait_for(
            lambda: len(self.pods()) == len(self.ready_pods()) == replicas,
            f"{replicas} ready pods",
            timeout=90,
        )

    def registration(self, kind: str) -> dict[str, Any]:
        """Return the one webhook of the `Validating` or `Mutating` configuration."""
        path = f"{REGISTRATIONS}/{kind.lower()}webhookconfigurations/{self.fullname}"
        (webhook,) = self.api.get(path).raise_for_status().json()["webhooks"]
        found: dict[str, Any] = webhook
        return found

    def history(self) -> list[tuple[int, str]]:
        """Return the revisions that helm knows, with their status."""
        listed = json.loads(self.helm("history", self.name, "--output=json"))
        return [(entry["revision"], entry["status"]) for entry in listed]


def _set(values: tuple[str, ...]) -> list[str]:
    return [f"--set={value}" for value in values]


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
