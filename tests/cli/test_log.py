"""What the serving process writes to standard error."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

from devtools.controlplane.ports import Endpoint
from tests.cli.processes import PATIENCE, ROOT, run, serving
from tests.reviews import create, encode, update

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.processes import Serving
    from tests.reviews import Json

JSON = {"content-type": "application/json"}
TRACE = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
LIFE = ["asked to end", "draining", "ended"]
DENIED = update({"leaseName": "another"})


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "certs" / "ca.crt")


def client(server: Serving, folder: Path) -> httpx2.Client:
    return httpx2.Client(base_url=server.url, verify=trusting(folder), timeout=PATIENCE)


def post(server: Serving, folder: Path, review: Json, **headers: str) -> httpx2.Response:
    with client(server, folder) as session:
        return session.post("/validate", content=encode(review), headers=JSON | headers)


def records(errors: str) -> list[dict[str, object]]:
    """Return what was written about reviews, not about the life of the process."""
    found = [json.loads(line) for line in errors.splitlines()]
    return [record for record in found if record["event"] not in LIFE]


def test_a_denial_is_one_record_with_its_trace(tmp_path: Path) -> None:
    with serving("--log-format", "json", folder=tmp_path) as server:
        answer = post(server, tmp_path, DENIED, **TRACE)
        with client(server, tmp_path) as session:
            session.post("/mutate", content=encode(create()), headers=JSON).raise_for_status()
        _, _, errors = server.stop(signal.SIGTERM)
    [record] = records(errors)
    assert record["event"] == "denied"
    assert record["uid"] == answer.json()["response"]["uid"]
    assert record["violations"] == ["lease-name-immutable=Deny"]
    assert record["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert 0 < float(str(record["milliseconds"])) < PATIENCE * 1000


def test_objects_and_certificates_are_never_written(tmp_path: Path) -> None:
    review = update({"leaseName": "another", "emulationVersion": "v1.31.0"})
    for candidate in (review["request"]["object"], review["request"]["oldObject"]):
        candidate["metadata"]["annotations"] = {"example.com/note": "SECRET-annotation"}
        candidate["metadata"]["labels"] = {"note": "SECRET label"}
        candidate["spec"]["unknown"] = "SECRET-field"
    with serving("--log-format", "json", "--log-level", "debug", folder=tmp_path) as server:
        assert not post(server, tmp_path, review).json()["response"]["allowed"]
        with client(server, tmp_path) as session:
            session.post("/mutate", content=encode(review), headers=JSON)
            session.post("/validate", content=encode(review)[:-9], headers=JSON)
        _, _, errors = server.stop(signal.SIGTERM)
    assert [record["event"] for record in records(errors) if "webhook" in record] == [
        "denied",
        "patched",
        "refused",
    ]
    assert "SECRET" not in errors
    assert "BEGIN" not in errors


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        pytest.param((), 0, id="not by default"),
        pytest.param(("--log-allows", "4"), 2, id="sampled"),
        pytest.param(("--log-level", "debug"), 10, id="all of them with debug"),
    ],
)
def test_plain_allows_are_written(arguments: tuple[str, ...], written: int, tmp_path: Path) -> None:
    with serving("--log-format", "json", *arguments, folder=tmp_path) as server:
        with client(server, tmp_path) as session:
            for _ in range(10):
                review = encode(create())
                session.post("/mutate", content=review, headers=JSON).raise_for_status()
        _, _, errors = server.stop(signal.SIGTERM)
    assert len([record for record in records(errors) if record["event"] == "allowed"]) == written


def test_text_holds_no_line_that_a_client_made_up(tmp_path: Path) -> None:
    user = "eve\n2026-01-01T00:00:00Z [info     ] allowed  user=admin\x1b[2J"
    review = update({"leaseName": "another"}, userInfo={"username": user}, name="a\rb")
    with serving(folder=tmp_path) as server:
        post(server, tmp_path, review)
        _, _, errors = server.stop(signal.SIGTERM)
    line, *rest = errors.splitlines()
    assert len(rest) == len(LIFE)
    assert re.match(r"\S+Z \[info     \] denied ", line)
    assert line.isprintable()


FAILING_SERVER = """
import pathlib
from app.log import LogFormat, configure_logging
from tests.server.running import make_certificates, running

async def fail(scope, receive, send):
    raise ZeroDivisionError("our mistake")

configure_logging(LogFormat.JSON)
with running(fail, make_certificates(pathlib.Path())) as server, server.client() as client:
    print(client.get("/").status_code)
"""


def test_an_application_that_fails_is_recorded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILING_SERVER],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout == "500\n"
    failed = "the application failed on a request"
    [record] = [found for found in records(done.stderr) if found["event"] == failed]
    assert record["level"] == "error"
    assert "ZeroDivisionError: our mistake" in str(record["exception"])


def test_every_review_is_answered_while_nobody_reads_the_log(tmp_path: Path) -> None:
    denied = encode(DENIED)
    with serving("--log-format", "json", folder=tmp_path) as server:
        with client(server, tmp_path) as session:
            for _ in range(300):
                answer = session.post("/validate", content=denied, headers=JSON)
                assert answer.json()["response"]["allowed"] is False
        _, _, errors = server.stop(signal.SIGTERM)
    # A pipe holds 64 KiB: the server went on when that was full, and lost nothing.
    assert len(errors) > 64 * 1024
    assert len(records(errors)) == 300


@pytest.mark.timeout(900)
def test_records_that_nobody_reads_are_dropped_in_the_end_and_counted(tmp_path: Path) -> None:
    operations = Endpoint.free("127.0.0.1")
    flags = ("--log-format", "json", "--operations-port", str(operations.port))
    with serving(*flags, folder=tmp_path) as server, client(server, tmp_path) as session:
        # What fits into the pipe, then what waits, are some 1,200 records.
        for _ in range(1500):
            answer = session.post("/validate", content=encode(DENIED), headers=JSON)
            assert answer.status_code == 200
        metrics = httpx2.get(operations.url("http") + "/metrics").text
        server.stop(signal.SIGTERM)
    found = re.search(r"^leasegate_log_records_dropped_total (\S+)$", metrics, re.MULTILINE)
    assert found is not None
    assert float(found[1]) > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_start_signal_drain_and_end_are_one_line_each_all_of_them_json(
    tmp_path: Path, number: signal.Signals
) -> None:
    with serving("--log-format", "json", folder=tmp_path) as server:
        code, output, errors = server.stop(number)
    assert (code, output) == (0, "")
    found = [json.loads(line) for line in errors.splitlines()]
    assert [record["event"] for record in found] == LIFE
    assert found[0]["by"] == number.name
    assert found[1]["seconds"] == 0
    assert all(record["level"] == "info" and record["timestamp"] for record in found)


def test_what_keeps_it_from_starting_is_json_too(tmp_path: Path) -> None:
    done = run("serve", "--tls-cert-file=gone", "--log-format=json", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    record = json.loads(done.stderr)
    assert (record["event"], record["level"]) == ("cannot serve", "error")
    assert "gone" in record["problem"]
