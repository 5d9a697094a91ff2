"""Looking at, trying and removing the webhook registrations, for the hooks of the Helm chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.leasecandidate.spec import GROUP, KIND, RESOURCE, VERSIONS

if TYPE_CHECKING:
    import httpx2

_REGISTRATIONS: Final = "/apis/admissionregistration.k8s.io/v1"
_KINDS: Final = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
_NOT_FOUND: Final = 404
_SUCCESS: Final = 300
# What the mutating hook says of a version that it has changed (app/leasecandidate/normalize.py).
_OUR_WORDS: Final = 'versions have no leading "v"'


class ApiError(Exception):
    """What the API server refused, in one sentence."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome of a dry-run admission: whether it went through our hooks, and what was seen."""

    passed: bool
    finding: str


def remove(client: httpx2.Client, name: str) -> list[str]:
    """Delete both configurations called `name`; return the ones that were there."""
    removed = []
    for kind in _KINDS:
        answer = client.delete(f"{_REGISTRATIONS}/{kind}/{name}")
        if answer.status_code == _NOT_FOUND:
            continue
        if answer.status_code >= _SUCCESS:
            raise ApiError(f"cannot delete {kind}/{name}: {_message(answer)}")
        removed.append(f"{kind}/{name}")
    return removed


def try_admission(client: httpx2.Client, namespace: str) -> Trial:
    """Create a candidate by dry-run, and see whether the leading v of its version is stripped."""
    for version in VERSIONS:
        answer = client.post(
            f"/apis/{GROUP}/{version}/namespaces/{namespace}/{RESOURCE}",
            params={"dryRun": "All"},
            json={
                "apiVersion": f"{GROUP}/{version}",
                "kind": KIND,
                "metadata": {"generateName": "leasegate-test-"},
                "spec": {
                    "leaseName": "leasegate-test",
                    "binaryVersion": "v1.0.0",
                    "strategy": "leasegate.dev/test",
                },
            },
        )
        if answer.status_code == _NOT_FOUND and "namespaces" not in _message(answer):
            continue
        return _judge(answer)
    return Trial(
        passed=True,
        finding=(
            f"the cluster does not serve {RESOURCE}.{GROUP}, so there is nothing to check yet; "
            f"start kube-apiserver with --runtime-config={GROUP}/{VERSIONS[0]}=true and "
            "--feature-gates=CoordinatedLeaderElection=true to use them"
        ),
    )


def _judge(answer: httpx2.Response) -> Trial:
    if answer.status_code >= _SUCCESS:
        return Trial(passed=False, finding=f"the candidate was refused: {_message(answer)}")
    stored = answer.json().get("spec", {}).get("binaryVersion")
    warnings = answer.headers.get("warning", "")
    if stored != "1.0.0" or _OUR_WORDS not in warnings.replace("\\", ""):
        return Trial(
            passed=False,
            finding=(
                f"the candidate came back with binaryVersion {stored!r} and the warnings "
                f"{warnings!r}: leasegate did not see it; look at the caBundle, the "
                "namespaceSelector and the pods' readiness"
            ),
        )
    return Trial(
        passed=True, finding="kube-apiserver called leasegate, which answered as it should"
    )


def _message(answer: httpx2.Response) -> str:
    try:
        return str(answer.json().get("message", answer.text))
    except ValueError:
        return answer.text[:256]
