"""The parts of a release fit together, and the program understands what the chart gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import helm_python
import pytest
import yaml
from kubernetes_validate import validate

from app.cli import serve
from app.cli.main import leasegate
from app.configuration import parse_document
from charts.generator.files import CHART, generated_files
from tests.chart.conftest import Manifest, Render, of_kind, only

if TYPE_CHECKING:
    from pathlib import Path

NOT_OF_KUBERNETES = {"Certificate", "Issuer", "ServiceMonitor", "PodMonitor", "PrometheusRule"}


def deployment(manifests: list[Manifest]) -> Manifest:
    pod: Manifest = only(manifests, "Deployment")["spec"]["template"]
    return pod


@pytest.mark.parametrize("minor", range(32, 38))
def test_every_object_is_one_that_kubernetes_knows(
    render: Render, example: Manifest, minor: int
) -> None:
    if minor < 36:
        policies = example.get("policies", {}) | {"mutate": {"enabled": False}}
        example = example | {"policies": policies}
    for manifest in render(example, kube=f"v1.{minor}.0"):
        if manifest["kind"] not in NOT_OF_KUBERNETES:
            validate(manifest, f"1.{minor}", strict=True)


def test_helm_finds_nothing_to_say(example: Manifest) -> None:
    result = helm_python.lint(str(CHART), example, strict=True, kube_version="v1.36.0")
    assert not result["errors"]
    assert all(message["severity"] < 2 for message in result["messages"])


def test_selectors_find_the_pods_and_nothing_else(render: Render, example: Manifest) -> None:
    manifests = render(example)
    labels = deployment(manifests)["metadata"]["labels"]
    selectors = [
        only(manifests, "Service")["spec"]["selector"],
        only(manifests, "Deployment")["spec"]["selector"]["matchLabels"],
        *(
            budget["spec"]["selector"]["matchLabels"]
            for budget in of_kind(manifests, "PodDisruptionBudget")
        ),
        *(
            policy["spec"]["podSelector"]["matchLabels"]
            for policy in of_kind(manifests, "NetworkPolicy")
        ),
    ]
    others = [pod["metadata"]["labels"] for pod in of_kind(manifests, "Pod")]
    others += [job["spec"]["template"]["metadata"]["labels"] for job in of_kind(manifests, "Job")]
    for selector in selectors:
        assert selector.items() <= labels.items()
        assert not any(selector.items() <= other.items() for other in others)


def test_the_webhooks_reach_the_service_and_the_service_reaches_the_port(
    render: Render, example: Manifest
) -> None:
    manifests = render(example)
    service = only(manifests, "Service")
    container = deployment(manifests)["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for port in service["spec"]["ports"]:
        assert port["targetPort"] in ports
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for webhook in only(manifests, kind)["webhooks"]:
            client = webhook["clientConfig"]["service"]
            assert client["name"] == service["metadata"]["name"]
            assert client["port"] in [port["port"] for port in service["spec"]["ports"]]
            assert client["path"] in ("/validate", "/mutate")
    assert f"--port={ports['webhooks']}" in container["args"]
    assert f"--operations-port={ports['operations']}" in container["args"]


def test_cert_manager_issues_for_the_name_that_kube_apiserver_asks_for(render: Render) -> None:
    manifests = render({"certificates": {"mode": "certManager"}})
    service = only(manifests, "Service")["metadata"]
    names = only(manifests, "Certificate")["spec"]["dnsNames"]
    assert f"{service['name']}.{service['namespace']}.svc" in names


def test_the_program_reads_the_configuration_that_is_mounted(
    render: Render, example: Manifest
) -> None:
    content = next(
        manifest["data"]["config.yaml"]
        for manifest in of_kind(render(example), "ConfigMap")
        if "config.yaml" in manifest.get("data", {})
    )
    document = parse_document(content.encode())
    wanted = example.get("config", {}).get("rules", {}).get("profile", "recommended")
    assert document.rules.profile == wanted


def test_the_program_knows_every_flag_that_it_is_given(render: Render, example: Manifest) -> None:
    manifests = render(example)
    known = {option for parameter in serve.command.params for option in parameter.opts}
    command, *flags = deployment(manifests)["spec"]["containers"][0]["args"]
    assert command == "serve"
    assert {flag.partition("=")[0] for flag in flags} <= known
    hooks = [pod["spec"] for pod in of_kind(manifests, "Pod")]
    hooks += [job["spec"]["template"]["spec"] for job in of_kind(manifests, "Job")]
    for spec in hooks:
        group, subcommand, *flags = spec["containers"][0]["args"]
        context = click.Context(leasegate)
        found = leasegate.get_command(context, group)
        assert isinstance(found, click.Group)
        options = {option for param in found.commands[subcommand].params for option in param.opts}
        assert {flag.partition("=")[0] for flag in flags} <= options


def test_the_generated_files_are_as_they_would_be_generated_now() -> None:
    for name, content in generated_files().items():
        assert (CHART / name).read_text() == content, f"{name}: run `make docs`"


def templates() -> list[Path]:
    return [path for path in (CHART / "templates").rglob("*") if path.is_file()]


def test_every_value_is_used_and_every_used_value_is_there() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    text = "".join(path.read_text() for path in templates())
    used = {match.split(".")[0] for match in re.findall(r"\.Values\.([A-Za-z.]+)", text)}
    assert used == set(values)
    for match in set(re.findall(r"\.Values\.([A-Za-z.]+)", text)):
        node: object = values
        for part in match.strip(".").split("."):
            if not isinstance(node, dict) or not node:
                break
            assert part in node, f".Values.{match}"
            node = node[part]


@pytest.mark.parametrize(
    ("values", "apis", "words"),
    [
        pytest.param({}, (), "does not serve LeaseCandidate", id="a cluster without candidates"),
        pytest.param(
            {"webhooks": {"failurePolicy": "Fail"}},
            (),
            "WARNING: with failurePolicy Fail",
            id="Fail",
        ),
        pytest.param(
            {"webhooks": {"timeoutSeconds": 2}}, (), "WARNING: an election", id="a long timeout"
        ),
        pytest.param(
            {"policies": {"reserved": {"enabled": False}}},
            (),
            "heartbeat of a node",
            id="no policy",
        ),
    ],
)
def test_notes_warn_about_risky_choices(
    render: Render, values: Manifest, apis: tuple[str, ...], words: str
) -> None:
    assert words in render.notes(values, apis=apis)
    assert words not in render.notes({}, apis=("coordination.k8s.io/v1beta1/LeaseCandidate",))


def test_the_release_may_live_in_the_default_namespace(render: Render) -> None:
    assert of_kind(render(namespace="default"), "Pod") == []
    assert only(render(), "Pod")["spec"]["containers"][0]["args"][-1] == "--namespace=default"
