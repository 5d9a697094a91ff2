"""Commands in this process, by click's own runner."""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import app
from app.cli.main import leasegate
from app.leasecandidate.json_schema import manifest_schema
from tests.cli import processes
from tests.cli.commands import run
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


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
