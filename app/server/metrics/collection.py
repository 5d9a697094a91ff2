"""All metrics of one server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from app.leasecandidate.rules import RULES, Action
from app.server.metrics.api_served import ServedMetrics
from app.server.metrics.background import BackgroundMetrics
from app.server.metrics.certificates import CertificateMetrics
from app.server.metrics.configuration import ReloadMetrics
from app.server.metrics.counting_observer import CountingObserver
from app.server.metrics.decisions import DecisionMetrics
from app.server.metrics.elections import ElectionMetrics
from app.server.metrics.load import LoadMetrics
from app.server.metrics.process import add_process
from app.server.metrics.refusals import RefusalMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Metrics:
    """The registry, and one object for each subject that others report on."""

    registry: CollectorRegistry
    observer: CountingObserver
    reloads: ReloadMetrics
    certificates: CertificateMetrics
    load: LoadMetrics
    background: BackgroundMetrics
    served: ServedMetrics
    elections: ElectionMetrics


def create_metrics(webhooks: Sequence[str] = ("validate", "mutate")) -> Metrics:
    """Return the metrics of a server that has these webhooks, all at 0."""
    registry = CollectorRegistry()
    add_process(registry)
    return Metrics(
        registry,
        CountingObserver(
            DecisionMetrics(registry, webhooks, _findings()), RefusalMetrics(registry, webhooks)
        ),
        ReloadMetrics(registry),
        CertificateMetrics(registry),
        LoadMetrics(registry),
        BackgroundMetrics(registry),
        ServedMetrics(registry),
        ElectionMetrics(registry),
    )


def _findings() -> Iterator[tuple[str, str]]:
    """Yield each rule with each action that it can be given; what is Off finds nothing."""
    for rule in RULES:
        actions = (Action.DENY,) if rule.built_in else (Action.DENY, Action.WARN, Action.AUDIT)
        for action in actions:
            yield rule.id, action.value
