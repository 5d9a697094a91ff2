"""The network of a machine: one interface, and nothing behind it."""

import subprocess
from pathlib import Path

NAME = "node"
ADDRESS = "198.18.0.10"
"""Of the range for tests of networks (RFC 2544): no machine's own interface should have it."""
_GATEWAY = "198.18.0.1"
_SYSCTL = Path("/proc/sys/net")


def bring_up() -> None:
    """Bring up loopback and `node0`, forward, and route all else to where nobody answers.

    Addresses of Services are routed nowhere else, and kube-proxy rewrites only what is routed.
    """
    # A pair, since not every kernel has dummy interfaces.
    _ip("link set lo up")
    _ip("link add node0 type veth peer name node0-peer")
    _ip("link set node0-peer up")
    _ip("link set node0 up")
    _ip(f"address add {ADDRESS}/24 dev node0")
    _ip(f"route add default via {_GATEWAY} dev node0")
    hardware = Path("/sys/class/net/node0-peer/address").read_text().strip()
    _ip(f"neighbour replace {_GATEWAY} lladdr {hardware} dev node0 nud permanent")
    (_SYSCTL / "ipv4" / "ip_forward").write_text("1")
    # What goes from pod to pod over the bridge has to pass kube-proxy's rules too.
    if (bridge := _SYSCTL / "bridge" / "bridge-nf-call-iptables").exists():
        bridge.write_text("1")


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)
