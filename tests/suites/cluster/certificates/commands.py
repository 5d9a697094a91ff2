"""The commands that a person runs, on an installation."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.suites.cluster.certificates.installation import Installation

PATIENCE = 300.0


def certs(
    installation: Installation, command: str, *flags: str, kubeconfig: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "app", "certs", command),
            f"--namespace={installation.name}",
            f"--secret-name={installation.name}-tls",
            f"--service-name={installation.name}",
            f"--webhook-configuration={installation.name}",
            f"--kubeconfig={kubeconfig or installation.control_plane.kubeconfig}",
            *flags,
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
