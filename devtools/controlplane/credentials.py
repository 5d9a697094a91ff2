"""What the parts of a control plane know one another by."""

import json
import secrets
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

ADMIN = "admin"
CONTROLLER_MANAGER = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
KUBE_PROXY = "system:kube-proxy"
ALL_POWER = "system:masters"
NODES = "system:nodes"


def node_user(name: str) -> str:
    """Return the user that the kubelet of a node is."""
    return f"system:node:{name}"


@dataclass(frozen=True)
class Credentials:
    """Files (PEM but for the tokens) below one folder, made for one control plane.

    ``tokens`` has the static bearer token of each user: ``admin`` is in ``system:masters``, the
    components are the users that Kubernetes' own RBAC roles name, a kubelet is that of its node.
    """

    folder: Path
    tokens: dict[str, str]

    @property
    def ca(self) -> Path:
        """The certificate of the authority."""
        return self.folder / "ca.crt"

    @property
    def certificate(self) -> Path:
        """A serving certificate for loopback and the Service of the API."""
        return self.folder / "serving.crt"

    @property
    def key(self) -> Path:
        """The private key of ``certificate``."""
        return self.folder / "serving.key"

    @property
    def service_account_key(self) -> Path:
        """The key that signs the tokens of ServiceAccounts."""
        return self.folder / "service-account.key"

    @property
    def kubelet_client_certificate(self) -> Path:
        """What kube-apiserver shows to the kubelet; there is one only where a node is."""
        return self.folder / "kubelet-client.crt"

    @property
    def kubelet_client_key(self) -> Path:
        """The private key of ``kubelet_client_certificate``."""
        return self.folder / "kubelet-client.key"

    @property
    def token_file(self) -> Path:
        """One line a user: token, name, uid, groups."""
        return self.folder / "tokens.csv"

    @classmethod
    def create(cls, folder: Path, hosts: Sequence[str], node: str | None = None) -> "Credentials":
        """Make new credentials for servers at ``hosts``, and for a node where one is named."""
        folder.mkdir(parents=True, mode=0o700)
        users = {ADMIN: ALL_POWER, CONTROLLER_MANAGER: "", SCHEDULER: ""}
        if node is not None:
            users |= {node_user(node): NODES, KUBE_PROXY: ""}
        self = cls(folder, {user: secrets.token_hex(16) for user in users})
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        names = (*hosts, "localhost", "kubernetes.default.svc", "kubernetes.default", "kubernetes")
        serving = authority.issue_cert(*names)
        serving.cert_chain_pems[0].write_to_path(self.certificate)
        serving.private_key_pem.write_to_path(self.key)
        if node is not None:
            # With a name, though a client needs none: Go refuses a critical list of no names.
            name = "kube-apiserver-kubelet-client"
            client = authority.issue_cert(name, common_name=name, organization_name=ALL_POWER)
            client.cert_chain_pems[0].write_to_path(self.kubelet_client_certificate)
            client.private_key_pem.write_to_path(self.kubelet_client_key)
        self.service_account_key.write_bytes(
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        self.token_file.write_text(
            "".join(f'{self.tokens[user]},{user},{user},"{users[user]}"\n' for user in users)
        )
        return self

    def tls(self) -> ssl.SSLContext:
        """Return how a client verifies any server of this control plane."""
        return ssl.create_default_context(cafile=self.ca)

    def kubeconfig(self, url: str, user: str) -> Path:
        """Write the kubeconfig of one user, and return its path."""
        path = self.folder / f"{user.removeprefix('system:').replace(':', '-')}.kubeconfig"
        cluster = {"server": url, "certificate-authority": str(self.ca)}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self.tokens[user]}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        }
        path.write_text(json.dumps(content, indent=1))  # JSON is YAML
        return path
