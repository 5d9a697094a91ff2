"""What a docker-archive says and holds."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Configuration(TypedDict):
    """The part of an image's configuration that says how it is run, in the words of OCI."""

    User: str
    Env: list[str]
    Entrypoint: list[str]
    Cmd: list[str]
    WorkingDir: str
    Labels: dict[str, str]
    ExposedPorts: dict[str, object]


@dataclass(frozen=True)
class UnpackedImage:
    """An image with one layer of its own, and the layers of its base below."""

    name: str
    configuration: Configuration
    base: Sequence[Path]
    layer: Path

    @property
    def environment(self) -> dict[str, str]:
        return dict(variable.split("=", 1) for variable in self.configuration["Env"])

    def members(self) -> list[tarfile.TarInfo]:
        """Return what the image adds to its base."""
        return _members(self.layer)

    def base_members(self) -> list[tarfile.TarInfo]:
        return [member for layer in self.base for member in _members(layer)]

    def unpack(self, root: Path) -> None:
        """Write the root file system; no layer here removes what is below it."""
        for layer in (*self.base, self.layer):
            with tarfile.open(layer) as tar:
                # Built here, and links to absolute paths belong to it.
                tar.extractall(root, filter="fully_trusted")  # noqa: S202


def unpack_archive(archive: Path, folder: Path) -> UnpackedImage:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    [manifest] = json.loads((folder / "manifest.json").read_text())
    *base, layer = (folder / name for name in manifest["Layers"])
    configuration = json.loads((folder / manifest["Config"]).read_text())["config"]
    [name] = manifest["RepoTags"]
    return UnpackedImage(name, configuration, base, layer)


def _members(layer: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(layer) as tar:
        return tar.getmembers()
