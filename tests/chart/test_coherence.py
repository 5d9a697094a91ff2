"""The parts of a release fit together, and the program understands what the chart gives it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import click
import helm_python
import pytest
import yaml
from click.testing import CliRunner
from kubernetes_validate import validate

from app.cli import serve
from app.cli.configuration import key_of
from app.cli.main import leasegate
from app.configuration import parse_document
from app.leasecandidate.rules import RULES, RulesConfiguration, Ruleset
from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.settings import SelfManagedSettings
from charts.generator.files import CHART, generated_files
from charts.generator.process import OWNED, process_schema
from tests.chart.conftest import NAMESPACE, NOT_OF_KUBERNETES, Manifest, Render, of_kind, only

if TYPE_CHECKING:
    from pathlib import Path

EXISTING = {
    "mode": "existing",
    "existing": {
        "secretName": "mine",
        "caBundle": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    },
}
LABELS = "monitoring.dashboard.labels"


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
    authority, leaf = of_kind(manifests, "Certificate")
    assert called_name(manifests) in leaf["spec"]["dnsNames"]
    for webhook in webhooks(manifests):
        assert webhook["annotations"] == {
            "cert-manager.io/inject-ca-from": f"{NAMESPACE}/{leaf['metadata']['name']}"
        }
    issuers = {
        issuer["metadata"]["name"]: issuer["spec"] for issuer in of_kind(manifests, "Issuer")
    }
    issuer = issuers[leaf["spec"]["issuerRef"]["name"]]
    assert issuer["ca"]["secretName"] == authority["spec"]["secretName"]
    assert issuers[authority["spec"]["issuerRef"]["name"]] == {"selfSigned": {}}
    assert authority["spec"]["isCA"] is True


def called_name(manifests: list[Manifest]) -> str:
    """Return the name for which kube-apiserver verifies the serving certificate."""
    (names,) = {
        f"{client['name']}.{client['namespace']}.svc"
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
        for webhook in only(manifests, kind)["webhooks"]
        for client in [webhook["clientConfig"]["service"]]
    }
    return names


def webhooks(manifests: list[Manifest]) -> list[Manifest]:
    """Return the metadata of both configurations."""
    kinds = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
    return [only(manifests, kind)["metadata"] for kind in kinds]


def flags(manifests: list[Manifest]) -> dict[str, str]:
    """Return the flags of the container by name."""
    arguments = deployment(manifests)["spec"]["containers"][0]["args"][1:]
    return dict(argument.removeprefix("--").split("=", 1) for argument in arguments)


def test_the_program_serves_for_the_name_that_kube_apiserver_asks_for(
    render: Render, example: Manifest
) -> None:
    manifests = render(example)
    given = flags(manifests)
    if given["certificates"] == "self":
        managed = SelfManagedSettings(
            namespace=NAMESPACE,
            secret_name=given["secret-name"],
            service_name=given["service-name"],
            webhook_configuration=given["webhook-configuration"],
            replica_name="",
            key_algorithm=KeyAlgorithm.ECDSA,
            lifetimes=Lifetimes(),
        )
        assert called_name(manifests) in managed.names
    else:
        assert given["tls-name"] == called_name(manifests)
    for metadata in webhooks(manifests):
        assert metadata["name"] == given["webhook-configuration"]


def test_a_url_is_called_in_place_of_the_service(render: Render) -> None:
    url = "https://gate.example.com:8443/"
    manifests = render({"certificates": EXISTING, "webhooks": {"url": url}})
    (webhook,) = only(manifests, "ValidatingWebhookConfiguration")["webhooks"]
    assert webhook["clientConfig"].keys() == {"url", "caBundle"}
    assert webhook["clientConfig"]["url"] == "https://gate.example.com:8443/validate"
    assert flags(manifests)["tls-name"] == "gate.example.com"


def test_the_program_reads_the_configuration_that_is_mounted(
    render: Render, example: Manifest, tmp_path: Path
) -> None:
    content = next(
        manifest["data"]["config.yaml"]
        for manifest in of_kind(render(example), "ConfigMap")
        if "config.yaml" in manifest.get("data", {})
    )
    document = parse_document(content.encode())
    wanted = example.get("config", {}).get("rules", {}).get("profile", "recommended")
    assert document.rules.profile == wanted
    (tmp_path / "config.yaml").write_text(content)
    done = CliRunner().invoke(
        leasegate, ["config", f"--config={tmp_path / 'config.yaml'}", "--output=json"]
    )
    assert done.exit_code == 0, done.output
    effective = json.loads(done.output)
    for key, value in (
        {"logFormat": "json"} | example.get("config", {}).get("process", {})
    ).items():
        assert effective[f"process.{key}"] == {"value": value, "origin": "file"}


def test_what_the_templates_decide_on_cannot_be_set_elsewhere(
    render: Render, example: Manifest
) -> None:
    """Flags win over the environment and the file, so a setting there would be without effect."""
    given = {name.replace("-", "_") for name in flags(render(example))} - {"config"}
    assert given - {"max_connections"} <= OWNED
    free = process_schema()["properties"]
    assert isinstance(free, dict)
    assert {
        parameter.name for parameter in serve.command.params if key_of(parameter) in free
    }.isdisjoint(OWNED)


@pytest.mark.parametrize(
    ("process", "is_rolled"),
    [
        pytest.param({"drainSeconds": 11}, True, id="a setting of the process"),
        pytest.param({}, False, id="a rule"),
    ],
)
def test_pods_are_replaced_where_a_change_needs_it(
    render: Render, process: Manifest, *, is_rolled: bool
) -> None:
    before = deployment(render())
    config = {"process": process, "rules": {"profile": "strict"}}
    assert (deployment(render({"config": config})) != before) is is_rolled


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


# Maps whose keys belong to others.
FREE = ("certificates.certManager.issuerRef", "config.process", "config.rules", "resources")
# What is read through a variable or `get`.
READ_OTHERWISE = {
    *("certificates.certManager.issuerRef", "certificates.existing.caBundle"),
    *("webhooks.mutating.enabled", "webhooks.validating.enabled"),
}


def paths(values: Manifest, prefix: str = "") -> set[str]:
    """Return the dotted path of each value that is no map of fixed keys."""
    found: set[str] = set()
    for key, value in values.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value and path not in (*FREE, LABELS):
            found |= paths(value, f"{path}.")
        else:
            found.add(path)
    return found


def test_every_value_is_used_and_every_used_value_is_there() -> None:
    known = paths(yaml.safe_load((CHART / "values.yaml").read_text()))
    text = "".join(path.read_text() for path in templates())
    used = {match.strip(".") for match in re.findall(r"\.Values\.([A-Za-z.]+)", text)}
    for path in used:
        inside = any(path.startswith(f"{leaf}.") for leaf in known)
        above = any(leaf.startswith(f"{path}.") for leaf in known)
        assert path in known or inside or above, f".Values.{path} is not in values.yaml"
    used |= READ_OTHERWISE
    used |= {path.rpartition(".")[0] for path in used if path.startswith("config.rules")}
    unused = {leaf for leaf in known if leaf not in used and not is_inside_used(leaf, text)}
    assert not unused


def is_inside_used(leaf: str, text: str) -> bool:
    """Say whether the whole map around a value is written out."""
    parent = leaf.rpartition(".")[0]
    return bool(parent) and f"toYaml .Values.{parent}" in text


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
        pytest.param(
            {"webhooks": {"excludedNamespaces": []}}, (), "kube-system is covered", id="kube-system"
        ),
        pytest.param(
            {"webhooks": {"skipHeartbeats": False}}, (), "each heartbeat", id="heartbeats"
        ),
        pytest.param({"hostNetwork": True}, (), "are open on the nodes", id="the node's network"),
        pytest.param({"replicaCount": 1}, (), "with one replica", id="one replica"),
        pytest.param({"test": {"enabled": False}}, (), "There is no helm test", id="no test"),
        pytest.param(
            {"certificates": EXISTING},
            (),
            "The pods wait for the Secret mine",
            id="a Secret of theirs",
        ),
        pytest.param(
            {"certificates": {"mode": "certManager"}}, (), "get certificate", id="cert-manager"
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
    assert "--namespace=default" in only(render(), "Pod")["spec"]["containers"][0]["args"]


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


@pytest.mark.parametrize("profile", ["builtin", "observe", "recommended", "strict"])
@pytest.mark.parametrize("action", ["Deny", "Warn", "Audit", "Off", None])
def test_the_cluster_is_watched_just_where_a_rule_looks_at_siblings(
    render: Render, profile: str, action: str | None
) -> None:
    names = [rule.id for rule in RULES if rule.needs_siblings]
    rules: dict[str, object] = {"profile": profile}
    if action:
        rules["actions"] = dict.fromkeys(names, action)
    configuration = RulesConfiguration.model_validate(rules)
    manifests = render({"config": {"rules": rules}})
    granted = [
        rule["resources"] for role in of_kind(manifests, "ClusterRole") for rule in role["rules"]
    ]
    assert (["leasecandidates"] in granted) is Ruleset(configuration).uses_siblings
