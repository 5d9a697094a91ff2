"""docs/metrics.md and docs/logs.md say what the program does."""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from app.admission import Allowed, Cause, Denied, Finding, Patched, ReplaceOperation
from app.admission.recovery import ReviewStart
from app.cluster.candidate_cache import CandidateCache
from app.configuration import Document, RulesInForce
from app.http.limits import ConnectionLimits
from app.serve.assemble import checks
from app.serve.certificates import Certificates
from app.server.deadline import MARGIN_SECONDS, MARGIN_SHARE
from app.server.decision_log import DecisionLog
from app.server.lifecycle import Lifecycle
from app.server.limits import OPERATIONS as OPERATIONS_LIMITS, ReviewLimits, ShutdownSettings
from app.server.metrics import create_metrics
from app.server.metrics.elections import ElectionSamples
from charts.generator.files import generated_pages
from tests.docs.blocks import blocks
from tests.reviews import create, encode, read_review

if TYPE_CHECKING:
    from app.server.health import Note
    from app.server.observer import Observer

DOCS = Path(__file__).parents[2] / "docs"
METRICS, LOGS, OPERATIONS = (DOCS / name for name in ("metrics.md", "logs.md", "operations.md"))
SCOPE: dict[str, Any] = {
    "headers": [(b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
}
NO_CERTIFICATES = Certificates(ssl.create_default_context, str, ())
NOTES: dict[str, Note] = dict.fromkeys(
    (("siblings", "served-versions", "elections", "background", "clock")), str
)
NO_RULES = RulesInForce(None, Document(), create_metrics().reloads)
REMARKS: dict[str, Any] = {"findings": (Finding("a-rule", "Warn"),), "warnings": ("look",)}
TYPES = {"info": "gauge"}
LATER = {
    "leasegate_certificate_not_after_seconds": {"certificate"},
    "leasegate_ca_bundle_verifies": {"webhook"},
    "leasegate_api_served": {"version", "judged"},
    "leasegate_election_leader": {"lease_namespace", "lease"},
    "leasegate_election_expired_seconds": {"lease_namespace", "lease"},
    "leasegate_election_conflict": {"lease_namespace", "lease"},
    "leasegate_election_asked_to_yield_timestamp_seconds": {"lease_namespace", "lease"},
    "leasegate_election_unanswered_ping_timestamp_seconds": {"lease_namespace", "lease"},
    "leasegate_election_state": {"lease_namespace", "lease", "state"},
    "leasegate_election_candidates": {"lease_namespace", "lease", "verdict"},
    "leasegate_elections_not_shown": {"state"},
}
"""Labels of what is not shown before it is known."""
SUFFIXES = {"counter": "_total", "info": "_info"}


def rows(page: Path, heading: str, number: int = 1) -> list[list[str]]:
    """Return the cells of a table below a heading, the first one by default."""
    section = "\n" + page.read_text().partition(f"## {heading}\n")[2]
    table = section.split("\n\n| ")[number]
    lines = ("| " + table).partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def tell(observer: Observer) -> None:
    """Report one of everything."""
    review = read_review(encode(create()))
    denied = Denied(
        code=422, reason="Invalid", message="no", causes=(Cause("a", "b", "c"),), **REMARKS
    )
    patched = Patched(operations=(ReplaceOperation("/spec", "x"),), defect="a defect")
    for verdict in (denied, patched, Allowed(warnings=("look",))):
        observer.decided("validate", SCOPE, review, verdict, 0.001)
    observer.oversized("validate", SCOPE, ReviewStart("admission.k8s.io/v1", "uid"), denied)
    for _ in range(30):
        observer.refused("validate", SCOPE, 400, "no")


def test_each_metric_is_explained_in_the_words_of_the_program() -> None:
    metrics = create_metrics()
    tell(metrics.observer)
    metrics.reloads.configured("")
    metrics.certificates.come_from("self")
    metrics.load.watch_connections(int, lambda: {"limit": 0})
    metrics.background.expect(["siblings"])
    metrics.background.watch_siblings(CandidateCache())
    metrics.elections.watch(ElectionSamples, float)
    found = {}
    for metric in metrics.registry.collect():
        if metric.name.startswith("leasegate_"):
            labels = {label for sample in metric.samples for label in sample.labels} - {"le"}
            labels |= LATER.get(metric.name, set())
            found[f"`{metric.name}{SUFFIXES.get(metric.type, '')}`"] = (
                TYPES.get(metric.type, metric.type),
                labels,
                metric.documentation,
            )
    explained = {
        name: (kind, set(filter(None, labels.split(", "))), meaning)
        for name, kind, labels, meaning in rows(METRICS, "What there is")
    }
    assert explained == found


def test_it_is_said_of_each_metric_what_to_do() -> None:
    known = {name for name, *_ in rows(METRICS, "What there is")}
    watched = {name for name, *_ in rows(OPERATIONS, "What to watch") if name}
    assert watched == known | {"`process_resident_memory_bytes`"}


def test_each_readiness_check_is_explained() -> None:
    readiness = checks(Lifecycle(), NO_CERTIFICATES, NO_RULES, NOTES)
    explained = [name for name, *_ in rows(OPERATIONS, "Probes", 2)]
    assert explained == [f"`{name}`" for name, _ in readiness.results()]


def test_the_limits_that_are_told_are_those_of_the_program() -> None:
    told = {what: limit for what, limit, _ in rows(OPERATIONS, "Limits")}
    connections, reviews, shutdown = ConnectionLimits(), ReviewLimits(), ShutdownSettings()
    assert f"{MARGIN_SECONDS:g} s (less a fifth" in told["time for an answer"]
    assert pytest.approx(1 / 5) == MARGIN_SHARE
    assert f"`--answer-seconds` ({reviews.seconds:g})" in told["time for an answer"]
    assert told["TLS handshake, header of a request"] == (
        f"{connections.handshake_seconds:g} s, {connections.header_seconds:g} s"
    )
    assert f"{reviews.body_seconds:g} s each" in told["body: its first 64 KiB, the rest"]
    assert f"({reviews.body_bytes // 2**20} MiB)" in told["size of a body"]
    assert told["commas and brackets of a body"] == f"{reviews.body_values:,}"
    memory = told["all bodies together while they are read"]
    assert f"({reviews.memory_bytes // 2**20} MiB)" in memory
    whole = told["a whole request and its answer, until the client has taken it"]
    assert whole == f"{connections.request_seconds:g} s"
    every_byte = told["every byte of a request: header, body, framing, trailer"]
    assert every_byte == f"{connections.request_bytes // 2**20} MiB"
    unread = told["answers of all connections that clients do not read"]
    assert unread == f"{connections.unread_bytes // 2**20} MiB"
    assert f"({connections.connections})" in told["connections"]
    assert told["an idle connection"].startswith(f"{connections.idle_seconds:g} s")
    assert told["header, and the trailer with it"] == (
        f"{connections.header_bytes // 1024} KiB, {connections.header_fields} fields"
    )
    operations = told["the operations port"]
    assert operations.startswith(f"{OPERATIONS_LIMITS.connections} connections")
    assert f"{OPERATIONS_LIMITS.request_bytes // 1024} KiB for a request" in operations
    phases = rows(OPERATIONS, "A replica ends")
    assert f"({shutdown.drain_seconds:g})" in phases[1][0]
    assert f"{shutdown.shutdown_seconds:g} s later" in phases[2][0]


def test_the_alerts_are_those_of_the_chart_on_both_pages() -> None:
    pages = generated_pages()
    assert pages.keys() == {METRICS, OPERATIONS}
    for page, text in pages.items():
        assert page.read_text() == text, f"{page.name}: run `make docs`"


def test_every_alert_asks_for_metrics_that_exist_and_says_what_to_do() -> None:
    known = {name.strip("`") for name, *_ in rows(METRICS, "What there is")}
    alerts = rows(METRICS, "What to watch")
    asked = {name for *_, expression in alerts for name in re.findall(r"leasegate_\w+", expression)}
    assert {re.sub("_bucket$", "", name) for name in asked} <= known
    told = rows(OPERATIONS, "Alerts")
    assert [name for name, *_ in told] == [name for name, *_ in alerts]
    assert "`LeasegateNotReady`" in [name for name, *_ in told]
    for _, meaning, what_to_do in told:
        assert meaning.endswith(".")
        assert what_to_do.endswith(".")
        assert "{{" not in what_to_do


def test_each_field_of_a_record_is_explained() -> None:
    now = iter(range(0, 1000, 1))
    ticks = [0.0] * 29 + [5.0]
    with capture_logs() as records:
        tell(DecisionLog(lambda: ticks[min(next(now), 29)]))
    found = {key for record in records for key in record} - {"log_level"}
    explained = {
        name
        for names, _ in rows(LOGS, "What stands in them")
        for name in re.findall(r"`(\w+)`", names)
    }
    assert found | {"timestamp", "level", "logger", "exception"} == explained


def test_the_record_that_is_shown_has_the_fields_of_a_real_one() -> None:
    [block] = [block for block in blocks(LOGS, "logs.md") if block.language == "json"]
    shown = json.loads(block.text)
    denied = Denied(
        code=422,
        reason="Invalid",
        message="no",
        causes=(Cause("FieldValueInvalid", "spec.leaseName", "no"),),
        findings=(Finding("lease-name-immutable", "Deny"),),
    )
    with capture_logs() as records:
        DecisionLog(lambda: 0.0).decided(
            "validate", SCOPE, read_review(encode(create())), denied, 0.000684
        )
    [record] = records
    assert list(shown) == [*(key for key in record if key != "log_level"), "level", "timestamp"]
    for key in ("webhook", "resource", "milliseconds", "violations", "causes", "trace_id"):
        assert shown[key] == record[key]


@pytest.mark.parametrize("page", [METRICS, LOGS, OPERATIONS], ids=lambda page: page.name)
def test_the_index_knows_the_page(page: Path) -> None:
    assert f"({page.name})" in (DOCS / "README.md").read_text()
