"""A control plane, and one node that runs its pods."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devtools.controlplane import (
    Binaries,
    Component,
    ControlPlane,
    ControlPlaneError,
    Endpoint,
    Options,
    Process,
    run_control_plane,
    wait_for,
)
from devtools.controlplane.credentials import KUBE_PROXY, node_user
from devtools.machine import ADDRESS, NAME, is_inside

from . import configuration
from .archive import write_archive
from .helm import Helm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx2

PODS: Final = IPv4Network("198.18.1.0/24")
SERVICES: Final = IPv4Network("198.19.0.0/16")
API: Final = Endpoint(ADDRESS, 6443)
ELECTED: Final = ("kube-controller-manager", "kube-scheduler")
# As ordinary programs find iptables, nft and mount.
_PATH: Final = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Node:
    """A running node; `control_plane` is what `make test-cluster` has, all that it can do too."""

    control_plane: ControlPlane
    containerd: Process
    kubelet: Component
    kube_proxy: Component
    helm: Helm

    def import_image(self, archive: Path) -> None:
        """Give the node the images of an archive that `docker save` or buildah wrote."""
        _ctr(self.control_plane.binaries, "images", "import", "--local", str(archive))

    def tag_image(self, name: str, other: str) -> None:
        """Give an image that is there another name."""
        _ctr(self.control_plane.binaries, "images", "tag", "--force", name, other)

    def remove_image(self, name: str) -> None:
        """Take a name of an image away; its content stays while it has another."""
        _ctr(self.control_plane.binaries, "images", "remove", "--sync", name)

    def container_pid(self, container: str) -> int:
        """Return the first process of a container, which a pod's status calls `containerd://...`."""
        listed = _ctr(self.control_plane.binaries, "tasks", "list")
        pids = {line.split()[0]: line.split()[1] for line in listed.splitlines()[1:]}
        return int(pids[container.removeprefix("containerd://")])


@contextlib.contextmanager
def run_node(binaries: Binaries, folder: Path, archives: Sequence[Path] = ()) -> Iterator[Node]:
    """Run a cluster of one node in `folder`; the node is ready when the body begins.

    kube-controller-manager and kube-scheduler are leaders by coordinated leader election. The
    images of `archives` are there. It has to be called in a machine of its own
    (`devtools.machine`), once at a time. Raises ControlPlaneError with the end of the log that
    tells why it cannot.
    """
    if not is_inside():
        raise ControlPlaneError(
            "a node needs a machine of its own: run `python -m devtools.machine COMMAND`"
        )
    pause = folder / "pause.tar"
    folder.mkdir(parents=True, exist_ok=True)
    write_archive(pause, binaries.path("pause"), configuration.PAUSE)
    with contextlib.ExitStack() as stack:
        containerd = stack.enter_context(_containerd(binaries, folder))
        # Images are unpacked while the control plane starts.
        images = [
            stack.enter_context(_importing(binaries, archive)) for archive in (pause, *archives)
        ]
        options = Options(host=API.host, port=API.port, service_network=SERVICES, node=NAME)
        plane = stack.enter_context(run_control_plane(binaries, folder, options))
        plane.start_controller_manager()
        plane.start_scheduler()
        kubelet = _kubelet(plane)
        stack.callback(kubelet.stop)
        kube_proxy = _kube_proxy(plane)
        stack.callback(kube_proxy.stop)
        for component in (kubelet, kube_proxy):
            component.start_and_wait()
        for image in images:
            _finish(image)
        with plane.client() as api:
            wait_for(partial(_is_ready, api), "the node to be ready", timeout=90)
        helm = Helm(binaries.path("helm"), plane.kubeconfig, folder)
        yield Node(plane, containerd, kubelet, kube_proxy, helm)


@contextlib.contextmanager
def _containerd(binaries: Binaries, folder: Path) -> Iterator[Process]:
    file = folder / "containerd.toml"
    file.write_text(configuration.containerd())
    cni = Path(configuration.CNI_FOLDER)
    cni.mkdir(parents=True, exist_ok=True)
    (cni / "pods.conflist").write_text(configuration.cni(PODS))
    program = str(binaries.path("containerd"))
    process = Process(
        "containerd",
        ["/usr/bin/env", _PATH, program, "--config", str(file)],
        folder / "logs" / "containerd.log",
    )
    process.start()
    try:
        wait_for(partial(_serves_images, binaries, process), "containerd to serve", timeout=60)
        yield process
    finally:
        process.stop()


def _serves_images(binaries: Binaries, containerd: Process) -> bool:
    if not containerd.running:
        raise ControlPlaneError(f"containerd ended; {containerd.log_tail()}")
    asked = [str(binaries.path("ctr")), "--connect-timeout=1s", "version"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _kubelet(plane: ControlPlane) -> Component:
    file = plane.folder / "kubelet.json"
    file.write_text(configuration.kubelet(plane.credentials))
    kubeconfig = plane.credentials.kubeconfig(plane.url, node_user(NAME))
    healthz = Endpoint("127.0.0.1", 10248)
    flags = (
        f"--config={file}",
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={NAME}",
        f"--node-ip={ADDRESS}",
        "--v=2",
    )
    return _component(plane, "kubelet", flags, healthz)


def _kube_proxy(plane: ControlPlane) -> Component:
    file = plane.folder / "kube-proxy.json"
    kubeconfig = plane.credentials.kubeconfig(plane.url, KUBE_PROXY)
    file.write_text(configuration.kube_proxy(kubeconfig, PODS))
    return _component(plane, "kube-proxy", (f"--config={file}",), Endpoint(ADDRESS, 10256))


def _component(
    plane: ControlPlane, name: str, flags: Sequence[str], healthz: Endpoint
) -> Component:
    return Component(
        name,
        ["/usr/bin/env", _PATH, str(plane.binaries.path(name)), *flags],
        plane.folder / "logs" / f"{name}.log",
        endpoints=[healthz],
        ready_url=f"{healthz.url('http')}/healthz",
        tls=plane.credentials.tls(),
        ready_seconds=plane.options.ready_seconds,
    )


def _is_ready(api: httpx2.Client) -> bool:
    node = api.get(f"/api/v1/nodes/{NAME}").json()
    conditions = node.get("status", {}).get("conditions", [])
    account = api.get("/api/v1/namespaces/default/serviceaccounts/default")
    return account.is_success and any(
        condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions
    )


@contextlib.contextmanager
def _importing(binaries: Binaries, archive: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        _ctr_command(binaries, "images", "import", "--local", str(archive)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _finish(importing: subprocess.Popen[str]) -> None:
    _, error = importing.communicate(timeout=120)
    if importing.returncode != 0:
        raise ControlPlaneError(f"containerd could not import an image: {error}")


def _ctr(binaries: Binaries, *arguments: str) -> str:
    command = _ctr_command(binaries, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ControlPlaneError(f"ctr {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def _ctr_command(binaries: Binaries, *arguments: str) -> list[str]:
    return [str(binaries.path("ctr")), "--namespace=k8s.io", *arguments]
