"""The programs that the tests below this folder run."""

from collections.abc import Mapping

from devtools.controlplane import Binaries
from devtools.programs import pins
from devtools.programs.cache import assets_folder, cache_folder


def find_binaries(environ: Mapping[str, str]) -> Binaries:
    """Return those in ``KUBEBUILDER_ASSETS``, or those that ``make control-plane`` has built.

    ``KUBE_VERSION`` names the Kubernetes; one that is not pinned raises PinError.
    """
    if "KUBEBUILDER_ASSETS" in environ:
        return Binaries.from_environment(environ)
    version = environ.get("KUBE_VERSION", pins.DEFAULT_KUBERNETES)
    folder = assets_folder(cache_folder(environ), pins.control_plane(version))
    return Binaries(folder, hint=f"run `make control-plane KUBE_VERSION={version}` first")


def find_node_binaries(environ: Mapping[str, str]) -> Binaries:
    """Return those in ``KUBEBUILDER_ASSETS``, or those that ``make node`` has built."""
    if "KUBEBUILDER_ASSETS" in environ:
        return Binaries.from_environment(environ)
    folder = assets_folder(cache_folder(environ), pins.node(pins.DEFAULT_KUBERNETES))
    return Binaries(folder, hint="run `make node` first")
