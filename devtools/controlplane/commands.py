"""The command lines of the programs: pure text, no process."""

from ipaddress import IPv4Network
from pathlib import Path

from .credentials import Credentials
from .ports import Endpoint

FEATURE_GATES = "--feature-gates=CoordinatedLeaderElection=true"
"""KEP-4355: kube-apiserver elects leaders among LeaseCandidates. Off by default up to 1.36."""
RUNTIME_CONFIG = "coordination.k8s.io/v1beta1=true,coordination.k8s.io/v1alpha2=true"
"""The two API versions that serve LeaseCandidate; both are off by default."""


def etcd(program: Path, data: Path, clients: Endpoint, peers: Endpoint) -> list[str]:
    """Return a single member that does not wait for the disk: its data dies with the test."""
    return [
        str(program),
        f"--data-dir={data}",
        f"--listen-client-urls={clients.url('http')}",
        f"--advertise-client-urls={clients.url('http')}",
        f"--listen-peer-urls={peers.url('http')}",
        f"--initial-advertise-peer-urls={peers.url('http')}",
        f"--initial-cluster=default={peers.url('http')}",
        "--unsafe-no-fsync",
    ]


def kube_apiserver(
    program: Path,
    endpoint: Endpoint,
    credentials: Credentials,
    storage: Endpoint,
    services: IPv4Network,
) -> list[str]:
    """Return the API server, with coordinated leader election and every LeaseCandidate version."""
    return [
        str(program),
        f"--etcd-servers={storage.url('http')}",
        f"--bind-address={endpoint.host}",
        f"--secure-port={endpoint.port}",
        f"--advertise-address={endpoint.host}",
        # It would publish its address as an Endpoints object, where loopback is not valid.
        "--endpoint-reconciler-type=none",
        f"--service-cluster-ip-range={services}",
        f"--cert-dir={credentials.folder}",
        f"--tls-cert-file={credentials.certificate}",
        f"--tls-private-key-file={credentials.key}",
        # Client certificates are in nobody's hands, but the components ask who signs them.
        f"--client-ca-file={credentials.ca}",
        f"--requestheader-client-ca-file={credentials.ca}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        f"--token-auth-file={credentials.token_file}",
        "--authorization-mode=Node,RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={credentials.service_account_key}",
        f"--service-account-key-file={credentials.service_account_key}",
        FEATURE_GATES,
        f"--runtime-config={RUNTIME_CONFIG}",
    ]


def kube_apiserver_with_node(credentials: Credentials) -> list[str]:
    """Return the flags of an API server that nodes join; they replace some of its others."""
    return [
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--kubelet-client-certificate={credentials.kubelet_client_certificate}",
        f"--kubelet-client-key={credentials.kubelet_client_key}",
        f"--kubelet-certificate-authority={credentials.ca}",
        "--kubelet-preferred-address-types=InternalIP",
        # Pods reach the API through the Service `kubernetes`.
        "--endpoint-reconciler-type=lease",
    ]


def kube_controller_manager(
    program: Path, endpoint: Endpoint, credentials: Credentials, kubeconfig: Path
) -> list[str]:
    """Return the controller manager, a candidate in coordinated leader election."""
    return [
        *kube_scheduler(program, endpoint, credentials, kubeconfig),
        f"--root-ca-file={credentials.ca}",
        f"--service-account-private-key-file={credentials.service_account_key}",
        # Each controller with its own role, as clusters do.
        "--use-service-account-credentials=true",
        # With the default of 20 requests a second the first ServiceAccounts take 4 s more.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]


def kube_scheduler(
    program: Path, endpoint: Endpoint, credentials: Credentials, kubeconfig: Path
) -> list[str]:
    """Return the scheduler, a candidate in coordinated leader election."""
    return [
        str(program),
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--bind-address={endpoint.host}",
        f"--secure-port={endpoint.port}",
        f"--tls-cert-file={credentials.certificate}",
        f"--tls-private-key-file={credentials.key}",
        "--leader-elect=true",
        FEATURE_GATES,
    ]
