"""Certificates are for the name that kube-apiserver asks for, and the program knows it."""

from __future__ import annotations

from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.serve.settings import SelfManagedSettings
from tests.suites.chart.any_values import NAMESPACE
from tests.suites.chart.conftest import Manifest, Render, of_kind, only
from tests.suites.chart.release import EXISTING, flags


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
