"""Lines are written by a thread, and nobody waits for whoever reads them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from app.log import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 300.0
LINE = "x" * 199


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for end in (reader, writer):
        try:
            os.close(end)
        except OSError:
            assert end == reader, "the writing end is nobody else's to close"


def read_to_the_end(reader: int) -> list[str]:
    with os.fdopen(os.dup(reader), "rb") as file:
        return file.read().decode().splitlines()


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_lines_are_written_whole_and_in_order(pipe: tuple[int, int]) -> None:
    writer = RecordWriter(pipe[1])
    lines = [f"line {number}" for number in range(100)]
    for line in lines:
        writer.write(line)
    writer.close(PATIENCE)
    os.set_blocking(pipe[0], False)
    assert os.read(pipe[0], 100_000).decode().splitlines() == lines
    assert writer.dropped == 0


def test_a_full_pipe_holds_up_nobody_and_loses_what_does_not_fit(pipe: tuple[int, int]) -> None:
    reader, end = pipe
    writer = RecordWriter(end)
    # A pipe holds 64 KiB; ten times as much and the waiting lines as well do not fit.
    for _ in range(6000):
        writer.write(LINE)
    dropped = writer.dropped
    assert dropped >= 6000 - 64 * 1024 // 200 - 1000 - 2
    writer.close(seconds=0)
    read = 0
    while read < (6000 - dropped) * 200:
        read += len(os.read(reader, 65536))
    assert read == (6000 - dropped) * 200


def test_a_slow_reader_gets_every_line_that_was_not_dropped(pipe: tuple[int, int]) -> None:
    reader, end = pipe
    writer = RecordWriter(end)
    long = "y" * 200_000
    writer.write(long)
    writer.write("the last one")
    content = b""
    while not content.endswith(b"the last one\n"):
        content += os.read(reader, 10_000)
    assert content.decode().splitlines() == [long, "the last one"]


def test_a_reader_that_went_away_costs_its_lines_only(pipe: tuple[int, int]) -> None:
    reader, end = pipe
    writer = RecordWriter(end)
    os.close(reader)
    writer.write("one")
    wait_until(lambda: writer.dropped == 1)
    writer.write("two")
    wait_until(lambda: writer.dropped == 2)


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    reader, end = pipe
    os.set_blocking(end, False)
    writer = RecordWriter(end)
    for _ in range(900):
        writer.write(LINE)
    content = b""
    while len(content) < 900 * 200:
        content += os.read(reader, 1000)
    assert content.decode().splitlines() == [LINE] * 900
    assert writer.dropped == 0


def test_what_is_no_unicode_is_written_as_escapes(pipe: tuple[int, int]) -> None:
    writer = RecordWriter(pipe[1])
    writer.write("half a \ud83d")
    writer.close(PATIENCE)
    assert os.read(pipe[0], 100) == rb"half a \ud83d" + b"\n"


def test_what_comes_after_the_end_is_dropped(pipe: tuple[int, int]) -> None:
    writer = RecordWriter(pipe[1])
    writer.close(PATIENCE)
    writer.write("late")
    assert writer.dropped == 1
