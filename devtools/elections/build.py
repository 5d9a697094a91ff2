"""Build the Go program that holds the real controller, from a pinned Kubernetes."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devtools.programs import pins
from devtools.programs.builder import build
from devtools.programs.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SOURCES: Final = Path(__file__).with_name("controller")
_PROGRAM: Final = "election-controller"


def build_controller(
    version: str, environ: Mapping[str, str], say: Callable[[str], None]
) -> tuple[Path, str]:
    """Return the program, and the release of Kubernetes that it is from.

    It has no go.mod of its own: it is built with that of the programs of `version`, so that it is
    the very code of the kube-apiserver that tests run. Raises PinError or BuildError.
    """
    kubernetes = pins.kubernetes(version)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / kubernetes.folder.name.replace("kubernetes", "elections")
        shutil.copytree(_SOURCES, folder / _SOURCES.name)
        for name in ("go.mod", "go.sum"):
            shutil.copy(kubernetes.folder / name, folder)
        module = re.search(r"^module (\S+)$", (folder / "go.mod").read_text(), re.MULTILINE)
        assert module is not None
        pin = replace(
            kubernetes,
            folder=folder,
            programs={_PROGRAM: f"{module[1]}/{_SOURCES.name}"},
            stamps=(),
        )
        return build(pin, cache_folder(environ), environ, say) / _PROGRAM, kubernetes.version
