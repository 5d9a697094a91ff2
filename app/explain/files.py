"""Leases and LeaseCandidates in files: what kubectl printed, a support bundle, manifests."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Final

import msgspec

from app.check.documents import chunks, documents
from app.check.location import UnreadableError
from app.check.sources import Source, sources
from app.errors import reason
from app.explain.objects import ObjectError, Stored, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_JSON: Final = re.compile(rb"\s*\{")


class UnusableError(Exception):
    """A file, or an object in it, that cannot be used: one sentence."""


def read_files(paths: Iterable[Path]) -> Iterator[Stored | UnusableError]:
    """Yield what FILEs hold, and an error for each part that cannot be used.

    A folder stands for the manifests below it, `-` for standard input.
    """
    refused: list[UnusableError] = []

    def refuse(name: str, problem: str) -> None:
        refused.append(UnusableError(f"{name}: {problem}"))

    for source in sources(paths, refuse):
        for found in _read_file(source):
            yield (
                UnusableError(f"{source.name}: {found}")
                if isinstance(found, ObjectError)
                else found
            )
    yield from refused


def _read_file(source: Source) -> Iterator[Stored | ObjectError]:
    try:
        with source.open() as stream:
            content = stream.read()
    except OSError as error:
        yield ObjectError(f"cannot be read: {reason(error)}")
        return
    if _JSON.match(content):
        try:
            yield from read(content)
        except ObjectError:
            pass  # several documents, or YAML that begins like JSON; else this is said below
        else:
            return
    try:
        parts = [part for chunk in chunks(BytesIO(content)) for part in documents(chunk)]
    except UnreadableError as error:
        parts = [error]
    for part in parts:
        if isinstance(part, UnreadableError):
            yield ObjectError(f"{part.position.line}:{part.position.column}: {part.problem}")
            continue
        try:
            yield from read(msgspec.json.encode(part.value))
        except ObjectError as error:
            yield error
