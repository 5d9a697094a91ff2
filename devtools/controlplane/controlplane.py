"""etcd and kube-apiserver, and what may join them."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

import httpx2

from . import commands
from .binaries import Binaries
from .component import Component
from .credentials import ADMIN, CONTROLLER_MANAGER, SCHEDULER, Credentials
from .kubectl import Kubectl
from .ports import Endpoint
from .process import tail
from .service_network import ServiceNetwork


@dataclass(frozen=True)
class Options:
    """How a control plane differs from the usual one.

    ``flags`` are added to kube-apiserver's, and a repeated one replaces the default. ``host`` is
    the address it listens on, ``port`` the API's (None: any free one). ``service_network`` is a
    loopback range for Services (None: any that no other control plane on this machine has).
    ``node`` is the name of a node that will join; then ``service_network`` is its kube-proxy's to
    serve, and no loopback range. ``ready_seconds`` is the deadline for each program; two busy cores
    need 10 s at most.
    """

    flags: Sequence[str] = ()
    host: str = "127.0.0.1"
    port: int | None = None
    service_network: IPv4Network | None = None
    node: str | None = None
    ready_seconds: float = 90


@dataclass(frozen=True)
class ControlPlane:
    """A running control plane. ``folder`` has its credentials, and logs in ``logs``."""

    binaries: Binaries
    folder: Path
    options: Options
    credentials: Credentials
    services: IPv4Network
    etcd: Component
    apiserver: Component
    endpoint: Endpoint
    _stack: contextlib.ExitStack

    @property
    def url(self) -> str:
        """The API's URL, without a slash at the end."""
        return self.endpoint.url("https")

    @property
    def version(self) -> str:
        """The release that the API server says it is, for example ``v1.36.3``."""
        with self.client() as api:
            return str(api.get("/version").raise_for_status().json()["gitVersion"])

    @property
    def token(self) -> str:
        """The bearer token of a member of ``system:masters``."""
        return self.credentials.tokens[ADMIN]

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig file of a member of ``system:masters``."""
        return self.credentials.kubeconfig(self.url, ADMIN)

    @property
    def kubectl(self) -> Kubectl:
        """The kubectl of the same release; call it with its arguments."""
        return Kubectl(self.binaries.path("kubectl"), self.kubeconfig, self.folder)

    def client(self) -> httpx2.Client:
        """Return a new HTTP client of the API; the caller closes it.

        It is a member of ``system:masters``; an ``Impersonate-User`` header makes it another.
        """
        return httpx2.Client(
            base_url=self.url,
            verify=self.credentials.tls(),
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
            trust_env=False,
        )

    def start_controller_manager(self, *flags: str) -> Component:
        """Start one more kube-controller-manager and wait until it is healthy.

        Healthy is not elected: an instance that waits to lead is healthy too. It ends with the
        control plane, or earlier by ``stop``.
        """
        build = commands.kube_controller_manager
        return self._join("kube-controller-manager", CONTROLLER_MANAGER, build, flags)

    def start_scheduler(self, *flags: str) -> Component:
        """Start one more kube-scheduler; else as ``start_controller_manager``."""
        return self._join("kube-scheduler", SCHEDULER, commands.kube_scheduler, flags)

    def log_tails(self, lines: int = 20) -> str:
        """Return the end of each program's log, with the paths of the whole logs."""
        logs = sorted((self.folder / "logs").glob("*.log"))
        return "\n\n".join(tail(log, lines) for log in logs)

    def _join(
        self,
        name: str,
        user: str,
        build: Callable[[Path, Endpoint, Credentials, Path], list[str]],
        flags: Sequence[str],
    ) -> Component:
        endpoint = Endpoint.free(self.options.host)
        kubeconfig = self.credentials.kubeconfig(self.url, user)
        command = build(self.binaries.path(name), endpoint, self.credentials, kubeconfig)
        component = Component(
            name,
            [*command, *flags],
            self.folder / "logs" / f"{name}-{endpoint.port}.log",
            endpoints=[endpoint],
            ready_url=f"{endpoint.url('https')}/healthz",
            tls=self.credentials.tls(),
            ready_seconds=self.options.ready_seconds,
        )
        self._stack.callback(component.stop)
        component.start_and_wait()
        return component


@contextlib.contextmanager
def run_control_plane(
    binaries: Binaries, folder: Path, options: Options | None = None
) -> Iterator[ControlPlane]:
    """Run etcd and kube-apiserver in ``folder``; the API is ready when the body begins.

    Coordinated leader election is on and all versions of LeaseCandidate are served. At the end
    everything is stopped, last started first; the logs stay. Control planes can run side by
    side. Raises ControlPlaneError with the end of the log that tells why; nothing runs then.
    """
    options = options or Options()
    with contextlib.ExitStack() as stack:
        services = stack.enter_context(_service_network(options)).network
        hosts = (options.host, str(services[1]))
        credentials = Credentials.create(folder / "credentials", hosts, options.node)
        storage, peers = Endpoint.free(options.host), Endpoint.free(options.host)
        data = folder / "etcd"
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        etcd = Component(
            "etcd",
            commands.etcd(binaries.path("etcd"), data, storage, peers),
            folder / "logs" / "etcd.log",
            endpoints=[storage, peers],
            ready_url=f"{storage.url('http')}/readyz",
            tls=credentials.tls(),
            ready_seconds=options.ready_seconds,
        )
        stack.callback(etcd.stop)
        etcd.start_and_wait()
        program = binaries.path("kube-apiserver")
        port = options.port
        endpoint = Endpoint(options.host, port) if port else Endpoint.free(options.host)
        command = commands.kube_apiserver(program, endpoint, credentials, storage, services)
        if options.node is not None:
            command += commands.kube_apiserver_with_node(credentials)
        apiserver = Component(
            "kube-apiserver",
            [*command, *options.flags],
            folder / "logs" / "kube-apiserver.log",
            endpoints=[endpoint],
            ready_url=f"{endpoint.url('https')}/readyz",
            tls=credentials.tls(),
            ready_seconds=options.ready_seconds,
        )
        stack.callback(apiserver.stop)
        apiserver.start_and_wait()
        yield ControlPlane(
            binaries, folder, options, credentials, services, etcd, apiserver, endpoint, stack
        )


def _service_network(options: Options) -> ServiceNetwork:
    if options.node is not None and options.service_network is not None:
        return ServiceNetwork(options.service_network)
    return ServiceNetwork.reserve(options.service_network)
