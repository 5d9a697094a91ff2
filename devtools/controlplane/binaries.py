"""Where the programs are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import ControlPlaneError

ASSETS = "KUBEBUILDER_ASSETS"


@dataclass(frozen=True)
class Binaries:
    """A folder with etcd, kube-apiserver, kubectl and what else is asked for by name.

    ``hint`` ends the message about a missing program: how to get one.
    """

    folder: Path
    hint: str = f"set {ASSETS} to a folder that has it"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Binaries":
        """Take the folder from ``KUBEBUILDER_ASSETS``, envtest's variable for the same purpose."""
        if not (folder := environ.get(ASSETS)):
            raise ControlPlaneError(
                f"{ASSETS} is not set: it names the folder with etcd and kube-apiserver"
            )
        return cls(Path(folder))

    def path(self, name: str) -> Path:
        """Return the path of one program; raise ControlPlaneError if it cannot be run."""
        path = self.folder / name
        if not os.access(path, os.X_OK) or path.is_dir():
            raise ControlPlaneError(f"there is no program {path}: {self.hint}")
        return path
