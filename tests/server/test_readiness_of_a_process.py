"""That a process is ready when it can serve, and only then."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cli.processes import run
from tests.http.test_connection import BODY, JSON, UID, answered_uid, request
from tests.pki.mounted_secret import Issuer, MountedSecret
from tests.server.replica import PATIENCE, replica
from tests.server.running import Certificates, RunningServer

if TYPE_CHECKING:
    from pathlib import Path


NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ISSUER = Issuer.make()


@pytest.fixture
def mounted(tmp_path: Path) -> tuple[MountedSecret, Certificates]:
    secret = MountedSecret(tmp_path / "tls")
    certificate, key, ca = (secret.folder / name for name in ("tls.crt", "tls.key", "ca.crt"))
    return secret, Certificates(ca, certificate, key)


def test_a_process_waits_for_a_certificate_that_can_be_served(
    mounted: tuple[MountedSecret, Certificates], tmp_path: Path
) -> None:
    secret, files = mounted
    secret.put(ISSUER.secret(ISSUER.issue(now=NOW - 3 * DAY)))
    flags = ("--certificates-poll-seconds=0.1", "--drain-seconds=0")
    with replica(files, tmp_path / "log", *flags, ready=False) as process:
        assert "expired at" in process.operations("/readyz")
        assert "leasegate_ready 0.0" in process.operations("/metrics")
        secret.put(ISSUER.secret(ISSUER.issue()))
        process.wait_until("/readyz")
        failing = 'leasegate_last_reload_successful{what="certificates"} 0.0'
        deadline = time.monotonic() + PATIENCE
        while failing in process.operations("/metrics"):
            assert time.monotonic() < deadline, "it still fails"
        with RunningServer(process.port, files.ca).connect() as connection:
            connection.sendall(request(*JSON) + BODY)
            assert answered_uid(connection) == UID
        process.terminate()
        assert process.wait() == 0


def test_without_a_good_configuration_a_process_ends_with_one_sentence(tmp_path: Path) -> None:
    configuration = tmp_path / "config.yaml"
    configuration.write_text("rules: {profile: nonsense}")
    done = run("serve", "--dev", f"--config={configuration}", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "profile" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_process_that_starts_with_rules_of_another_version_serves_by_those_it_knows(
    certificates: Certificates, tmp_path: Path
) -> None:
    configuration = tmp_path / "config.yaml"
    configuration.write_text("rules: {actions: {lease-on-a-monday: Deny}}")
    with replica(certificates, tmp_path / "log", f"--config={configuration}") as process:
        readiness = process.operations("/readyz?verbose")
        assert "there is no rule 'lease-on-a-monday'" in readiness
        failing = 'leasegate_last_reload_successful{what="rules"} 0.0'
        assert failing in process.operations("/metrics")
        log = (tmp_path / "log").read_text()
        assert "rules.actions.lease-on-a-monday" in log
        with RunningServer(process.port, certificates.ca).connect() as connection:
            connection.sendall(request(*JSON) + BODY)
            assert answered_uid(connection) == UID
    done = run("config", f"--config={configuration}", folder=tmp_path)
    assert done.returncode == 2
    assert "there is no rule 'lease-on-a-monday'" in done.stderr
