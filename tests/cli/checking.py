"""Runs `leasegate check` in this process."""

from __future__ import annotations

from click.testing import CliRunner, Result

from app.cli.main import leasegate

NOW = ("--now", "2026-03-01T12:00:00Z")


def run(*arguments: object, stdin: str | bytes = "", **environment: str) -> Result:
    words = ["check", *map(str, arguments)]
    return CliRunner().invoke(leasegate, words, input=stdin, env=environment)


def lines(result: Result) -> list[str]:
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.stdout.splitlines()
