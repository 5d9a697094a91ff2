"""A machine of its own, made of namespaces: what runs in it leaves nothing behind.

    python -m devtools.machine COMMAND [ARGUMENT...]

runs a command with its own processes, mounts, network, host name, System V objects and cgroups.
The file system is the real one, but /run, /var/lib and /var/log are empty and end with it. No
interface leads out; `node0` has the address `ADDRESS`. Ending the one process `unshare` ends
everything. It knows nothing of Kubernetes; it needs Linux with cgroup v1 (hybrid), root, iproute2
and util-linux.
"""

from .errors import MachineError
from .mark import is_inside
from .network import ADDRESS, NAME
from .outside import run

__all__ = ["ADDRESS", "NAME", "MachineError", "is_inside", "run"]
