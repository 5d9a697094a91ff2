"""Tries and removes the webhook configurations, for the hooks of the Helm chart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from app.cluster.discovery import served_versions
from app.cluster.webhook_configurations import API_PATH, RESOURCES
from app.errors import LeasegateError
from app.leasecandidate.spec import GROUP, KIND, RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx2


class RegistrationError(LeasegateError):
    """A webhook configuration that cannot be removed: one sentence."""


class Webhook(StrEnum):
    """One of our two webhooks, by the path at which it is called."""

    VALIDATE = "validate"
    MUTATE = "mutate"


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of dry-run creates: whether our webhooks answered, and a sentence on that."""

    passed: bool
    finding: str


@dataclass(frozen=True, slots=True)
class _Probe:
    """A spec that one of our webhooks objects to, and words that only this webhook answers."""

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
    for resource in RESOURCES:
        answer = client.delete(f"{API_PATH}/{resource}/{name}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            continue
        if not answer.is_success:
            raise RegistrationError(f"cannot delete {resource}/{name}: {_message(answer)}")
        removed.append(f"{resource}/{name}")
    return removed


def try_admission(client: httpx2.Client, namespace: str, webhooks: Iterable[Webhook]) -> Trial:
    """Create a candidate by dry-run for each webhook; pass if every webhook objects to its own.

    The validating webhook objects unless the action of the rule `lease-name-not-dns` is Audit or
    Off.
    """
    served = served_versions(client)
    if not served.judged:
        return Trial(passed=not served.unknown, finding=f"nothing to check: {served}")
    trials = [_try_one(client, namespace, served.judged[0], webhook) for webhook in webhooks]
    # All that pass say the same.
    trial = next((trial for trial in trials if not trial.passed), trials[0])
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
    refusal = "" if answer.is_success else _message(answer)
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
