"""`leasegate check`."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

import app
from app.check import github, json_report, sarif, text
from app.check.diff import unified
from app.check.fix import fixed, write
from app.check.judge import Judge
from app.check.location import UnreadableError
from app.check.report import Problem, Report
from app.check.run import check, check_stored
from app.check.sources import STANDARD_INPUT, sources
from app.cli.choice import EnumChoice
from app.cli.cluster_options import ChosenCluster, connection_options, namespace_name
from app.cli.config_option import configured_rules
from app.cli.instant import INSTANT
from app.cli.rule_id import RULE_ID
from app.errors import reason
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.check.fix import Fixed


@click.command("check")
@connection_options
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]...")
@click.option("--fix", "fixing", is_flag=True, help="Strip a leading v from versions, in place.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--strict", is_flag=True, help="End with exit code 1 for warnings too.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="Lines, one JSON object, SARIF 2.1.0, or commands of GitHub Actions.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print findings and nothing else.")
@click.option(
    "--ignore",
    type=RULE_ID,
    multiple=True,
    metavar="RULE",
    help="Leave out what this rule finds; can be given several times.",
)
@click.option(
    "--profile",
    type=EnumChoice(Profile),
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
    "--cluster",
    "audits",
    is_flag=True,
    help="Judge the candidates that a cluster stores, as if they were written now.",
)
@click.option(
    "-n",
    "--namespace",
    callback=namespace_name,
    help="Namespace of manifests that name none (default), or the one of the cluster to judge "
    "(that of the context).",
)
@click.option(
    "-A", "--all-namespaces", is_flag=True, help="With --cluster: judge those of all namespaces."
)
@click.option(
    "--now",
    type=INSTANT,
    help="Have times judged too, as if this were the current one (RFC 3339). A cluster's are "
    "always judged.",
)
def command(
    *,
    files: tuple[Path, ...],
    fixing: bool,
    diff: bool,
    strict: bool,
    output: str,
    quiet: bool,
    ignore: tuple[str, ...],
    profile: Profile | None,
    config: Path | None,
    audits: bool,
    cluster: ChosenCluster,
    namespace: str | None,
    all_namespaces: bool,
    now: datetime | None,
) -> None:
    """Judge LeaseCandidates in FILEs, or those of a cluster, as the server would.

    A FILE holds manifests (YAML or JSON, many documents, lists) or AdmissionReviews; - is standard
    input, and a folder stands for the manifests below it. Without any, it is the current folder.
    Candidates of one run are siblings of each other. Exit code 1: something is denied (with --diff:
    or would be changed); 2: some input could not be used.
    """
    if audits:
        if files or fixing or diff:
            raise click.UsageError("--cluster reads no files and changes nothing; leave them out.")
        where = "" if all_namespaces else replace(cluster, given_namespace=namespace).namespace
        judge = Judge(
            configured_rules(config, profile), MicroTime.at(now or datetime.now(UTC)), where
        )
        report = _audit(cluster, where, judge, frozenset(ignore))
        _print(report, output, strict=strict, quiet=quiet)
        raise SystemExit(report.exit_code(strict=strict))
    if all_namespaces:
        raise click.UsageError("--all-namespaces is of a cluster; add --cluster.")
    files = files or (Path(),)
    if (fixing or diff) and STANDARD_INPUT in files:
        raise click.UsageError("--fix rewrites files; it cannot rewrite standard input.")
    if diff:
        raise SystemExit(_diff(files))
    moment = None if now is None else MicroTime.at(now)
    judge = Judge(configured_rules(config, profile), moment, namespace or "default")
    made = _fix(files) if fixing else Report()
    report = check(files, judge, frozenset(ignore))
    report.changes = made.changes
    unread = {problem.file for problem in report.problems}
    report.problems += [problem for problem in made.problems if problem.file not in unread]
    _print(report, output, strict=strict, quiet=quiet)
    raise SystemExit(report.exit_code(strict=strict))


def _audit(cluster: ChosenCluster, namespace: str, judge: Judge, ignored: frozenset[str]) -> Report:
    with cluster.open_plain_client() as client:
        # Only here: for files no client is needed, and there may be none installed.
        from app.cluster.stored_candidates import stored_candidates  # noqa: PLC0415

        return check_stored(stored_candidates(client, namespace), judge, ignored)


def _fix(files: tuple[Path, ...]) -> Report:
    """Rewrite the files; return what was changed, and what cannot be written."""
    report = Report()
    for path, new in _fixed(files, report):
        try:
            write(path, new.after)
        except OSError as error:
            report.problems.append(Problem(str(path), f"cannot be rewritten: {reason(error)}"))
        else:
            report.changes += new.changes
    return report


def _diff(files: tuple[Path, ...]) -> int:
    """Print what a fix would change; return the exit code."""
    report = Report()
    changed = False
    for path, new in _fixed(files, report):
        changed = True
        for line in unified(path.as_posix(), new.before, new.after):
            click.echo(line)
    for line in text.render(report):
        click.echo(line, err=True)
    return report.exit_code() or int(changed)


def _fixed(files: tuple[Path, ...], report: Report) -> Iterator[tuple[Path, Fixed]]:
    """Yield the files that have something to change, and what they should hold."""
    for source in sources(files, lambda name, why: report.problems.append(Problem(name, why))):
        try:
            new = fixed(source.path, is_named=source.is_named)
        except UnreadableError as error:
            where = error.position
            report.problems.append(Problem(source.name, str(error), where.line, where.column))
        except OSError as error:
            report.problems.append(Problem(source.name, f"cannot be read: {reason(error)}"))
        else:
            if new.changes:
                yield source.path, new


def _print(report: Report, output: str, *, strict: bool, quiet: bool) -> None:
    colour = False if os.environ.get("NO_COLOR") else None
    match output:
        case "json":
            click.echo(json_report.render(report))
        case "sarif":
            code = report.exit_code(strict=strict)
            click.echo(sarif.render(report, app.__version__, exit_code=code))
        case _:
            for line in github.render(report) if output == "github" else text.render(report):
                click.echo(line, color=colour)
            if not quiet:
                click.echo(click.style(text.summary(report), bold=True), color=colour)
