"""Names that YAML takes for something else than a string stay strings, wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.suites.chart.release import EXISTING, PEM, is_typed

if TYPE_CHECKING:
    from tests.suites.chart.conftest import Manifest, Render

FAIL = {"webhooks": {"failurePolicy": "Fail"}}
EVERYTHING = FAIL | {
    "monitoring": {
        "serviceMonitor": {"enabled": True},
        "prometheusRule": {"enabled": True},
        "dashboard": {"enabled": True},
    },
    "certificates": {"mode": "certManager"},
}
# What YAML 1.1, or Go's reader of it, takes for a boolean, null, a number or a time.
WORDS = ["true", "y"]


@pytest.mark.parametrize("name", [*WORDS, "null", "1234567", "1e5", "0x1f", "1.5", "2026-01-02"])
def test_a_release_and_its_namespace_may_have_any_name(render: Render, name: str) -> None:
    namespace = name.replace(".", "-")
    values = EVERYTHING | {"fullnameOverride": "gate"}
    manifests = render(values, release=name, namespace=namespace)
    assert len(manifests) > 12
    assert all(is_typed(manifest) for manifest in manifests)
    assert {
        manifest["metadata"]["labels"]["app.kubernetes.io/instance"] for manifest in manifests
    } == {name}


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"fullnameOverride": "WORD"}, id="the whole name"),
        pytest.param({"nameOverride": "WORD"}, id="the chart's name"),
        pytest.param({"serviceAccount": {"name": "WORD"}}, id="a ServiceAccount"),
        pytest.param({"test": {"namespace": "WORD"}}, id="the namespace of the test"),
        pytest.param({"priorityClassName": "WORD"}, id="a PriorityClass"),
        pytest.param({"imagePullSecrets": [{"name": "WORD"}]}, id="a Secret of a registry"),
        pytest.param({"image": {"repository": "WORD", "tag": "1e5"}}, id="an image"),
        pytest.param({"clientCertificates": {"caBundle": PEM, "names": ["WORD"]}}, id="a caller"),
        pytest.param({"webhooks": {"excludedNamespaces": ["kube-system", "WORD"]}}, id="excluded"),
        pytest.param({"commonLabels": {"team": "WORD"}}, id="a label"),
        pytest.param({"podAnnotations": {"team": "WORD"}}, id="an annotation"),
        pytest.param(
            {"certificates": EXISTING | {"existing": {"secretName": "WORD", "caBundle": PEM}}},
            id="a Secret",
        ),
    ],
)
def test_whatever_a_user_names_is_a_string(render: Render, values: Manifest, name: str) -> None:
    def put(part: object) -> object:
        match part:
            case dict():
                return {key: put(item) for key, item in part.items()}
            case list():
                return [put(item) for item in part]
            case _:
                return name if part == "WORD" else part

    given = put(values | ({} if "webhooks" in values else FAIL))
    assert isinstance(given, dict)
    assert all(is_typed(manifest) for manifest in render(given))
