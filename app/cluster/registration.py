"""Looking at, trying and removing the webhook registrations, for the hooks of the Helm chart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.cluster.discovery import served_versions
from app.errors import LeasegateError
from app.leasecandidate.spec import GROUP, KIND, RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx2

_REGISTRATIONS: Final = "/apis/admissionregistration.k8s.io/v1"
_KINDS: Final = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
_NOT_FOUND: Final = 404
_SUCCESS: Final = 300


class ApiError(LeasegateError):
    """What the API server refused, in one sentence."""


class Webhook(StrEnum):
    """One of the two, by the path at which it is called."""

    VALIDATE = "validate"
    MUTATE = "mutate"


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome of a dry-run admission: whether it went through our hooks, and what was seen."""

    passed: bool
    finding: str


@dataclass(frozen=True, slots=True)
class _Probe:
    """What is set in a candidate, and the words that only one of our hooks says of it."""

    spec: Mapping[str, str]
    our_words: str


_PROBES: Final = {
    # A rule that denies or warns in each profile but builtin (app/leasecandidate/rules/targets.py).
    Webhook.VALIDATE: _Probe(
        {"leaseName": "leasegate test"}, "(leasegate rule lease-name-not-dns)"
    ),
    # A hint on a near miss (app/leasecandidate/normalize.py). A policy may have stripped the v of a
    # version that is one without it before the webhook is called.
    Webhook.MUTATE: _Probe({"binaryVersion": "v1.0"}, 'did you mean "1.0.0"?'),
}


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


def try_admission(client: httpx2.Client, namespace: str, webhooks: Iterable[Webhook]) -> Trial:
    """Create a candidate by dry-run for each webhook, and see that it has its say.

    The validating one has where the rule `lease-name-not-dns` denies or warns.
    """
    served = served_versions(client)
    if not served.judged:
        return Trial(passed=not served.unknown, finding=f"nothing to check: {served}")
    trials = [_try_one(client, namespace, served.judged[0], webhook) for webhook in webhooks]
    failed = [trial for trial in trials if not trial.passed]
    # They differ only where something is wrong: the cluster is the same for all.
    trial = next(iter(failed or trials))
    return replace(trial, finding=f"{trial.finding}; but {served}") if served.unknown else trial


def _try_one(client: httpx2.Client, namespace: str, version: str, webhook: Webhook) -> Trial:
    probe = _PROBES[webhook]
    answer = client.post(
        f"/apis/{GROUP}/{version}/namespaces/{namespace}/{RESOURCE}",
        params={"dryRun": "All"},
        json={
            "apiVersion": f"{GROUP}/{version}",
            "kind": KIND,
            "metadata": {"generateName": "leasegate-test-"},
            "spec": {
                "leaseName": "leasegate-test",
                "binaryVersion": "1.0.0",
                "strategy": "leasegate.dev/test",
                **probe.spec,
            },
        },
    )
    return _judge(answer, webhook, probe.our_words)


def _judge(answer: httpx2.Response, webhook: Webhook, our_words: str) -> Trial:
    warnings = answer.headers.get("warning", "").replace("\\", "")
    refusal = _message(answer) if answer.status_code >= _SUCCESS else ""
    if our_words in warnings or our_words in refusal:
        return Trial(
            passed=True, finding="kube-apiserver called leasegate, which answered as it should"
        )
    said = f"was refused: {refusal}" if refusal else f"was let through; warnings: {warnings!r}"
    return Trial(
        passed=False,
        finding=(
            f"leasegate did not {webhook} the candidate, which {said}; look at the caBundle and "
            "namespaceSelector of the webhook configuration, and at the readiness of the pods"
        ),
    )


def _message(answer: httpx2.Response) -> str:
    try:
        return str(answer.json().get("message", answer.text))
    except ValueError:
        return answer.text[:256]
