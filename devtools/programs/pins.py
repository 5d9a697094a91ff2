"""What is pinned: the folders with a go.mod beside this file, and the programs built from each."""

import hashlib
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

TOOLS = Path(__file__).parent
ETCD = "etcd"
"""One etcd for every pinned Kubernetes: each runs on newer ones than it is built against."""
HELM = "helm"
CONTAINERD = "containerd"
DEFAULT_KUBERNETES = "1.37"


class PinError(Exception):
    """What was asked for is not pinned here; the message is a sentence for a person."""


@dataclass(frozen=True)
class Pin:
    """One go.mod, and how its programs are built.

    ``programs`` maps a program's name to its Go package, ``stamps`` are the linker's ``-X``
    settings that tell the program its own version, ``tags`` are Go's build tags.
    """

    folder: Path
    version: str
    programs: Mapping[str, str]
    stamps: Sequence[str]
    tags: Sequence[str] = ()

    @property
    def linker_flags(self) -> str:
        """The value of ``go build -ldflags``: no symbol tables, and the version stamps."""
        return " ".join(["-s", "-w", *(f"-X {stamp}" for stamp in self.stamps)])

    @property
    def key(self) -> str:
        """A name for the result that changes with whatever goes into it."""
        parts = [
            (self.folder / "go.mod").read_text(),
            (self.folder / "go.sum").read_text(),
            self.linker_flags,
            *(f"{name}={package}" for name, package in self.programs.items()),
            *self.tags,
            *(source.read_text() for source in sorted(self.folder.rglob("*.go"))),
            platform.system(),
            platform.machine(),
        ]
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return f"{self.folder.name}-{digest[:12]}"

    @property
    def go(self) -> str:
        """The oldest Go that builds it, for example ``1.26.0``."""
        return _line(self.folder, r"^go (\S+)$")


def control_plane(version: str) -> Sequence[Pin]:
    """Return all that a control plane of the Kubernetes ``version``, and its tests, consist of."""
    return kubernetes(version), etcd(), helm()


def node(version: str) -> Sequence[Pin]:
    """Return all that a node of the Kubernetes ``version`` consists of, its control plane too.

    What Debian packages of it is not here: runc, the CNI plugins, iptables and nftables.
    """
    plane, *others = control_plane(version)
    programs = {name: f"k8s.io/kubernetes/cmd/{name}" for name in ("kubelet", "kube-proxy")}
    return plane, *others, replace(plane, programs=programs), containerd()


def containerd() -> Pin:
    """Return the pinned container runtime, and the program that holds a pod's namespaces."""
    folder = TOOLS / CONTAINERD
    module = "github.com/containerd/containerd/v2"
    version = _version(folder, module)
    names = ("containerd", "containerd-shim-runc-v2", "ctr")
    programs = {name: f"{module}/cmd/{name}" for name in names}
    return Pin(
        folder,
        version,
        {**programs, "pause": "leasegate.dev/devtools/programs/containerd/pause"},
        (f"{module}/version.Version={version}",),
        # Snapshots are on overlayfs; what the others need is not on every machine.
        ("no_btrfs", "no_devmapper", "no_zfs"),
    )


def kubernetes(version: str) -> Pin:
    """Return the Kubernetes that ``version`` names: ``1.37``, ``v1.37``, ``1.37.2``, ``v1.37.2``.

    Raises PinError if that minor, or that patch release of it, is not pinned.
    """
    wanted = version.strip().removeprefix("v")
    folder = TOOLS / f"kubernetes-{'.'.join(wanted.split('.')[:2])}"
    pin = _kubernetes(folder) if re.fullmatch(r"\d+\.\d+(\.\d+)?", wanted) else None
    if pin is None or wanted not in (pin.version[1:], pin.version[1:].rpartition(".")[0]):
        pinned = " and ".join(
            _version(folder, "k8s.io/kubernetes") for folder in sorted(TOOLS.glob("kubernetes-*"))
        )
        raise PinError(f"Kubernetes {version!r} is not pinned in devtools/programs: {pinned} are")
    return pin


def etcd() -> Pin:
    """Return the etcd that every pinned Kubernetes runs on."""
    folder = TOOLS / ETCD
    module = "go.etcd.io/etcd/server/v3"
    return Pin(folder, _version(folder, module), {"etcd": module}, ())


def helm() -> Pin:
    """Return the pinned helm."""
    folder = TOOLS / HELM
    version = _version(folder, "helm.sh/helm/v4")
    stamp = f"helm.sh/helm/v4/internal/version.version={version}"
    return Pin(folder, version, {"helm": "helm.sh/helm/v4/cmd/helm"}, (stamp,))


def _kubernetes(folder: Path) -> Pin | None:
    if not folder.is_dir():
        return None
    version = _version(folder, "k8s.io/kubernetes")
    major, minor, _ = version.removeprefix("v").split(".")
    names = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
    # Without the stamps the server calls itself v0.0.0, and what depends on versions goes wrong.
    stamps = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return Pin(
        folder,
        version,
        {name: f"k8s.io/kubernetes/cmd/{name}" for name in names},
        [f"k8s.io/component-base/version.{name}={value}" for name, value in stamps.items()],
    )


def _version(folder: Path, module: str) -> str:
    return _line(folder, rf"^(?:require)?\s*{re.escape(module)} (v\S+)(?: // indirect)?$")


def _line(folder: Path, pattern: str) -> str:
    found = re.search(pattern, (folder / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise PinError(f"{folder / 'go.mod'} has no line that matches {pattern}")
    return found[1]
