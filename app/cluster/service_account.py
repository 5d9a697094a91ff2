"""Where kubelet mounts the service account of a pod: `token`, `ca.crt` and `namespace`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
