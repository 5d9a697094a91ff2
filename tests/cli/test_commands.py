"""Commands in this process, by click's own runner."""

from __future__ import annotations

import gc
import json
import os
import platform
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner, Result

import app
from app.cli.main import leasegate
from app.leasecandidate.json_schema import manifest_schema
from tests.cli import processes
from tests.conftest import ROOT
from tests.pki.issued import read_key_pair

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(leasegate, arguments, env=dict(environment), prog_name="leasegate")


def serve(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the server in a process of its own, since it sets up the logging of its process."""
    return processes.run("serve", *arguments, folder=ROOT, environment=dict(environment))


def test_help_lists_every_command() -> None:
    for flag in ("-h", "--help"):
        result = run(flag)
        assert result.exit_code == 0
        listed = result.output.partition("Commands:")[2]
        assert {line.split()[0] for line in listed.splitlines() if line.strip()} >= {
            "certs",
            "policy",
            "schema",
            "serve",
            "version",
        }


@pytest.mark.parametrize(
    "command", [("serve",), ("schema",), ("policy",), ("version",), ("certs",), ("certs", "dev")]
)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: leasegate {' '.join(command)}")


def test_help_says_of_each_command_what_the_command_says_of_itself_and_imports_none() -> None:
    done = processes.run("--help", folder=ROOT)
    for name in leasegate.list_commands(click.Context(leasegate)):
        assert f"  {name} " in done.stdout
    code = (
        "import sys; from app.cli.main import leasegate; leasegate(['-h'], standalone_mode=False)"
    )
    imported = subprocess.run(
        [sys.executable, "-c", f"{code}; print([m for m in sys.modules if 'pydantic' in m])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout.splitlines()[-1] == "[]"


def test_the_version_is_a_flag_too() -> None:
    assert run("--version").output == run("version").output


def test_serve_without_flags_says_how_to_try_it(tmp_path: Path) -> None:
    result = processes.run("serve", folder=tmp_path)
    assert result.returncode == 2
    assert "--dev to try it on this machine" in result.stderr


@pytest.mark.parametrize("name", sorted(leasegate.list_commands(click.Context(leasegate))))
def test_choices_and_defaults_are_in_one_case(name: str) -> None:
    command = leasegate.get_command(click.Context(leasegate), name)
    assert command is not None
    context = click.Context(command, info_name=name)
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice) and isinstance(parameter, click.Option):
            words = str(parameter.make_metavar(context)).strip("[]").split("|")
            default = parameter.get_help_extra(context).get("default")
            assert default is None or parameter.multiple or default in words, parameter.name


@pytest.mark.usefixtures("unfrozen")
def test_what_a_command_imports_is_never_looked_through_for_garbage() -> None:
    assert run("version").exit_code == 0
    assert gc.get_freeze_count() > 0
    assert gc.isenabled()


@pytest.mark.usefixtures("unfrozen")
def test_a_command_that_cannot_be_imported_leaves_the_collector_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "app.cli.version", None)
    assert isinstance(run("version").exception, ImportError)
    assert gc.isenabled()


def test_version_names_leasegate_and_python() -> None:
    result = run("version")
    assert result.exit_code == 0
    assert result.output == f"leasegate {app.__version__} (Python {platform.python_version()})\n"


def test_schema_prints_the_json_schema_of_a_candidate() -> None:
    result = run("schema")
    assert result.exit_code == 0
    schema = json.loads(result.output)
    assert schema == manifest_schema()
    assert set(schema["$defs"]["LeaseCandidateSpec"]["properties"]) == {
        "binaryVersion",
        "emulationVersion",
        "leaseName",
        "pingTime",
        "renewTime",
        "strategy",
    }


BAD_USAGE = [
    (("nonsense",), "No such command 'nonsense'"),
    (("version", "--nonsense"), "--nonsense"),
    (("version", "extra"), "unexpected extra argument"),
    (("certs", "nonsense"), "No such command 'nonsense'"),
    (("certs", "dev", "--folder"), "--folder"),
    (("serve", "--nonsense"), "--nonsense"),
    (("serve", "--port", "eighty"), "--port"),
    (("serve", "--port", "65536"), "--port"),
    (("serve", "--port", "-1"), "--port"),
    (("serve", "--certificates", "magic"), "--certificates"),
    (("serve", "--log-format", "xml"), "--log-format"),
    (("serve", "--body-limit", "0"), "--body-limit"),
    (("serve", "--body-limit", "8MiB"), "--body-limit"),
    (("serve", "--dev", "--certificates", "files"), "--certificates"),
    (("serve", "now"), "unexpected extra argument"),
]


@pytest.mark.parametrize(
    ("arguments", "said"), BAD_USAGE, ids=[" ".join(arguments) for arguments, _ in BAD_USAGE]
)
def test_bad_usage_is_exit_code_2_and_names_what_is_wrong(
    arguments: tuple[str, ...], said: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_certs_dev_makes_a_pair_that_it_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    made = run("certs", "dev", "--folder", str(folder))
    assert made.exit_code == 0
    assert "Made a CA" in made.output
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) >= {"ca.crt", "ca.key", "tls.crt", "tls.key"}
    assert S_IMODE((folder / "tls.key").stat().st_mode) == 0o600
    assert S_IMODE((folder / "ca.key").stat().st_mode) == 0o600

    kept = run("certs", "dev", "--folder", str(folder))
    assert kept.exit_code == 0
    assert "Kept" in kept.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

    anew = run("certs", "dev", "--folder", str(folder), "--force")
    assert anew.exit_code == 0
    assert (folder / "ca.crt").read_bytes() != before["ca.crt"]


def test_certs_dev_takes_its_folder_from_the_environment(tmp_path: Path) -> None:
    result = run("certs", "dev", LEASEGATE_CERTIFICATES_FOLDER=str(tmp_path / "there"))
    assert result.exit_code == 0
    assert (tmp_path / "there" / "tls.crt").exists()


def test_a_folder_below_a_missing_one_is_one_clear_line(tmp_path: Path) -> None:
    result = run("certs", "dev", "--folder", str(tmp_path / "missing" / "certs"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert str(tmp_path / "missing") in result.stderr


def test_a_file_in_place_of_the_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "certs").write_text("not a folder")
    result = run("certs", "dev", "--folder", str(tmp_path / "certs"))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert str(tmp_path / "certs") in result.stderr


def write_pair(folder: Path) -> tuple[Path, Path]:
    assert run("certs", "dev", "--folder", str(folder)).exit_code == 0
    return folder / "tls.crt", folder / "tls.key"


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


def test_the_development_leaf_is_good_for_the_loopback_names(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path / "certs")
    read_key_pair(certificate, key, now=datetime.now(UTC), names=("localhost", "127.0.0.1", "::1"))


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


def test_the_command_does_not_mind_another_package_called_app(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit('another app')")
    done = subprocess.run(
        [Path(sys.executable).with_name("leasegate"), "version"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=processes.PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("leasegate ")
