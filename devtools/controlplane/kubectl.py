"""kubectl, as a person with a kubeconfig runs it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Kubectl:
    """Runs ``program`` with ``kubeconfig`` and a cache of its own below ``folder``."""

    program: Path
    kubeconfig: Path
    folder: Path

    def __call__(
        self, *arguments: str, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run it and return its exit code and output, whatever they are.

        Raises subprocess.TimeoutExpired after ``timeout`` seconds.
        """
        return subprocess.run(
            [str(self.program), *arguments],
            input=stdin or "",
            env={
                "PATH": os.defpath,
                "HOME": str(self.folder),
                "KUBECONFIG": str(self.kubeconfig),
                "KUBECACHEDIR": str(self.folder / "kubectl-cache"),
            },
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
