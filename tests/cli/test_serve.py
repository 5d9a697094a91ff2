"""`leasegate serve` as a process: what `make run` does."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import app
from tests.cli.processes import PATIENCE, ROOT, Serving, run, serving
from tests.cli.test_log import LIFE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.covers_processes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder like a fresh checkout: examples, and no certificates yet."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def curl(serving: Serving, folder: Path, *more: str) -> str:
    """Run the printed line."""
    return subprocess.run(
        [*shlex.split(serving.curl), "--silent", "--show-error", *more],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    ).stdout


def test_dev_prints_an_address_and_a_curl_line_that_works(folder: Path) -> None:
    with serving(folder=folder) as server:
        assert server.url.startswith("https://127.0.0.1:")
        answer = json.loads(curl(server, folder))
        assert answer["kind"] == "AdmissionReview"
        assert answer["response"]["allowed"] is False
        assert "field is immutable" in answer["response"]["status"]["message"]
        code, output, errors = server.stop(signal.SIGTERM)
    assert (code, output) == (0, "")
    assert "Traceback" not in errors
    assert "denied" in errors


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_in_good_order_is_exit_code_0_and_a_line_for_each_step(
    folder: Path, stop: signal.Signals
) -> None:
    with serving(folder=folder) as server:
        code, output, errors = server.stop(stop)
    assert (code, output) == (0, "")
    lines = errors.splitlines()
    assert all(event in line for event, line in zip(LIFE, lines, strict=True))


def test_a_stop_before_it_serves_ends_it_as_a_shell_says() -> None:
    program = (
        "import os, signal; from types import SimpleNamespace; from app.serve import assemble;"
        "assemble.configure_logging = lambda *_: os.kill(os.getpid(), signal.SIGTERM);"
        "assemble.run_server(SimpleNamespace(log_format=None, log_level=None), None, None)"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=PATIENCE, check=False)
    # Not -15, the kernel's own action, which the first process of a container does not have.
    assert done.returncode == 128 + signal.SIGTERM


def test_a_second_start_keeps_the_certificates(folder: Path) -> None:
    with serving(folder=folder) as server:
        before = (folder / "certs" / "tls.crt").read_bytes()
        server.stop(signal.SIGTERM)
    with serving(folder=folder) as server:
        assert json.loads(curl(server, folder))["kind"] == "AdmissionReview"
    assert (folder / "certs" / "tls.crt").read_bytes() == before


def test_the_environment_is_read_and_json_logs_are_one_object_a_line(folder: Path) -> None:
    environment = {
        "LEASEGATE_LOG_FORMAT": "json",
        "LEASEGATE_CERTIFICATES_FOLDER": "elsewhere",
        "LEASEGATE_BODY_LIMIT": "1024",
    }
    with serving(folder=folder, environment=environment) as server:
        assert "elsewhere/ca.crt" in server.curl
        answer = json.loads(curl(server, folder))
        assert answer["response"]["status"]["reason"] == "RequestEntityTooLarge"
        _, _, errors = server.stop(signal.SIGTERM)
    records = [json.loads(line) for line in errors.splitlines()]
    assert [record["event"] for record in records] == ["denied", *LIFE]
    assert records[0]["oversized"] is True
    assert records[0]["uid"] == answer["response"]["uid"]


def test_it_serves_on_ipv6_too(folder: Path) -> None:
    with serving("--host", "::1", folder=folder) as server:
        assert server.url.startswith("https://[::1]:")
        assert json.loads(curl(server, folder, "-6"))["kind"] == "AdmissionReview"


def test_the_documentation_page_is_there_in_development_only(folder: Path) -> None:
    with serving(folder=folder) as server:
        page = subprocess.run(
            ["curl", "--silent", "--cacert", "certs/ca.crt", f"{server.url}/docs"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert "swagger" in page.stdout.lower()


def test_python_m_app_is_the_same_program(tmp_path: Path) -> None:
    done = run("version", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"leasegate {app.__version__} ")
    helped = run("--help", folder=tmp_path)
    assert helped.stdout.startswith("Usage: leasegate ")


def test_files_that_are_missing_end_a_process_with_one_line(tmp_path: Path) -> None:
    done = run("serve", folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param(
            ["--client-ca-file=ca.crt"],
            "a CA may vouch for many; say with --client-name who of them may call.",
            id="nobody may call",
        ),
        pytest.param(
            ["--client-name=kube-apiserver"],
            "--client-name is looked for in certificates; give --client-ca-file.",
            id="no CA that vouches for a name",
        ),
        pytest.param(
            ["--client-ca-file=missing.crt", "--client-name=kube-apiserver"],
            "missing.crt does not exist",
            id="a CA file that is not there",
        ),
        pytest.param(
            ["--tls-min-version=VersionTLS11"],
            "'VersionTLS11' is not one of 'VersionTLS12', 'VersionTLS13'.",
            id="a version of TLS that is too old",
        ),
    ],
)
def test_who_may_call_is_said_whole_or_not_at_all(
    flags: list[str], message: str, tmp_path: Path
) -> None:
    done = run("serve", "--dev", *flags, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_tls_1_3_alone_can_be_asked_for(folder: Path) -> None:
    configuration = folder / "config.yaml"
    configuration.write_text("process: {tlsMinVersion: VersionTLS13}")
    with serving(f"--config={configuration}", folder=folder) as server:
        assert json.loads(curl(server, folder))["kind"] == "AdmissionReview"
        with pytest.raises(subprocess.CalledProcessError):
            curl(server, folder, "--tls-max", "1.2")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param(
            ["--namespace=x"],
            "Error: self-managed certificates are kept in a cluster, and there is none; "
            "give --kubeconfig, or --certificates files\n",
            id="no cluster",
        ),
        pytest.param([], "Error: this is no pod, so --namespace must be given.\n", id="no pod"),
        pytest.param(
            ["--namespace=x", "--leaf-lifetime-seconds=40000000"],
            "Error: a leaf and twice the look-ahead must be shorter than the lifetime of a CA",
            id="a leaf that outlives its CA",
        ),
        pytest.param(
            ["--namespace=x", "--secret-name=../y"],
            "'../y' is not the name of a Kubernetes object.",
            id="a name that is a path",
        ),
        pytest.param(
            ["--namespace=x", "--ca-lifetime-seconds=nan"],
            "Error: lifetimes must be above 0 seconds",
            id="a lifetime that is no number",
        ),
    ],
)
def test_self_managed_certificates_that_cannot_be_are_refused_in_one_sentence(
    flags: list[str], message: str, tmp_path: Path
) -> None:
    done = run("serve", "--certificates=self", *flags, folder=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
