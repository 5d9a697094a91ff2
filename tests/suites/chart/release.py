"""Parts of a rendered release, and values with certificates of the user's own."""

from __future__ import annotations

from kubernetes_validate import ValidationError, validate

from tests.suites.chart.conftest import NOT_OF_KUBERNETES, Manifest, of_kind, only

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
EXISTING = {"mode": "existing", "existing": {"secretName": "mine", "caBundle": PEM}}


def pod_template(manifests: list[Manifest]) -> Manifest:
    """Return the pod that the Deployment makes."""
    pod: Manifest = only(manifests, "Deployment")["spec"]["template"]
    return pod


def hook_pods(manifests: list[Manifest]) -> list[Manifest]:
    """Return the pods of the hooks: of the test, and of what runs before a removal."""
    jobs = [job["spec"]["template"] for job in of_kind(manifests, "Job")]
    return [*of_kind(manifests, "Pod"), *jobs]


def flags(manifests: list[Manifest]) -> dict[str, str]:
    """Return the flags of the container by name."""
    arguments = pod_template(manifests)["spec"]["containers"][0]["args"][1:]
    return dict(argument.removeprefix("--").split("=", 1) for argument in arguments)


def is_typed(manifest: Manifest) -> bool:
    """Say whether everything has the type that Kubernetes wants: names and labels are strings."""
    metadata = manifest["metadata"]
    labels = metadata.get("labels", {}) | metadata.get("annotations", {})
    strings = [metadata["name"], metadata.get("namespace", ""), *labels, *labels.values()]
    if manifest["kind"] not in NOT_OF_KUBERNETES:
        try:
            validate(manifest, "1.36", strict=True)
        except ValidationError:
            return False
    return all(isinstance(text, str) for text in strings)
