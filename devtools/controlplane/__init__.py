"""A real Kubernetes control plane for tests: no containers, loopback only, gone when you are.

    with run_control_plane(Binaries.from_environment(os.environ), tmp_path / "cluster") as cluster:
        cluster.start_scheduler()
        cluster.kubectl("apply", "-f", "-", stdin=manifest)
        with cluster.client() as api:
            api.get("/apis/coordination.k8s.io/v1/leases")

It needs Linux, the programs (etcd, kube-apiserver, and kubectl, kube-controller-manager or
kube-scheduler where asked for), httpx2, trustme and cryptography, and nothing else of the
project that it came with. There are no nodes: Pods are accepted and never run.
"""

from .binaries import Binaries
from .component import Component
from .controlplane import ControlPlane, Options, run_control_plane
from .credentials import Credentials
from .errors import ControlPlaneError
from .kubectl import Kubectl
from .ports import Endpoint
from .process import Process
from .service_network import ServiceNetwork
from .waiting import wait_for

__all__ = [
    "Binaries",
    "Component",
    "ControlPlane",
    "ControlPlaneError",
    "Credentials",
    "Endpoint",
    "Kubectl",
    "Options",
    "Process",
    "ServiceNetwork",
    "run_control_plane",
    "wait_for",
]
