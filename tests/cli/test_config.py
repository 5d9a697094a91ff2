"""`leasegate config` says what is in effect, and where it comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from app.cli.main import leasegate

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(leasegate, ["config", *arguments], env=environment or {})


def effective(result: Result, key: str) -> tuple[object, str]:
    assert result.exit_code == 0, result.output
    row = json.loads(result.stdout)[key]
    return row["value"], row["origin"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        "process: {port: 9001, host: '::1', logFormat: json}\n"
        "rules: {profile: strict, actions: {version-gap: Off}, settings: {clockSkewSeconds: 7}}\n"
    )
    return path


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        pytest.param([], {}, (8443, "default"), id="the default, where nothing is given"),
        pytest.param(["FILE"], {}, (9001, "file"), id="the file over the default"),
        pytest.param(
            ["FILE"], {"LEASEGATE_PORT": "9002"}, (9002, "environment"), id="environment over file"
        ),
        pytest.param(
            ["FILE", "--port", "9003"],
            {"LEASEGATE_PORT": "9002"},
            (9003, "flag"),
            id="the flag over everything",
        ),
    ],
)
def test_a_value_is_taken_from_the_nearest_place(
    file: Path, arguments: list[str], environment: dict[str, str], expected: tuple[int, str]
) -> None:
    given = [
        part
        for word in arguments
        for part in (["--config", str(file)] if word == "FILE" else [word])
    ]
    result = run("--output", "json", *given, environment=environment)
    assert effective(result, "process.port") == expected


def test_the_file_can_be_named_in_the_environment(file: Path) -> None:
    result = run("--output", "json", environment={"LEASEGATE_CONFIG": str(file)})
    assert effective(result, "process.logFormat") == ("json", "file")


def test_each_rule_has_its_action_and_its_origin(file: Path) -> None:
    result = run("--output", "json", "--config", str(file))
    assert effective(result, "rules.profile") == ("strict", "file")
    assert effective(result, "rules.actions.version-gap") == ("Off", "file")
    assert effective(result, "rules.actions.renew-time-missing") == ("Deny", "profile")
    assert effective(result, "rules.actions.strategy-format") == ("Deny", "built-in")
    assert effective(result, "rules.settings.clockSkewSeconds") == (7, "file")
    assert effective(result, "rules.settings.maxVersionLength") == (256, "default")


def test_the_table_has_a_line_for_each_value() -> None:
    lines = run().stdout.splitlines()
    assert any(line.split() == ["process.port", "8443", "default"] for line in lines)


@pytest.mark.parametrize("command", ["config", "serve"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("process: {prt: 1}", "did you mean 'port'", id="an unknown key"),
        pytest.param("process: {port: many}", "--port", id="a value of the wrong type"),
        pytest.param("process: {tlsName: a}", "process.tlsName: must be a list", id="no list"),
        pytest.param("process: {port: [1]}", "process.port: must be one value", id="a list"),
        pytest.param("process: {dev: true}", "no key 'dev'", id="a flag that is no setting"),
        pytest.param("rules: {profile: all}", "rules.profile", id="an unknown profile"),
    ],
)
def test_a_bad_file_is_one_line_and_exit_code_2(
    tmp_path: Path, command: str, content: str, problem: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(content)
    result = CliRunner().invoke(leasegate, [command, "--config", str(path)])
    assert result.exit_code == 2
    assert problem in result.stderr
    assert "Traceback" not in result.output


def test_what_dev_decides_is_what_is_in_force() -> None:
    result = run("--dev", "--operations-host", "::1", "-o", "json")
    assert effective(result, "process.host") == ("127.0.0.1", "--dev")
    assert effective(result, "process.operationsHost") == ("::1", "flag")
    assert effective(result, "process.certificates") == ("dev", "--dev")


def test_a_list_is_a_list() -> None:
    result = run("--tls-name", "a", "--tls-name", "b", "--output", "json")
    assert effective(result, "process.tlsName") == (["a", "b"], "flag")
    assert effective(run("--output", "json"), "process.clientName") == ([], "default")


@pytest.mark.parametrize("arguments", [(), ("--dev",)], ids=["the file", "with --dev"])
def test_the_output_can_be_fed_back_as_a_file(
    file: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    first = run("--config", str(file), *arguments, "--output", "yaml")
    assert first.exit_code == 0
    again = tmp_path / "again.yaml"
    again.write_text(first.stdout)
    second = run("--config", str(again), "--output", "yaml")
    assert second.exit_code == 0, second.output
    assert second.stdout == first.stdout
