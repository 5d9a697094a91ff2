"""`leasegate explain`."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from typing_extensions import override

from app.cli.cluster_options import ChosenCluster, cluster_options
from app.cli.instant import INSTANT
from app.cli.screen import Screen, columns
from app.explain import json_report, text
from app.explain.assume import Assumed
from app.explain.explanation import explain_all, situation_of
from app.explain.files import UnusableError, read_files
from app.explain.selection import NotFoundError, Selection
from app.explain.snapshot import Snapshot
from app.explain.watch import Watch
from app.explain.what_if import compare
from app.leasecandidate import MicroTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.explain.explanation import Explanation
    from app.explain.live import LiveObjects
    from app.explain.objects import Key
    from app.explain.what_if import WhatIf

_INTERRUPTED: Final = 128 + signal.SIGINT
"""What a shell says of a program that Ctrl-C has ended."""

_PATH: Final = click.Path(path_type=Path)


class _Assumed(click.ParamType[Assumed]):
    name = "candidate"

    @override
    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Assumed:
        if isinstance(value, Assumed):
            return value
        try:
            return Assumed.parse(str(value))
        except ValueError as error:
            return self.fail(str(error), param, ctx)


@click.command("explain")
@cluster_options
@click.argument("leases", nargs=-1, metavar="[[NAMESPACE/]LEASE]...")
@click.option(
    "-f",
    "--filename",
    "files",
    type=_PATH,
    multiple=True,
    help="Read a file instead of a cluster; - is standard input. May be given again.",
)
@click.option("-A", "--all-namespaces", is_flag=True, help="Explain the Leases of all namespaces.")
@click.option(
    "--at",
    type=INSTANT,
    help="Explain as of this time (RFC 3339).  [default: now; of files, the newest time in them]",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or one JSON object.",
)
@click.option("-w", "--watch", is_flag=True, help="Go on and tell what changes.")
@click.option(
    "--assume",
    "assumed",
    type=_Assumed(),
    multiple=True,
    metavar="NAME=BINARY/EMULATION[/STRATEGY]",
    help="Say what would be if this candidate had these versions, or were added.",
)
@click.option(
    "--without", multiple=True, metavar="NAME", help="Say what would be without this candidate."
)
def command(
    *,
    leases: tuple[str, ...],
    files: tuple[Path, ...],
    cluster: ChosenCluster,
    all_namespaces: bool,
    at: datetime | None,
    output: str,
    watch: bool,
    assumed: tuple[Assumed, ...],
    without: tuple[str, ...],
) -> None:
    """Explain who leads a LEASE, why, what blocks its election, and what would help.

    Without LEASE, all of the namespace are explained; healthy ones take one line. Nothing is
    written. Exit code 0: all are healthy; 1: one has no leader, is blocked or does not yield; 2:
    some input could not be used.
    """
    what_if = bool(assumed or without)
    _refuse_contradictions(files=bool(files), watch=watch, output=output, at=at, what_if=what_if)
    printer = _Printer(output, in_full=bool(leases))
    live = None
    if files:
        selection = Selection(leases, None if all_namespaces else cluster.given_namespace)
        snapshot, problems = _from_files(files)
    else:
        selection = Selection(leases, None if all_namespaces else cluster.namespace)
        live = _connected(cluster, selection)
        snapshot = live.snapshot()
        problems = []
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)
    now = MicroTime.at(at) if at else _time_of(snapshot, files=bool(files))
    keys = _keys(selection, snapshot, files)
    if what_if:
        is_healthy = printer.what_if(_compared(snapshot, keys, now, assumed, without))
    else:
        if files and at is None:
            printer.note(f"As of {now}, the newest time in the files (--at sets another).")
        is_healthy = printer.explanations([*explain_all(snapshot, keys, now)], now)
    if watch and live is not None:
        try:
            _follow(live, snapshot, selection, printer)
        except KeyboardInterrupt:
            # What stands on the screen stays, and the shell's prompt begins below it.
            click.echo()
            raise SystemExit(_INTERRUPTED) from None
    raise SystemExit(2 if problems else 0 if is_healthy else 1)


def _refuse_contradictions(
    *, files: bool, watch: bool, output: str, at: datetime | None, what_if: bool
) -> None:
    if watch and (files or at or what_if or output != "text"):
        raise click.UsageError(
            "--watch follows a cluster as it is, in text; leave out -f, --at, --assume, --without "
            "and --output."
        )


def _from_files(files: tuple[Path, ...]) -> tuple[Snapshot, list[UnusableError]]:
    snapshot, problems = Snapshot(), []
    for found in read_files(files):
        if isinstance(found, UnusableError):
            problems.append(found)
        else:
            snapshot.add(found)
    snapshot.knows_controller = any(key.namespace == "kube-system" for key in snapshot.leases)
    return snapshot, problems


def _connected(chosen: ChosenCluster, selection: Selection) -> LiveObjects:
    client = click.get_current_context().with_resource(chosen.open_plain_client())
    # Only here: for files no client is needed, and there may be none installed.
    from app.explain.live import LiveObjects  # noqa: PLC0415

    return LiveObjects(client, selection.only_namespace or "")


def _time_of(snapshot: Snapshot, *, files: bool) -> MicroTime:
    newest = snapshot.newest if files else None
    return newest or MicroTime.at(datetime.now(UTC))


def _keys(selection: Selection, snapshot: Snapshot, files: tuple[Path, ...]) -> list[Key]:
    keys = selection.keys(snapshot)
    if not keys and files:
        raise NotFoundError(
            "there is no Lease and no LeaseCandidate in the files; save both with: "
            "kubectl get leases,leasecandidates -A -o yaml --show-managed-fields"
        )
    return keys


def _compared(
    snapshot: Snapshot,
    keys: list[Key],
    now: MicroTime,
    assumed: tuple[Assumed, ...],
    without: tuple[str, ...],
) -> WhatIf:
    if len(keys) != 1:
        raise click.UsageError(
            f"--assume and --without are about one Lease, and {len(keys)} are chosen; name it."
        )
    situation = situation_of(snapshot, keys[0], now)
    names = {candidate.name for candidate in situation.candidates}
    if unknown := [name for name in without if name not in names]:
        raise NotFoundError(f"{keys[0]} has no candidate {unknown[0]}")
    return compare(situation, assumed, without)


class _Printer:
    """Writes explanations to standard output, coloured where it is a terminal."""

    def __init__(self, output: str, *, in_full: bool) -> None:
        self._is_json = output == "json"
        self._in_full = in_full
        self.is_coloured = not os.environ.get("NO_COLOR")
        self._color = None if self.is_coloured else False

    @property
    def _style(self) -> text.Style:
        """How lines are to be now: a terminal may get another width."""
        return text.Style(columns() if sys.stdout.isatty() else None, self._in_full)

    def note(self, line: str) -> None:
        if not self._is_json:
            self.line(line)

    def line(self, line: str) -> None:
        click.echo(line, color=self._color)

    def explanations(self, explanations: list[Explanation], now: MicroTime) -> bool:
        """Print all; return whether all are healthy."""
        if self._is_json:
            self.line(json_report.render(explanations, now))
        else:
            for line in self.lines(explanations):
                self.line(line)
            if len(explanations) != 1:
                self.line(text.summary(explanations))
        return all(explanation.diagnosis.state.is_healthy for explanation in explanations)

    def lines(self, explanations: list[Explanation]) -> Iterator[str]:
        """Yield the lines on all of them."""
        style = self._style
        for explanation in explanations:
            yield from text.render(explanation, style)

    def what_if(self, what_if: WhatIf) -> bool:
        """Print the Lease before and after; return whether it is healthy after."""
        if self._is_json:
            self.line(json_report.render_what_if(what_if))
        else:
            for line in text.render_what_if(what_if, self._style):
                self.line(line)
        return what_if.is_healthy


def _follow(live: LiveObjects, snapshot: Snapshot, selection: Selection, printer: _Printer) -> None:
    """Print what changes: all Leases again on a terminal, else a line for each changed Lease."""
    watch = Watch(snapshot, selection)
    watch.changes(MicroTime.at(datetime.now(UTC)))
    screen = Screen(is_coloured=printer.is_coloured)

    def changed() -> None:
        now = MicroTime.at(datetime.now(UTC))
        changes = watch.changes(now)
        if sys.stdout.isatty():
            explanations = watch.explanations
            screen.draw([*printer.lines(explanations)], text.summary(explanations))
        else:
            for line in changes:
                printer.line(line)

    live.follow(snapshot, changed)
