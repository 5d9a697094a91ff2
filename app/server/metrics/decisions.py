"""How many decisions there were of each kind, how long they took, and which rules led to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import Counter

from app.admission import Allowed, Operation
from app.admission.verdict import DECISIONS
from app.server.metrics.tallies import DurationHistogram, Tallies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import CollectorRegistry

    from app.admission import Finding, Verdict
    from app.server.metrics.tallies import Durations, Tally

BUCKETS: Final = (
    *(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)
"""Seconds. A review takes well under a millisecond, and kube-apiserver waits up to 30 s."""


_DRY_RUN: Final = {True: "true", False: "false", None: "false"}
_UNKNOWN: Final = "unknown"


class DecisionMetrics:
    """Counts verdicts. `findings` are the rules and actions that can occur: they start at 0."""

    def __init__(
        self,
        registry: CollectorRegistry,
        webhooks: Iterable[str],
        findings: Iterable[tuple[str, str]],
    ) -> None:
        self._duration = DurationHistogram(
            "leasegate_review_duration_seconds",
            "Time from the whole body of a review to its answer.",
            "webhook",
            BUCKETS,
        )
        self._decisions = Tallies(
            "leasegate_decisions",
            "Decisions, including those on bodies that were too large to be read.",
            ["webhook", "operation", "decision", "dry_run"],
        )
        registry.register(self._duration)
        registry.register(self._decisions)
        self._violations = Counter(
            "leasegate_rule_violations_total",
            "Reviews that violated a rule, and the action that followed.",
            ["rule", "action"],
            registry=registry,
        )
        self._misregistered = Counter(
            "leasegate_misregistered_reviews_total",
            "Reviews allowed unseen, as the webhook configuration should not have sent them.",
            ["webhook"],
            registry=registry,
        )
        self._defects = Counter(
            "leasegate_defects_total",
            "Reviews on which leasegate itself failed; the log says why.",
            ["webhook"],
            registry=registry,
        )
        for webhook in webhooks:
            self._duration.labels(webhook)
            self._misregistered.labels(webhook)
            self._defects.labels(webhook)
        for rule, action in findings:
            self._violations.labels(rule, action)
        self._series: dict[tuple[object, ...], tuple[Tally, Durations]] = {}

    def count(
        self,
        webhook: str,
        operation: Operation,
        verdict: Verdict,
        *,
        dry_run: bool | None,
        seconds: float,
    ) -> None:
        """Count a verdict on a review that was read."""
        key = (webhook, operation, verdict.__class__, dry_run)
        if (series := self._series.get(key)) is None:
            decision = DECISIONS[verdict.__class__]
            series = self._series[key] = (
                self._decisions.labels(webhook, operation.value, decision, _DRY_RUN[dry_run]),
                self._duration.labels(webhook),
            )
        tally, durations = series
        tally.count += 1
        durations.observe(seconds)
        self._remarks(webhook, verdict)

    def count_oversized(self, webhook: str, operation: str, verdict: Verdict) -> None:
        """Count a verdict on a body that was not read; `operation` is what the client wrote."""
        known = operation if operation in Operation.__members__ else _UNKNOWN
        self._decisions.labels(webhook, known, DECISIONS[verdict.__class__], _UNKNOWN).count += 1
        self._remarks(webhook, verdict)

    def count_defect(self, webhook: str) -> None:
        """Count a review that got no decision because leasegate failed."""
        self._defects.labels(webhook).inc()

    def _remarks(self, webhook: str, verdict: Verdict) -> None:
        if verdict.findings:
            self._violated(verdict.findings)
        if verdict.defect:
            self.count_defect(webhook)
        if isinstance(verdict, Allowed) and verdict.misregistration:
            self._misregistered.labels(webhook).inc()

    def _violated(self, findings: tuple[Finding, ...]) -> None:
        # A rule may find a thousand bad labels in one object: that is one review all the same.
        for finding in dict.fromkeys(findings):
            self._violations.labels(finding.rule, finding.action).inc()
