"""OpenTelemetry traces, where they are switched on: a span for each request, sent by OTLP.

The packages are the extra `otel`. What is sent where is set in OpenTelemetry's own environment
variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, ...).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import app
from app.errors import LeasegateError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


class TracingError(LeasegateError):
    """Traces that cannot be made: one sentence that says what to do."""


class Tracing:
    """Makes spans; a thread of its own sends them, so no review waits for that."""

    def __init__(self, provider: TracerProvider) -> None:
        self.provider = provider

    def close(self, seconds: float = 2.0) -> None:
        """Send what is left, for at most so many seconds: the collector may be away."""
        last = threading.Thread(target=self.provider.shutdown, daemon=True)
        last.start()
        last.join(seconds)


def open_tracing() -> Tracing:
    """Start to make spans; TracingError where the packages are not there."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise TracingError(
            "traces need packages that are not there; "
            "install leasegate[otel], or leave --traces out"
        ) from None
    resource = Resource.create({"service.name": "leasegate", "service.version": app.__version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)
