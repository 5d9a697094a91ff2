"""`leasegate serve --traces` sends spans to a collector."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from typing_extensions import override

from tests.cli.processes import PATIENCE, ROOT, serving
from tests.reviews import create, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.covers_processes

DIRECT = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP over HTTP, as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[ExportTraceServiceRequest] = []

    @property
    def environment(self) -> dict[str, str]:
        return DIRECT | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.server_port}"}


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.path == "/v1/traces"
        self.server.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@contextmanager
def collector() -> Iterator[Collector]:
    """Run a collector until the block ends."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def post(url: str, folder: Path) -> httpx2.Response:
    context = ssl.create_default_context(cafile=folder / "certs" / "ca.crt")
    headers = {"content-type": "application/json", "traceparent": f"00-{TRACE}-{SPAN}-01"}
    with httpx2.Client(verify=context, timeout=PATIENCE) as client:
        return client.post(f"{url}/mutate", content=encode(create()), headers=headers)


def test_a_review_is_a_span_of_the_callers_trace(tmp_path: Path) -> None:
    with (
        collector() as receiver,
        serving("--traces", folder=tmp_path, environment=receiver.environment) as server,
    ):
        assert post(server.url, tmp_path).status_code == 200
        code, _, errors = server.stop(signal.SIGTERM)
    assert code == 0
    assert "error" not in errors
    [request] = receiver.received
    [resource] = request.resource_spans
    described = {item.key: item.value.string_value for item in resource.resource.attributes}
    assert described["service.name"] == "leasegate"
    [span] = resource.scope_spans[0].spans
    assert (span.name, span.trace_id.hex(), span.parent_span_id.hex()) == (
        "POST /mutate",
        TRACE,
        SPAN,
    )


def test_a_collector_that_is_away_holds_up_nobody(tmp_path: Path) -> None:
    # It would be tried again for two minutes.
    environment = DIRECT | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "120",
    }
    with serving("--traces", folder=tmp_path, environment=environment) as server:
        assert post(server.url, tmp_path).status_code == 200
        code, _, _ = server.stop(signal.SIGTERM)
    assert code == 0


def test_without_the_flag_nothing_is_sent(tmp_path: Path) -> None:
    with (
        collector() as receiver,
        serving(folder=tmp_path, environment=receiver.environment) as server,
    ):
        assert post(server.url, tmp_path).status_code == 200
        server.stop(signal.SIGTERM)
    assert receiver.received == []


def test_without_the_extra_the_flag_is_one_clear_line(tmp_path: Path) -> None:
    # A package that cannot be imported is as good as one that is not installed.
    hidden = "import sys; sys.modules['opentelemetry.sdk.resources'] = None; import app.__main__"
    done = subprocess.run(
        [
            *(sys.executable, "-c", f"{hidden}; app.__main__.main()"),
            *("serve", "--dev", "--traces", "--port", "0", "--operations-port", "0"),
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "Error: traces need packages that are not there; "
        "install leasegate[otel], or leave --traces out\n"
    )
