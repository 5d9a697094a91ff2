"""What is remembered, and what is not."""

from __future__ import annotations

import pytest

from app.leasecandidate.memory import LENGTH, RESULTS, Remembering


class Reader:
    """Counts its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def __call__(self, *texts: str) -> str:
        self.calls.append(texts)
        if "bad" in texts:
            raise ValueError("bad")
        return "+".join(texts)


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize(
    ("texts", "calls"),
    [
        pytest.param(("one",), 1, id="a text"),
        pytest.param(("one", "other"), 1, id="two texts"),
        pytest.param(("",), 1, id="no characters"),
        pytest.param(("x" * LENGTH,), 1, id="the longest that is remembered"),
        pytest.param(("x" * (LENGTH + 1),), 3, id="one character more"),
        pytest.param(("one", "x" * (LENGTH + 1)), 3, id="one of two that is too long"),
    ],
)
def test_a_result_is_read_once_where_all_texts_are_short(
    reader: Reader, texts: tuple[str, ...], calls: int
) -> None:
    read = Remembering(reader)
    assert [read(*texts) for _ in range(3)] == ["+".join(texts)] * 3
    assert len(reader.calls) == calls


def test_the_order_of_texts_matters(reader: Reader) -> None:
    read = Remembering(reader)
    assert [read("one", "other"), read("other", "one")] == ["one+other", "other+one"]


def test_what_is_raised_is_raised_again(reader: Reader) -> None:
    read = Remembering(reader)
    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            read("bad")
    assert len(reader.calls) == 2


def test_all_can_be_forgotten(reader: Reader) -> None:
    read = Remembering(reader)
    read("one")
    read.forget()
    read("one")
    assert len(reader.calls) == 2


def test_the_oldest_results_are_forgotten(reader: Reader) -> None:
    read = Remembering(reader)
    for number in range(RESULTS + 1):
        read(str(number))
    read(str(RESULTS))
    assert len(reader.calls) == RESULTS + 1
    read("0")
    assert len(reader.calls) == RESULTS + 2
