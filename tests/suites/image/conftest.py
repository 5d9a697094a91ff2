"""One image for all tests below this folder, built from this checkout."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from app import __version__
from devtools.image import Image, build_image
from devtools.programs.cache import cache_folder
from tests.suites.image.archive import UnpackedImage, unpack_archive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def image(root: Path) -> Image:
    """Build the image, unless nothing of it has changed since it was."""
    name = f"localhost/leasegate:{__version__}"
    return build_image(root, name, cache_folder(os.environ), os.environ, _say)


@pytest.fixture(scope="session")
def unpacked(image: Image, tmp_path_factory: pytest.TempPathFactory) -> UnpackedImage:
    """Have the image's configuration and layers."""
    return unpack_archive(image.archive, tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def file_system(unpacked: UnpackedImage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have the root file system that a container of the image starts with."""
    folder = tmp_path_factory.mktemp("container")
    # Any user passes: pytest's own folders are closed to others.
    for parent in (folder, folder.parent):
        parent.chmod(0o755)
    unpacked.unpack(folder / "root")
    (folder / "root").chmod(0o755)
    return folder / "root"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
