"""`leasegate check`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

import app
from app.check import json_report, sarif, text
from app.check.fix import fix
from app.check.judge import Judge
from app.check.place import UnreadableError
from app.check.report import Problem, Report
from app.check.run import check
from app.check.sources import STANDARD_INPUT, sources
from app.cli.instant import INSTANT
from app.configuration import read_document
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Profile, RulesConfiguration


@click.command("check")
@click.argument(
    "files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE..."
)
@click.option("--fix", "fixing", is_flag=True, help="Strip a leading v from versions, in place.")
@click.option("--strict", is_flag=True, help="End with exit code 1 for warnings too.")
@click.option(
    "--output",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="Lines, one JSON object, or SARIF 2.1.0.",
)
@click.option(
    "--profile",
    type=click.Choice(Profile, case_sensitive=False),
    help="Named set of actions; overrides that of the configuration.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="LEASEGATE_CONFIG",
    show_envvar=True,
    help="Configuration file, of which the part rules: counts.",
)
@click.option(
    "--namespace",
    default="default",
    show_default=True,
    help="Namespace of manifests that name none.",
)
@click.option("--now", type=INSTANT, help="Judge as if this were the current time (RFC 3339).")
def command(
    *,
    files: tuple[Path, ...],
    fixing: bool,
    strict: bool,
    output: str,
    profile: Profile | None,
    config: Path | None,
    namespace: str,
    now: datetime | None,
) -> None:
    """Judge LeaseCandidates in FILEs as the server would.

    A FILE holds manifests (YAML or JSON, many documents, lists) or AdmissionReviews; - is standard
    input, and a folder stands for the manifests below it. Candidates of one run are siblings of
    each other. Exit code 1: something is denied; 2: some input could not be used.
    """
    if fixing and STANDARD_INPUT in files:
        raise click.UsageError("--fix rewrites files; it cannot rewrite standard input.")
    moment = MicroTime.at(now or datetime.now(UTC))
    judge = Judge(_configuration(config, profile), moment, namespace)
    fixed = _fix(files) if fixing else Report()
    report = check(files, judge)
    report.changed = fixed.changed
    unread = {problem.file for problem in report.problems}
    report.problems += [problem for problem in fixed.problems if problem.file not in unread]
    _print(report, output, strict=strict)
    raise SystemExit(report.exit_code(strict=strict))


def _configuration(path: Path | None, profile: Profile | None) -> RulesConfiguration:
    rules = read_document(path).rules if path is not None else RulesConfiguration()
    return rules if profile is None else rules.model_copy(update={"profile": profile})


def _fix(files: tuple[Path, ...]) -> Report:
    """Rewrite the files; return how many values and files changed, and what cannot be written."""
    report = Report()
    changes: list[int] = []
    for source in sources(files, lambda _name, _error: None):
        try:
            changes.append(fix(source.path))
        except UnreadableError:
            continue  # the check says so
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            report.problems.append(Problem(source.name, f"cannot be rewritten: {reason}"))
    report.changed = sum(changes), sum(map(bool, changes))
    return report


def _print(report: Report, output: str, *, strict: bool) -> None:
    match output:
        case "json":
            click.echo(json_report.render(report))
        case "sarif":
            click.echo(
                sarif.render(report, app.__version__, exit_code=report.exit_code(strict=strict))
            )
        case _:
            for line in text.render(report):
                click.echo(line, color=False if os.environ.get("NO_COLOR") else None)
