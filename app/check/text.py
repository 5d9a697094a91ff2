"""A report as text: a line for each finding and problem, then one that sums up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from app.leasecandidate.quote import quote
from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.check.report import Change, Diagnostic, Problem, Report

_WORDS: Final = {Action.DENY: "denied", Action.WARN: "warning", Action.AUDIT: "audit"}
_COLOURS: Final = {Action.DENY: "red", Action.WARN: "yellow", Action.AUDIT: "cyan"}


def render(report: Report) -> Iterator[str]:
    """Yield the lines of a report but the last, styled for a terminal."""
    yield from map(_change, report.changes)
    yield from map(_finding, report.findings)
    yield from map(_problem, report.problems)


def summary(report: Report) -> str:
    """Return what was looked at and what came of it, in a sentence."""
    where = "the cluster" if report.files is None else _counted(report.files, "file")
    text = (
        f"{_counted(report.candidates, 'candidate')} in {where}: "
        f"{report.denied} denied, {_counted(report.count(Action.WARN), 'warning')}"
    )
    for count, noun, what in (
        (report.count(Action.AUDIT), "record", "for the audit log"),
        (report.exempted, "violation", "exempted"),
        (report.ignored, "finding", "ignored"),
        (report.skipped, "other object", "skipped"),
        (report.foreign, "document", "skipped that are templates or no manifests"),
        (len(report.problems), "problem", "with the input"),
    ):
        if count:
            text += f"; {_counted(count, noun)} {what}"
    if fixable := sum(finding.fixable for finding in report.findings):
        text += f"; --fix changes {_counted(fixable, 'value')}"
    if report.changes:
        files = len({change.file for change in report.changes})
        text += f"; {_counted(len(report.changes), 'value')} changed in {_counted(files, 'file')}"
    if report.without_clock:
        text += "; times not compared with the clock (--now)"
    return text


def said(finding: Diagnostic) -> str:
    """Return what is said of an object, with the id that `leasegate rules` explains."""
    text = finding.sentence
    named = f"(leasegate rule {finding.rule})"
    text = text if text.endswith(named) else f"{text} {named}"
    return f"{text}; updates that leave it as it is pass" if finding.ratcheted else text


def plain(text: str) -> str:
    """Return text that stays on its line and tells the terminal nothing."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _finding(finding: Diagnostic) -> str:
    word = click.style(_WORDS[finding.action], fg=_COLOURS[finding.action], bold=True)
    who = finding.object_name or "LeaseCandidate"
    if finding.file is None:
        return f"{word}: {plain(f'{who}: {said(finding)}')}"
    place = f"{finding.file}:{finding.line}:{finding.column}:"
    message = f"{who} (document {finding.document}): {said(finding)}"
    return f"{plain(place)} {word}: {plain(message)}"


def _change(change: Change) -> str:
    place = f"{change.file}:{change.line}:{change.column}:"
    word = click.style("changed", fg="green", bold=True)
    message = f"{change.name or 'LeaseCandidate'}: {change.field}: "
    message += f"{quote(change.old)} to {quote(change.new)}"
    return f"{plain(place)} {word}: {plain(message)}"


def _problem(problem: Problem) -> str:
    places = (problem.file, problem.line, problem.column)
    place = ":".join(str(part) for part in places if part is not None)
    return f"{plain(place)}: {click.style('error', fg='red', bold=True)}: {plain(problem.message)}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
