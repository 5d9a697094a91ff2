"""A webhook that kube-apiserver calls as it does in a cluster: by a Service, with TLS.

The Service gets a loopback ClusterIP, and `leasegate serve` (or something that misbehaves) listens
on that very address: see `devtools.controlplane.service_network`.
"""

from .installed import EXACT, NAMESPACE, ONLY, install, wait_until_called
from .misbehaving import Behaviour, misbehave
from .registration import Registration, registered
from .service import Service, make_service
from .serving import serve

__all__ = [
    "EXACT",
    "NAMESPACE",
    "ONLY",
    "Behaviour",
    "Registration",
    "Service",
    "install",
    "make_service",
    "misbehave",
    "registered",
    "serve",
    "wait_until_called",
]
