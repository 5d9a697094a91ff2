"""A real Kubernetes of one node for tests: kubelet, containerd, runc and kube-proxy, no engine.

    with run_node(binaries, folder, [Path("image.tar")]) as node:
        node.helm("install", "name", "chart", "--wait")
        node.control_plane.kubectl("get", "pods")

It is the second level above `devtools.controlplane`: `node.control_plane` is one, and pods
run. It has to be called in a machine of its own, `devtools.machine`.
"""

from .helm import Helm
from .node import ELECTED, Node, run_node

__all__ = ["ELECTED", "Helm", "Node", "run_node"]
