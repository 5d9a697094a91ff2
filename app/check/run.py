"""One run over files: read, judge, put the findings in order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from app.admission import BadReviewError
from app.check.conflicts import Standing, conflicts
from app.check.document import Document, Unreadable, documents
from app.check.objects import Content, objects
from app.check.remark import DUPLICATE_KEY, LEADING_V, Remark, about, of_violation
from app.check.report import Finding, Problem, Report
from app.check.sources import Source, sources
from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from app.check.judge import Judge, Judgement
    from app.check.objects import Found
    from app.check.place import Position


def check(paths: Iterable[Path], judge: Judge) -> Report:
    """Judge everything in the files; what cannot be read does not keep the rest from it."""
    run = _Run(judge)
    for source in sources(paths, run.refuse):
        run.read(source)
    return run.finish()


@dataclass(frozen=True, slots=True)
class _Subject:
    """A place in one of the candidates; `ordinal` counts these."""

    ordinal: int
    file: str
    document: int
    namespace: str
    name: str
    is_manifest: bool
    position: Position


class _Run:
    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._report = Report()
        self._order: dict[str, int] = {}
        self._standings: list[Standing] = []
        # Where to point at when a standing is in conflict.
        self._strategies: list[_Subject] = []
        self._denied: set[int] = set()

    def refuse(self, name: str, error: OSError) -> None:
        """Note that a file or folder cannot be read."""
        reason = (error.strerror or str(error)).lower()
        self._report.problems.append(Problem(name, f"cannot be read: {reason}"))

    def read(self, source: Source) -> None:
        """Judge what is in one file."""
        self._order.setdefault(source.name, len(self._order))
        try:
            with source.open() as stream:
                self._report.files += 1
                for document in documents(stream):
                    if isinstance(document, Unreadable):
                        self._unreadable(source.name, document.position, document.problem)
                    else:
                        self._document(source.name, document)
        except OSError as error:
            self.refuse(source.name, error)

    def finish(self) -> Report:
        """Judge what needs all candidates, and return everything in the order of the input."""
        found = conflicts(self._standings, self._judge.configuration, self._judge.now)
        for index, violation in found:
            self._add(self._strategies[index], of_violation(violation))
        self._report.denied = len(self._denied)
        self._report.findings.sort(
            key=lambda finding: (self._order[finding.file], finding.document, finding.line)
        )
        return self._report

    def _document(self, file: str, document: Document) -> None:
        for found in objects(document.tree.value):
            if found.content is Content.OTHER:
                self._report.skipped += 1
                continue
            self._report.candidates += 1
            try:
                judgement = (
                    self._judge.review(found.value)
                    if found.content is Content.REVIEW
                    else self._judge.manifest(found.value)
                )
            except BadReviewError as error:
                path = (*found.path, *error.pointer.split("/")[1:])
                problem = f"is no AdmissionReview: {error}"
                self._unreadable(file, document.position(path), problem)
                continue
            self._judged(file, document, found, judgement)

    def _judged(self, file: str, document: Document, found: Found, judgement: Judgement) -> None:
        path = found.path
        if found.content is Content.REVIEW:
            path = (*path, "request", "object")
        subject = partial(
            _Subject,
            self._report.candidates,
            file,
            document.number,
            judgement.namespace,
            judgement.name,
            found.content is Content.CANDIDATE,
        )
        self._report.exempted += judgement.exempted
        for remark in (*_duplicates(document, path), *judgement.remarks):
            self._add(subject(document.position((*path, *remark.path))), remark)
        if judgement.standing is not None:
            self._standings.append(judgement.standing)
            self._strategies.append(subject(document.position((*path, "spec", "strategy"))))

    def _add(self, subject: _Subject, remark: Remark) -> None:
        if remark.action is Action.DENY:
            self._denied.add(subject.ordinal)
        self._report.findings.append(
            Finding(
                subject.file,
                subject.document,
                subject.position.line,
                subject.position.column,
                subject.namespace,
                subject.name,
                remark.rule,
                remark.action,
                remark.field,
                remark.reason,
                remark.message,
                fixable=remark.rule == LEADING_V.id and subject.is_manifest,
            )
        )

    def _unreadable(self, file: str, position: Position, problem: str) -> None:
        self._report.problems.append(Problem(file, problem, position.line, position.column))


def _duplicates(document: Document, path: tuple[str | int, ...]) -> list[Remark]:
    depth = len(path)
    return [
        about(
            DUPLICATE_KEY,
            ".".join(map(str, duplicate[depth:])),
            "the key stands twice, and kubectl takes the last one; remove one",
            duplicate[depth:],
        )
        for duplicate in document.tree.duplicates
        if duplicate[:depth] == path and len(duplicate) > depth
    ]
