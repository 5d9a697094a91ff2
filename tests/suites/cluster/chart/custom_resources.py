"""The CustomResourceDefinitions of cert-manager and of the Prometheus operator, in force.

They come with the Go modules of the two, which Go's module proxy serves and checksums pin. The
operators themselves do not run: the server judges objects by the schemas, and nobody acts on them.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devtools.controlplane import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devtools.controlplane import ControlPlane

DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True)
class Module:
    """A Go module, and the files in it that define the kinds that the chart uses."""

    path: str
    version: str
    checksum: str
    folder: str
    names: tuple[str, ...]


MODULES: Final = (
    Module(
        "github.com/cert-manager/cert-manager",
        "v1.21.2",
        "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
        "deploy/crds",
        ("cert-manager.io_certificates", "cert-manager.io_issuers"),
    ),
    Module(
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        "example/prometheus-operator-crd",
        (
            "monitoring.coreos.com_servicemonitors",
            "monitoring.coreos.com_podmonitors",
            "monitoring.coreos.com_prometheusrules",
        ),
    ),
)


@contextmanager
def custom_resources(control_plane: ControlPlane, folder: Path) -> Iterator[None]:
    """Have the server know the kinds until the block ends; `folder` is an empty one."""
    files = [file for module in MODULES for file in _files(module, folder)]
    paths = [f"--filename={file}" for file in files]
    # The largest do not fit into the annotation of a client-side apply.
    done = control_plane.kubectl("create", *paths, timeout=120)
    try:
        assert done.returncode == 0, done.stderr
        with control_plane.client() as api:

            def are_served() -> bool:
                found = api.get(DEFINITIONS).json()["items"]
                return len(found) == len(files) and all(map(_is_established, found))

            wait_for(are_served, "the kinds to be served", 60)
        yield
    finally:
        control_plane.kubectl("delete", *paths, "--ignore-not-found", timeout=120)


def _is_established(definition: dict[str, Any]) -> bool:
    # Null until the server has looked at it.
    conditions = definition.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _files(module: Module, folder: Path) -> list[Path]:
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{module.path}@{module.version}"],
        cwd=folder,
        env={**os.environ, "GOWORK": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["Sum"] == module.checksum
    return [Path(found["Dir"]) / module.folder / f"{name}.yaml" for name in module.names]
