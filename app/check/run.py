"""One run over files or a cluster: read, judge, put the findings in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.admission import BadReviewError
from app.check.conflicts import CandidateSummary, conflicts
from app.check.documents import TEMPLATE, chunks, documents
from app.check.kinds import Content, may_have_candidates, objects
from app.check.location import Position, UnreadableError
from app.check.remark import DUPLICATE_KEY, LEADING_V, Remark, about, of_violation
from app.check.report import Diagnostic, Problem, Report
from app.check.sources import sources
from app.errors import reason
from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from app.check.documents import Chunk
    from app.check.judge import Judge, Judgement
    from app.check.kinds import Found, Json
    from app.check.sources import Source
    from app.check.tree import Tree


def check(paths: Iterable[Path], judge: Judge, ignored: frozenset[str] = frozenset()) -> Report:
    """Judge everything in the files; a part that cannot be read does not stop the run.

    `ignored` are ids of rules whose findings are only counted.
    """
    run = Run(judge, ignored)
    for source in sources(paths, run.refuse):
        run.read(source)
    return run.finish()


def check_stored(
    candidates: Iterable[Json], judge: Judge, ignored: frozenset[str] = frozenset()
) -> Report:
    """Judge what a cluster stores as if it were written now."""
    run = Run(judge, ignored)
    for candidate in candidates:
        run.judge_stored(candidate)
    report = run.finish()
    report.files = None
    return report


_Region = tuple[Position, Position | None]
"""Where a value begins, and the position after it; None for a value that is no scalar."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """One of the candidates, numbered by `ordinal`. One of a cluster has no `file`."""

    ordinal: int
    namespace: str
    name: str
    file: str | None = None
    document: int | None = None
    is_manifest: bool = False


class Run:
    """Judges documents, one after the other, and then all of them as siblings of each other."""

    def __init__(self, judge: Judge, ignored: frozenset[str] = frozenset()) -> None:
        self._judge = judge
        self._ignored = ignored
        self._report = Report()
        self._order: dict[str | None, int] = {None: -1}
        self._siblings: list[CandidateSummary] = []
        # The place of each sibling's strategy, where a conflict is reported.
        self._sibling_places: list[tuple[_Subject, _Region | None]] = []
        self._denied: set[int] = set()

    def refuse(self, name: str, problem: str) -> None:
        """Record that a file or folder cannot be used."""
        self._report.problems.append(Problem(name, problem))

    def read(self, source: Source) -> None:
        """Judge what is in one file."""
        number = 0
        try:
            with source.open() as stream:
                self._report.files = (self._report.files or 0) + 1
                for chunk in chunks(stream):
                    number = self._chunk(source, chunk, number)
        except UnreadableError as error:
            self._unreadable(source.name, error)
        except OSError as error:
            self.refuse(source.name, f"cannot be read: {reason(error)}")

    def judge(self, file: str, number: int, tree: Tree) -> None:
        """Judge the objects of one document of a file; `number` counts its documents from 1."""
        self._order.setdefault(file, len(self._order))
        for found in objects(tree.value):
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
                self._unreadable(file, UnreadableError(problem, tree.position(path)))
                continue
            self._judged(file, number, tree, found, judgement)

    def judge_stored(self, candidate: Json) -> None:
        """Judge one object of a cluster."""
        self._report.candidates += 1
        judgement = self._judge.manifest(candidate)
        subject = _Subject(self._report.candidates, judgement.namespace, judgement.name)
        self._count(judgement)
        for remark in judgement.remarks:
            self._add(subject, None, remark)
        self._remember(subject, None, judgement)

    def finish(self) -> Report:
        """Judge what needs all candidates, and return everything in the order of the input."""
        found = conflicts(self._siblings, self._judge.configuration, self._judge.now)
        for index, violation in found:
            subject, region = self._sibling_places[index]
            self._add(subject, region, of_violation(violation))
        self._report.denied = len(self._denied)
        self._report.findings.sort(
            key=lambda finding: (
                self._order[finding.file],
                (finding.document, finding.line)
                if finding.file is not None
                else (finding.namespace, finding.name),
            )
        )
        return self._report

    def _chunk(self, source: Source, chunk: Chunk, number: int) -> int:
        """Judge the documents of a chunk; `number` documents precede it. Return the new number.

        A file that was found below a folder need not be a manifest. So a template in it is skipped,
        and so is a document that cannot be read and does not contain the kind.
        """
        if not source.is_named and TEMPLATE in chunk.content:
            self._report.foreign += 1
            return number
        for part in documents(chunk):
            number += 1
            if not isinstance(part, UnreadableError):
                self.judge(source.name, number, part)
            elif source.is_named or may_have_candidates(chunk.content):
                self._unreadable(source.name, part)
            else:
                self._report.foreign += 1
        return number

    def _judged(
        self, file: str, number: int, tree: Tree, found: Found, judgement: Judgement
    ) -> None:
        is_manifest = found.content is Content.CANDIDATE
        path = found.path if is_manifest else (*found.path, "request", "object")
        subject = _Subject(
            self._report.candidates,
            judgement.namespace,
            judgement.name,
            file,
            number,
            is_manifest,
        )
        self._count(judgement)
        doubled = (
            about(
                DUPLICATE_KEY,
                ".".join(map(str, key)),
                "the key stands twice, and kubectl takes the last one; remove one",
                key,
            )
            for key in tree.doubled(path)
        )
        for remark in (*doubled, *judgement.remarks):
            self._add(subject, tree.region((*path, *remark.path)), remark)
        self._remember(subject, tree.region((*path, "spec", "strategy")), judgement)

    def _count(self, judgement: Judgement) -> None:
        self._report.exempted += judgement.exempted
        self._report.without_clock |= judgement.without_clock

    def _remember(self, subject: _Subject, strategy: _Region | None, judgement: Judgement) -> None:
        if judgement.sibling is not None:
            self._siblings.append(judgement.sibling)
            self._sibling_places.append((subject, strategy))

    def _add(self, subject: _Subject, region: _Region | None, remark: Remark) -> None:
        if remark.rule in self._ignored:
            self._report.ignored += 1
            return
        if remark.action is Action.DENY:
            self._denied.add(subject.ordinal)
        start, end = (None, None) if region is None else region
        self._report.findings.append(
            Diagnostic(
                subject.file,
                subject.document,
                None if start is None else start.line,
                None if start is None else start.column,
                None if end is None else end.line,
                None if end is None else end.column,
                subject.namespace,
                subject.name,
                remark.rule,
                remark.action,
                remark.field,
                remark.reason,
                remark.message,
                fixable=remark.rule == LEADING_V.id and subject.is_manifest,
                ratcheted=remark.is_added and subject.file is None,
            )
        )

    def _unreadable(self, file: str, error: UnreadableError) -> None:
        where = error.position
        self._report.problems.append(Problem(file, error.problem, where.line, where.column))
