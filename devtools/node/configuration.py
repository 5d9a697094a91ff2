"""The configuration files of a node's programs: pure text, no process.

What is kept is in /var/lib and /run, which are the machine's own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from devtools.machine import ADDRESS, NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network
    from pathlib import Path

    from devtools.controlplane import Credentials

CNI_FOLDER: Final = "/var/lib/cni/net.d"
CONTAINERD_SOCKET: Final = "/run/containerd/containerd.sock"
PAUSE: Final = "localhost/pause:1"
"""The name of the image that holds a pod's namespaces."""

_CONTAINERD: Final = f"""\
version = 3

[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = '{PAUSE}'

[plugins.'io.containerd.cri.v1.runtime']
  # Root in a container of its own may lack CAP_SYS_RESOURCE, and then cannot lower a score.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['/usr/lib/cni']
    conf_dir = '{CNI_FOLDER}'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = '/usr/sbin/runc'
      SystemdCgroup = false

[plugins.'io.containerd.internal.v1.opt']
  path = '/var/lib/containerd/opt'
"""


def containerd() -> str:
    """Return containerd's TOML: runc, overlayfs, pods on a bridge."""
    return _CONTAINERD


def cni(pods: IPv4Network) -> str:
    """Return the network of pods: a bridge on this node, and no way out."""
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": False,
        # A pod may be the one that its own Service leads it to.
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "dataDir": "/run/cni-addresses",
            "ranges": [[{"subnet": str(pods)}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    return _json({"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, portmap]})


def kubelet(credentials: Credentials) -> str:
    """Return a KubeletConfiguration for a machine that is shared with other work."""
    return _json(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "failCgroupV1": False,
            "cgroupDriver": "cgroupfs",
            "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": False},
                "x509": {"clientCAFile": str(credentials.ca)},
            },
            "authorization": {"mode": "AlwaysAllow"},
            "tlsCertFile": str(credentials.certificate),
            "tlsPrivateKeyFile": str(credentials.key),
            "address": ADDRESS,
            "resolvConf": "",
            "failSwapOn": False,
            "oomScoreAdj": 0,
            # What it would set is the whole kernel's; the machine shows it as set already.
            "protectKernelDefaults": True,
            "enforceNodeAllocatable": ["none"],
            # Others fill the disk and the memory too: no pod has to go for that.
            "evictionHard": {f"{what}.available": "0%" for what in ("memory", "nodefs", "imagefs")},
            "imageGCHighThresholdPercent": 100,
            "nodeStatusUpdateFrequency": "4s",
            "volumePluginDir": "/var/lib/kubelet/volumeplugins",
        }
    )


def kube_proxy(kubeconfig: Path, pods: IPv4Network) -> str:
    """Return a KubeProxyConfiguration that writes its rules as soon as a Service changes."""
    return _json(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "clientConnection": {"kubeconfig": str(kubeconfig)},
            "clusterCIDR": str(pods),
            "hostnameOverride": NAME,
            "bindAddress": ADDRESS,
            "oomScoreAdj": 0,
            "nftables": {"minSyncPeriod": "100ms"},
            # The limits of connection tracking are the whole kernel's.
            "conntrack": {
                "maxPerCore": 0,
                "min": 0,
                "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s",
            },
        }
    )


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=1)
