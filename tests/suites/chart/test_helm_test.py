"""What `helm test` asks, and where there is nothing to ask."""

from __future__ import annotations

import pytest

from tests.suites.chart.conftest import Manifest, Render, of_kind, only
from tests.suites.chart.release import EXISTING

BUILTIN = {"config": {"rules": {"profile": "builtin"}}}
SILENT = {"config": {"rules": {"actions": {"lease-name-not-dns": "Off"}}}}
AUDITED = {"config": {"rules": {"actions": {"lease-name-not-dns": "Audit"}}}}
WARNED = {"config": {"rules": {"profile": "builtin", "actions": {"lease-name-not-dns": "Warn"}}}}


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        pytest.param({}, ["validate", "mutate"], id="by default both"),
        pytest.param(WARNED, ["validate", "mutate"], id="a rule that warns"),
        pytest.param(BUILTIN, ["mutate"], id="a profile that leaves all to kube-apiserver"),
        pytest.param(SILENT, ["mutate"], id="a rule that is off"),
        pytest.param(AUDITED, ["mutate"], id="a rule that only audits"),
        pytest.param(
            {"policies": {"rules": {"enabled": True}}}, ["mutate"], id="a policy denies before"
        ),
        pytest.param(
            {"certificates": EXISTING, "webhooks": {"mutating": {"enabled": False}}},
            ["validate"],
            id="the validating one alone",
        ),
    ],
)
def test_helm_test_asks_the_webhooks_that_have_something_to_say(
    render: Render, values: Manifest, asked: list[str]
) -> None:
    arguments = only(render(values), "Pod")["spec"]["containers"][0]["args"]
    assert [flag for flag in arguments if flag.startswith("--webhook=")] == [
        f"--webhook={name}" for name in asked
    ]


def test_there_is_no_helm_test_where_no_webhook_has_something_to_say(render: Render) -> None:
    values = BUILTIN | {
        "certificates": EXISTING,
        "webhooks": {"mutating": {"enabled": False}},
    }
    assert of_kind(render(values), "Pod") == []


def test_the_release_may_live_in_the_default_namespace(render: Render) -> None:
    assert of_kind(render(namespace="default"), "Pod") == []
    assert "--namespace=default" in only(render(), "Pod")["spec"]["containers"][0]["args"]
