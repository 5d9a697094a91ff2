"""leasegate as a chart would install it: Service, webhooks, ServiceAccount and its rights."""

from __future__ import annotations

import json
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.suites.cluster import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx2

    from devtools.controlplane import ControlPlane
    from tests.suites.cluster.load import Load

Json = dict[str, object]
HOOKS = "/apis/admissionregistration.k8s.io/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
CANDIDATES = "/apis/coordination.k8s.io/v1beta1"
KINDS = {"validate": "Validating", "mutate": "Mutating"}
SECRET_VERBS = ("get", "create", "patch")
WEBHOOK_VERBS = ("get", "patch")


def webhook(verb: str, namespace: str) -> Json:
    """Return one webhook of its configuration, without a caBundle."""
    service = {"name": namespace, "namespace": namespace, "path": f"/{verb}", "port": 443}
    return {
        "name": f"{verb}.leasegate.dev",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": service},
        "rules": [
            {
                "apiGroups": ["coordination.k8s.io"],
                "apiVersions": ["v1beta1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["leasecandidates"],
                "scope": "Namespaced",
            }
        ],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 5,
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
    }


@dataclass(frozen=True)
class Installation:
    """One installation: everything of it, the namespace included, has the same name."""

    control_plane: ControlPlane
    api: httpx2.Client
    name: str

    @property
    def secret_path(self) -> str:
        return f"/api/v1/namespaces/{self.name}/secrets/{self.name}-tls"

    @property
    def candidates(self) -> str:
        return f"{CANDIDATES}/namespaces/{self.name}/leasecandidates"

    def post(self, path: str, body: Json) -> Json:
        answer = self.api.post(path, json=body)
        assert answer.is_success, answer.text
        created: Json = answer.json()
        return created

    def install_service(self) -> str:
        """Make the Service; return its ClusterIP."""
        made = self.post(
            f"/api/v1/namespaces/{self.name}/services",
            {"metadata": {"name": self.name}, "spec": {"ports": [{"port": 443}]}},
        )
        spec = made["spec"]
        assert isinstance(spec, dict)
        return str(spec["clusterIP"])

    def install_webhooks(self, *verbs: str) -> None:
        for verb in verbs or KINDS:
            self.post(
                f"{HOOKS}/{KINDS[verb].lower()}webhookconfigurations",
                {"metadata": {"name": self.name}, "webhooks": [webhook(verb, self.name)]},
            )

    def install_account(
        self,
        folder: Path,
        *,
        secret: Sequence[str] = SECRET_VERBS,
        webhooks: Sequence[str] = WEBHOOK_VERBS,
        server: str = "",
    ) -> Path:
        """Make a ServiceAccount with these verbs and nothing more; return its kubeconfig.

        `server` is another way to the API server.
        """
        here = f"namespaces/{self.name}"
        account = {"kind": "ServiceAccount", "name": self.name, "namespace": self.name}
        self.post(f"/api/v1/{here}/serviceaccounts", {"metadata": {"name": self.name}})
        rules: Mapping[str, Json] = {
            "Role": {
                "apiGroups": [""],
                "resources": ["secrets"],
                "resourceNames": [f"{self.name}-tls"],
                "verbs": list(secret),
            },
            "ClusterRole": {
                "apiGroups": ["admissionregistration.k8s.io"],
                "resources": [f"{kind.lower()}webhookconfigurations" for kind in KINDS.values()],
                "resourceNames": [self.name],
                "verbs": list(webhooks),
            },
        }
        for kind, rule in rules.items():
            scope = f"/{here}" if kind == "Role" else ""
            verbs = rule["verbs"]
            self.post(
                f"{RBAC}{scope}/{kind.lower()}s",
                {"metadata": {"name": self.name}, "rules": [rule] if verbs else []},
            )
            self.post(
                f"{RBAC}{scope}/{kind.lower()}bindings",
                {
                    "metadata": {"name": self.name},
                    "roleRef": {
                        "apiGroup": "rbac.authorization.k8s.io",
                        "kind": kind,
                        "name": self.name,
                    },
                    "subjects": [account],
                },
            )
        return self.kubeconfig(folder, self.name, server)

    def limit_account(self, *verbs: str) -> None:
        """Leave the account these verbs alone, on the Secret and on the configurations."""
        for path in (f"{RBAC}/namespaces/{self.name}/roles", f"{RBAC}/clusterroles"):
            role = self.api.get(f"{path}/{self.name}").json()
            role["rules"][0]["verbs"] = list(verbs)
            self.api.put(f"{path}/{self.name}", json=role).raise_for_status()

    def kubeconfig(self, folder: Path, account: str, server: str = "") -> Path:
        """Write a kubeconfig of a ServiceAccount."""
        token = self.post(
            f"/api/v1/namespaces/{self.name}/serviceaccounts/{account}/token", {"spec": {}}
        )["status"]
        assert isinstance(token, dict)
        cluster = {
            "server": server or self.control_plane.url,
            "certificate-authority": str(self.control_plane.credentials.ca),
        }
        path = folder / "kubeconfig"
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "test", "cluster": cluster}],
                    "users": [{"name": "replica", "user": {"token": token["token"]}}],
                    "contexts": [
                        {"name": "test", "context": {"cluster": "test", "user": "replica"}}
                    ],
                    "current-context": "test",
                }
            )
        )
        return path

    def secret(self) -> dict[str, bytes] | None:
        """Return the values of the Secret; None where there is none."""
        answer = self.api.get(self.secret_path)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        data = answer.json().get("data") or {}
        return {key: b64decode(value) for key, value in data.items()}

    def configuration(self, verb: str) -> Json:
        answer = self.api.get(f"{HOOKS}/{KINDS[verb].lower()}webhookconfigurations/{self.name}")
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def bundle(self, verb: str) -> bytes:
        """Return the live caBundle."""
        found = self.configuration(verb)["webhooks"]
        assert isinstance(found, list)
        return b64decode(found[0]["clientConfig"].get("caBundle", ""))

    def writing(self) -> AbstractContextManager[Load]:
        """Change LeaseCandidates 50 times a second until the block ends."""
        return load.writing(self.control_plane, self.candidates, self.candidate)

    def candidate(self, name: str) -> dict[str, Any]:
        return {
            "apiVersion": "coordination.k8s.io/v1beta1",
            "kind": "LeaseCandidate",
            "metadata": {"name": name, "namespace": self.name},
            "spec": {
                "leaseName": name,
                "binaryVersion": "1.36.0",
                "emulationVersion": "1.36.0",
                "strategy": "OldestEmulationVersion",
            },
        }


@contextmanager
def an_installation(control_plane: ControlPlane, api: httpx2.Client) -> Iterator[Installation]:
    """Make the namespace of an installation; its webhooks go at the end."""
    answer = api.post("/api/v1/namespaces", json={"metadata": {"generateName": "leasegate-"}})
    answer.raise_for_status()
    name = str(answer.json()["metadata"]["name"])
    try:
        yield Installation(control_plane, api, name)
    finally:
        for kind in KINDS.values():
            api.delete(f"{HOOKS}/{kind.lower()}webhookconfigurations/{name}")
