"""The dashboard for Grafana: one panel for each question, for any choice of releases."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_OURS: Final = 'namespace=~"$namespace", job=~"$job", instance=~"$instance"'
_RELEASE: Final = "namespace, job"
# Not every Prometheus adds a namespace to what it scrapes; job and instance are always there.
_VARIABLES: Final = {"namespace": ".*", "job": ".+", "instance": ".+"}


@dataclass(frozen=True, slots=True)
class _Panel:
    """One panel; in `query`, OURS stands for the chosen releases and BY for what tells them apart.

    `unit` is one of Grafana's ids of units.
    """

    title: str
    description: str
    unit: str
    query: str
    legend: str

    @property
    def expression(self) -> str:
        return self.query.replace("OURS", _OURS).replace("BY", _RELEASE)


_PANELS: Final = (
    _Panel(
        "Decisions",
        "Reviews a second, by what was decided.",
        "reqps",
        "sum by (BY, webhook, decision) (rate(leasegate_decisions_total{OURS}[$__rate_interval]))",
        "{{namespace}} {{webhook}} {{decision}}",
    ),
    _Panel(
        "Duration, 99 %",
        "From the whole body to the answer.",
        "s",
        "histogram_quantile(0.99, sum by (BY, webhook, le) "
        "(rate(leasegate_review_duration_seconds_bucket{OURS}[$__rate_interval])))",
        "{{namespace}} {{webhook}}",
    ),
    _Panel(
        "Violations",
        "Rules that were violated, and what followed.",
        "reqps",
        "sum by (BY, rule, action) (rate(leasegate_rule_violations_total{OURS}[$__rate_interval]))",
        "{{namespace}} {{rule}} {{action}}",
    ),
    _Panel(
        "Shed",
        "Reviews that got 429 because too many large ones came at once.",
        "reqps",
        "sum by (BY) (rate(leasegate_shed_total{OURS}[$__rate_interval]))",
        "{{namespace}}",
    ),
    _Panel(
        "In flight",
        "Reviews that were begun and not answered yet, by replica.",
        "short",
        "leasegate_reviews_in_flight{OURS}",
        "{{namespace}} {{instance}}",
    ),
    _Panel(
        "Certificates",
        "Time until the first of the replicas' certificates ends.",
        "s",
        "min by (BY, certificate) (leasegate_certificate_not_after_seconds{OURS}) - time()",
        "{{namespace}} {{certificate}}",
    ),
    _Panel(
        "Bad requests",
        "Requests that could not be used, by the reason that was answered.",
        "reqps",
        "sum by (BY, reason) (rate(leasegate_bad_requests_total{OURS}[$__rate_interval]))",
        "{{namespace}} {{reason}}",
    ),
    _Panel(
        "Ready",
        "Replicas that kube-apiserver can use.",
        "short",
        "sum by (BY) (leasegate_ready{OURS})",
        "{{namespace}}",
    ),
    _Panel(
        "Without a leader",
        "How long nobody has held a Lease; not those that were left a day ago.",
        "s",
        "(max by (BY, lease_namespace, lease) (leasegate_election_expired_seconds{OURS}) > 0) "
        "< 24 * 3600",
        "{{lease_namespace}}/{{lease}}",
    ),
    _Panel(
        "Elections",
        "Leases by the state that `leasegate explain` gives them.",
        "short",
        "count by (BY, state) "
        "(max by (BY, lease_namespace, lease, state) (leasegate_election_state{OURS}))",
        "{{namespace}} {{state}}",
    ),
    _Panel(
        "Candidates",
        "Candidates by what the election makes of them.",
        "short",
        "sum by (BY, verdict) "
        "(max by (BY, lease_namespace, lease, verdict) (leasegate_election_candidates{OURS}))",
        "{{namespace}} {{verdict}}",
    ),
    _Panel(
        "Unanswered pings",
        "How long ago a candidate that counts as alive was asked, and did not answer.",
        "s",
        "time() - min by (BY, lease_namespace, lease) "
        "(leasegate_election_unanswered_ping_timestamp_seconds{OURS})",
        "{{lease_namespace}}/{{lease}}",
    ),
    _Panel(
        "Asked to yield",
        "How long ago a leader that leads on was asked to yield.",
        "s",
        "time() - min by (BY, lease_namespace, lease) "
        "(leasegate_election_asked_to_yield_timestamp_seconds{OURS})",
        "{{lease_namespace}}/{{lease}}",
    ),
    _Panel(
        "Leases that are not shown",
        "Leases beyond the limit of those with series of their own, by state.",
        "short",
        "max by (BY, state) (leasegate_elections_not_shown{OURS})",
        "{{namespace}} {{state}}",
    ),
)


def dashboard() -> str:
    """Return the dashboard as Grafana imports it."""
    return (
        json.dumps(
            {
                "title": "leasegate",
                "uid": "leasegate",
                "schemaVersion": 39,
                "version": 1,
                "editable": False,
                "tags": ["leasegate"],
                "time": {"from": "now-6h", "to": "now"},
                "refresh": "1m",
                "templating": {
                    "list": [
                        {
                            "name": "datasource",
                            "label": "Data source",
                            "type": "datasource",
                            "query": "prometheus",
                        },
                        *(_variable(name, every) for name, every in _VARIABLES.items()),
                    ]
                },
                "panels": [_panel(number, panel) for number, panel in enumerate(_PANELS)],
            },
            indent=2,
        )
        + "\n"
    )


def _variable(name: str, every: str) -> dict[str, object]:
    """Return a variable that offers the values of a label; those chosen before narrow it."""
    before = list(_VARIABLES)[: list(_VARIABLES).index(name)]
    narrowed = ", ".join(f'{other}=~"${other}"' for other in before)
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": f"label_values(leasegate_build_info{{{narrowed}}}, {name})",
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": every,
    }


def _panel(number: int, panel: _Panel) -> dict[str, object]:
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {
                "refId": "A",
                "datasource": _SOURCE,
                "expr": panel.expression,
                "legendFormat": panel.legend,
            }
        ],
    }
