"""Parts of a rendered release, and values with certificates of the user's own."""

from __future__ import annotations

from tests.suites.chart.conftest import Manifest, only

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
EXISTING = {"mode": "existing", "existing": {"secretName": "mine", "caBundle": PEM}}


def pod_template(manifests: list[Manifest]) -> Manifest:
    """Return the pod that the Deployment makes."""
    pod: Manifest = only(manifests, "Deployment")["spec"]["template"]
    return pod


def flags(manifests: list[Manifest]) -> dict[str, str]:
    """Return the flags of the container by name."""
    arguments = pod_template(manifests)["spec"]["containers"][0]["args"][1:]
    return dict(argument.removeprefix("--").split("=", 1) for argument in arguments)
