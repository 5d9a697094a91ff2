"""What a user sees stays as it was while code moves: compared with what was recorded before."""

from __future__ import annotations

import ast
import json
import os
from typing import TYPE_CHECKING, Any

import click
from click.testing import CliRunner

from app.cli.main import leasegate as command
from app.server.metrics import create_metrics
from tests.conftest import DATA, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = DATA / "outside.json"
RUNS: tuple[list[str], ...] = (
    [],
    ["nonsense"],
    ["version", "--nonsense"],
    ["rules"],
    ["rules", "no-such-rule"],
    ["config"],
    ["config", "--output", "json"],
    ["check", "no-such-folder"],
    ["check", "--now", "2026-11-22T09:00:00Z", "examples/manifests"],
    ["policy"],
    ["policy", "--profile", "strict"],
    ["schema"],
    ["serve", "--port", "70000"],
    ["certs", "status", "--certificates", "files"],
    ["certs", "rotate"],
    ["webhooks", "remove"],
)


def test_what_a_user_sees_is_as_recorded() -> None:
    seen = {
        "help": dict(_helps(command, ("leasegate",))),
        "runs": {" ".join(arguments): _run(arguments) for arguments in RUNS},
        "metrics": _metrics(),
        "log events and readiness checks": sorted(_events()),
    }
    if os.environ.get("RECORD"):
        RECORDED.write_text(json.dumps(seen, indent=1, sort_keys=True))
    assert seen == json.loads(RECORDED.read_text())


def _helps(of: click.Command, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    path = names[1:]
    yield " ".join(names), CliRunner().invoke(command, [*path, "--help"]).output
    if isinstance(of, click.Group):
        for name in of.list_commands(click.Context(of)):
            found = of.get_command(click.Context(of), name)
            assert found is not None
            yield from _helps(found, (*names, name))


def _run(arguments: list[str]) -> dict[str, Any]:
    result = CliRunner().invoke(command, arguments, prog_name="leasegate")
    return {"code": result.exit_code, "output": result.output}


def _metrics() -> list[str]:
    return sorted(metric.name for metric in create_metrics().registry.collect())


def _events() -> Iterator[str]:
    """Yield the first words of each record that is logged, and the names of readiness checks."""
    for source in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("_logger", "readiness")
                and node.args
            ):
                yield f"{node.func.attr}: {ast.unparse(node.args[0])}"
