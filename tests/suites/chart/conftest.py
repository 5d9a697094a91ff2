"""Rendering the chart with Helm's own code, without a helm program and without a cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import helm_python
import pytest
import yaml
from helm_python import _native

from tests.suites.chart.any_values import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

CHART = Path(__file__).parents[3] / "charts" / "leasegate"
RELEASE = "leasegate"
Manifest = dict[str, Any]
NOT_OF_KUBERNETES = {"Certificate", "Issuer", "ServiceMonitor", "PodMonitor", "PrometheusRule"}
LEASE_CANDIDATES = "coordination.k8s.io/v1beta1/LeaseCandidate"


class _Loader(yaml.CSafeLoader):
    """Reads YAML as Helm and kubectl do, for whom more words are no strings (sigs.k8s.io/yaml)."""

    bool_values: ClassVar = {**yaml.CSafeLoader.bool_values, "y": True, "n": False}


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile("[-+]?[0-9]+[eE][-+]?[0-9]+$"), list("-+0123456789")
)


class Render:
    """Renders a chart that was loaded, as `helm install` would."""

    def __init__(self, chart: helm_python.Chart) -> None:
        self._chart = chart

    def files(
        self,
        given: Manifest | None,
        *,
        namespace: str = NAMESPACE,
        kube: str = "v1.36.0",
        release: str = RELEASE,
        apis: tuple[str, ...] = (),
    ) -> dict[str, str]:
        values = given or {}
        options = {
            "name": release,
            "namespace": namespace,
            "kube_version": kube,
            "api_versions": list(apis),
            "is_install": True,
        }
        self._chart.validate_schema(self._chart.merge_values(values))
        # The Python method has no argument for the cluster's version; the native call does.
        handle = self._chart._raw()  # noqa: SLF001
        rendered = _native.call_string(
            "helm_render", handle, json.dumps(values), json.dumps(options)
        )
        files: dict[str, str] = json.loads(rendered)
        return files

    def __call__(
        self,
        values: Manifest | None = None,
        *,
        namespace: str = NAMESPACE,
        kube: str = "v1.36.0",
        release: str = RELEASE,
    ) -> list[Manifest]:
        files = self.files(values, namespace=namespace, kube=kube, release=release)
        return [
            manifest
            for name, content in files.items()
            if not name.endswith("NOTES.txt")
            for manifest in yaml.load_all(content, Loader=_Loader)
            if manifest
        ]

    def notes(
        self, values: Manifest | None = None, *, apis: tuple[str, ...] = (), kube: str = "v1.36.0"
    ) -> str:
        files = self.files(values, apis=apis, kube=kube)
        return next(text for name, text in files.items() if name.endswith("NOTES.txt"))


@pytest.fixture(scope="session")
def render() -> Iterator[Render]:
    """Return the function that renders the chart."""
    with helm_python.Chart.load(str(CHART)) as chart:
        yield Render(chart)


def values_files() -> list[Path]:
    """Return the example values, one file for each way to install."""
    return sorted((*CHART.glob("ci/*-values.yaml"), *CHART.glob("examples/*-values.yaml")))


@pytest.fixture(params=values_files(), ids=lambda path: path.name.removesuffix("-values.yaml"))
def example(request: pytest.FixtureRequest) -> Manifest:
    """Return the values of one example after the other."""
    path: Path = request.param
    values: Manifest = yaml.safe_load(path.read_text()) or {}
    return values


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    """Return the manifests of a kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def only(manifests: list[Manifest], kind: str) -> Manifest:
    """Return the one manifest of a kind."""
    (manifest,) = of_kind(manifests, kind)
    return manifest
