"""Whatever the schema allows: the chart is refused with a sentence, or what it renders is safe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import helm_python
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings, strategies as st
from jsonschema import Draft7Validator

from app.configuration import parse_document
from tests.suites.chart.any_values import NAMESPACE, RELEASES, SCHEMA, some_values
from tests.suites.chart.conftest import Render, of_kind, only
from tests.suites.chart.release import is_typed

if TYPE_CHECKING:
    from tests.suites.chart.conftest import Manifest

IS_ALLOWED: Final = Draft7Validator(SCHEMA)


def is_allowed(values: Manifest) -> bool:
    """Say whether the schema allows the values as far as they go: Helm adds the defaults."""
    return all(error.validator == "required" for error in IS_ALLOWED.iter_errors(values))


@pytest.mark.timeout(300)
@settings(
    max_examples=60,
    # Values are few already, and each attempt to shrink them renders the chart again.
    phases=[Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    values=some_values().filter(is_allowed),
    release=st.sampled_from(RELEASES),
)
def test_any_values_are_refused_or_safe(render: Render, values: Manifest, release: str) -> None:
    note(json.dumps(values))
    try:
        manifests = render(values, release=release)
    except helm_python.HelmError as error:
        message = str(error)
        assert "validate.yaml" in message, message
        assert "execution error" in message
        return
    assert all(is_typed(manifest) for manifest in manifests)
    excluded = values.get("webhooks", {}).get("excludedNamespaces")
    covers_system = excluded is not None and "kube-system" not in excluded
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for webhook in (hook for found in of_kind(manifests, kind) for hook in found["webhooks"]):
            assert not (covers_system and webhook["failurePolicy"] == "Fail")
            assert not (covers_system and webhook["timeoutSeconds"] > 2)
            selector = webhook["namespaceSelector"]["matchExpressions"][0]
            assert NAMESPACE in selector["values"]
            assert all("DELETE" not in rule["operations"] for rule in webhook["rules"])
    pod = only(manifests, "Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    if "securityContext" not in values:
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
    for found in of_kind(manifests, "ConfigMap"):
        if "config.yaml" in found.get("data", {}):
            parse_document(found["data"]["config.yaml"].encode())
