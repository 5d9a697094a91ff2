"""What `leasegate serve` refuses at its start, and which of flag and environment counts."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import run, serve, write_pair

if TYPE_CHECKING:
    from pathlib import Path


def test_serve_refuses_a_certificate_and_a_key_that_do_not_match(tmp_path: Path) -> None:
    certificate, _ = write_pair(tmp_path / "one")
    _, key = write_pair(tmp_path / "two")
    result = serve("--tls-cert-file", str(certificate), "--tls-private-key-file", str(key))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "match" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", ""),
        (b"no key at all", ""),
        (b"\xff\xfe\x00", ""),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ""),
    ],
    ids=["missing", "empty", "text", "bytes", "a key that is none"],
)
def test_serve_refuses_a_key_file_that_holds_no_key(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    certificate, key = write_pair(tmp_path / "certs")
    key.unlink()
    if content is not None:
        key.write_bytes(content)
    result = serve("--tls-cert-file", str(certificate), "--tls-private-key-file", str(key))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert str(key) in result.stderr
    assert said in result.stderr


def test_serve_takes_its_settings_from_the_environment(tmp_path: Path) -> None:
    result = serve(
        LEASEGATE_TLS_CERT_FILE=str(tmp_path / "here.crt"),
        LEASEGATE_TLS_PRIVATE_KEY_FILE=str(tmp_path / "here.key"),
    )
    assert result.returncode == 2
    assert str(tmp_path / "here.crt") in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEASEGATE_PORT", "eighty"),
        ("LEASEGATE_LOG_FORMAT", "xml"),
        ("LEASEGATE_BODY_LIMIT", "lots"),
        ("LEASEGATE_CERTIFICATES", "magic"),
        ("LEASEGATE_DEV", "perhaps"),
    ],
)
def test_a_bad_value_in_the_environment_is_bad_usage(name: str, value: str) -> None:
    result = run("serve", **{name: value})
    assert result.exit_code == 2
    assert value in result.stderr
    assert "Traceback" not in result.stderr


def test_a_flag_wins_over_the_environment(tmp_path: Path) -> None:
    result = serve(
        "--tls-cert-file",
        str(tmp_path / "flag.crt"),
        LEASEGATE_TLS_CERT_FILE=str(tmp_path / "environment.crt"),
    )
    assert "flag.crt" in result.stderr
    assert "environment.crt" not in result.stderr


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        result = serve("--dev", "--port", port, "--certificates-folder", str(tmp_path))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert port in result.stderr
    assert "in use" in result.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "x" * 300, "\N{SNOWMAN}"])
def test_a_host_that_is_not_this_machine_is_one_clear_line(tmp_path: Path, host: str) -> None:
    result = serve("--dev", "--host", host, "--certificates-folder", str(tmp_path))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "--host" in result.stderr
