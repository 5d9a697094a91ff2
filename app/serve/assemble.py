"""Putting the server together from its settings: what `serve` does once its flags are read."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click
import structlog

from app.admission.status import status_body
from app.errors import LeasegateError
from app.http.answer import Refusals
from app.http.listener import bind
from app.http.server import HttpServer
from app.log import LogFormat, configure_logging
from app.serve.certificates import open_certificates
from app.serve.cluster import follow_cluster
from app.serve.settings import CertificateMode
from app.serve.supervisor import Supervisor
from app.server.application import create_application
from app.server.body import BodyReader
from app.server.decision_log import DecisionLog
from app.server.health import Readiness
from app.server.lifecycle import Lifecycle, end_at_once_on_sigterm
from app.server.limits import OPERATIONS
from app.server.metrics import metrics_route
from app.server.observer import Observers
from app.server.operations import create_operations
from app.server.run import Server
from app.server.tracing import open_tracing
from app.webhooks import ServerClock, ValidatingHook, mutate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.configuration import RulesInForce
    from app.log import RecordWriter
    from app.serve.certificates import Certificates
    from app.serve.settings import ServeSettings
    from app.server.health import Note
    from app.server.metrics import Metrics

_RELOAD_SECONDS: Final = 5.0

_logger = structlog.stdlib.get_logger(__name__)


def run_server(settings: ServeSettings, rules: RulesInForce, metrics: Metrics) -> None:
    """Serve until a signal ends it; LeasegateError where it cannot start.

    With the log format `json` the error is logged, and SystemExit is raised instead.
    """
    end_at_once_on_sigterm()
    writer = configure_logging(settings.log_format, settings.log_level)
    try:
        _run(settings, rules, metrics, writer)
    except LeasegateError as error:
        if settings.log_format is not LogFormat.JSON:
            raise
        _logger.error("cannot serve", problem=str(error))  # noqa: TRY400  a sentence says it all
        raise SystemExit(2) from None


def _run(
    settings: ServeSettings, rules: RulesInForce, metrics: Metrics, writer: RecordWriter
) -> None:
    rules.begin()
    clock = ServerClock(lambda: settings.now or datetime.now(UTC))
    certificates = open_certificates(settings, metrics, clock)
    tracing = open_tracing() if settings.traces else None
    listener = bind(settings.host, settings.port)
    operations = bind(settings.operations_host, settings.operations_port, "operations-")
    if settings.certificates is not CertificateMode.DEV:
        _logger.info("certificates", mode=settings.certificates.value, detail=certificates.note())
    port: int = listener.getsockname()[1]

    cluster = follow_cluster(
        settings.kubeconfig,
        clock,
        rules,
        metrics.served.observe,
        watch_leases=settings.watch_leases,
    )
    validate = ValidatingHook(
        rules.current,
        clock,
        cluster.siblings,
        confidential=settings.connections.callers is None,
    )

    supervisor = Supervisor(metrics.background.failed)
    if cluster.cache is not None:
        metrics.background.watch_siblings(cluster.cache)
    elections = cluster.elections
    if elections is not None:
        metrics.elections.watch(elections.samples, lambda: elections.heard)
    lifecycle = Lifecycle()
    notes = {
        "siblings": cluster.note,
        "served-versions": cluster.served,
        "elections": cluster.elections_note,
        "background": supervisor.note,
        "clock": clock.note,
    }
    readiness = checks(lifecycle, certificates, rules, notes)
    metrics.load.watch_ready(readiness.passes)
    metrics.load.watch_clock(lambda: clock.api_offset)
    metrics.load.watch_dropped_records(lambda: writer.dropped)
    bodies = BodyReader(settings.reviews)
    metrics.load.watch_in_flight(lambda: len(bodies))
    observer = Observers(metrics.observer, DecisionLog(time.monotonic, allows=settings.log_allows))
    application = create_application(
        {"validate": validate, "mutate": mutate},
        observer,
        bodies,
        documentation=settings.documentation,
        tracer_provider=tracing.provider if tracing else None,
    )
    limits = settings.connections
    admission = HttpServer(
        application,
        listener,
        limits,
        Refusals(status_body, lambda code, message: observer.refused("", {}, code, message)),
        certificates.context,
    )
    metrics.load.watch_connections(lambda: admission.connections, lambda: admission.dropped)
    background = [
        ("configuration", lambda: rules.reloader.keep_fresh(_RELOAD_SECONDS)),
        *(("siblings", work) for work in cluster.background),
        *([("leases", elections.watch.run), ("elections", elections.judge)] if elections else []),
        *(("certificates", one.run) for one in certificates.watched),
    ]
    metrics.background.expect(name for name, _ in background)
    Server(
        admission=admission,
        operations=HttpServer(
            create_operations(readiness, [metrics_route(metrics.registry)]),
            operations,
            OPERATIONS,
            Refusals(status_body),
        ),
        lifecycle=lifecycle,
        shutdown=settings.shutdown,
        on_started=lambda: _announce(settings, port, certificates.ca_certificate),
        background=[supervisor.keep(name, work) for name, work in background],
    ).run()
    if tracing is not None:
        tracing.close()


def checks(
    lifecycle: Lifecycle,
    certificates: Certificates,
    rules: RulesInForce,
    notes: Mapping[str, Note],
) -> Readiness:
    """Return the checks of /readyz.

    Only what another replica may do better makes this one unready. All else is a note: a bad new
    configuration, which leaves the last good one in force, unknown siblings, failed background work
    and a wrong clock. All replicas would have the same problem, and none would be left.
    """
    readiness = Readiness()
    readiness.add("listening", lifecycle.not_listening)
    readiness.add("shutdown", lifecycle.shutting_down)
    readiness.add("certificate", certificates.problem, certificates.note)
    readiness.add_note("configuration", lambda: rules.reloader.problem)
    for name, note in notes.items():
        readiness.add_note(name, note)
    return readiness


def _announce(settings: ServeSettings, port: int, ca_certificate: Path | None) -> None:
    """Print the address, and for a development server a line to try it with.

    Where all lines are JSON, this is one too, with the fields that a record has.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    said = {"url": f"https://{host}:{port}"}
    if ca_certificate is not None:
        said["try"] = (
            f"curl --cacert {ca_certificate} -H 'Content-Type: application/json' "
            "-d @examples/reviews/update-changes-lease-name.json "
            f"https://localhost:{port}/validate"
        )
    if settings.log_format is LogFormat.JSON:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        click.echo(json.dumps({**said, "event": "serving", "level": "info", "timestamp": now}))
        return
    click.echo(f"leasegate serves {said['url']}")
    if "try" in said:
        click.echo(f"Try: {said['try']}")
