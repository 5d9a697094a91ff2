"""Names that YAML takes for something else than a string, and any values, on a real server."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings, strategies as st

from tests.suites.chart.any_values import RELEASES, some_values
from tests.suites.cluster.chart.release import CHART, FULLNAME, Json, a_release
from tests.suites.cluster.chart.running import finish, running

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from devtools.controlplane import ControlPlane

# helm and a process that starts take seconds each, and many more on a busy machine.
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(
    ("name", "namespace"), [("true", "12345"), ("1e5", "1e5"), ("1234567", "null")]
)
@pytest.mark.usefixtures("controller_manager")  # makes the pod of a Job
def test_a_release_of_any_name_is_installed_tested_and_uninstalled(
    control_plane: ControlPlane,
    api: httpx2.Client,
    ports: Json,
    covered: str,
    tmp_path: Path,
    name: str,
    namespace: str,
) -> None:
    made = api.post("/api/v1/namespaces", json={"metadata": {"name": namespace}})
    made.raise_for_status()
    values = ports | {
        "fullnameOverride": FULLNAME,
        "test": {"namespace": covered},
        "webhooks": {"failurePolicy": "Fail"},
    }
    with (
        ThreadPoolExecutor(1) as helm,
        a_release(control_plane, api, namespace, name) as release,
    ):
        # Hooks run from here on as they do in a cluster: helm makes them, and waits for them.
        release.helm("install", name, str(CHART), values=values)
        with running(release, ports["operationsPort"], tmp_path / "pod"):
            test = helm.submit(release.helm, "test", name)
            finish(release, f"{FULLNAME}-test", tmp_path / "test")
            assert "Phase:          Succeeded" in test.result()
            uninstall = helm.submit(release.helm, "uninstall", name)
            said = finish(release, f"{FULLNAME}-uninstall", tmp_path / "uninstall")
            assert said.count("removed ") == 2
            assert f'release "{name}" uninstalled' in uninstall.result()
        assert release.registered() == []
        assert json.loads(release.helm("list", "--output=json")) == []


@pytest.mark.usefixtures("_operators")
@settings(
    max_examples=12,
    # Each attempt to shrink the values asks the server again.
    phases=[Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=some_values(), name=st.sampled_from(RELEASES))
def test_the_server_takes_any_values_that_the_chart_takes(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str, values: Json, name: str
) -> None:
    note(json.dumps(values))
    with a_release(control_plane, api, namespace, name) as release:
        said = ""
        try:
            release.helm("install", name, str(CHART), "--dry-run=server", values=values)
        except AssertionError as error:
            said = str(error)
        by_the_chart = ("validate.yaml", "values don't meet the specifications of the schema")
        assert not said or any(words in said for words in by_the_chart), said
