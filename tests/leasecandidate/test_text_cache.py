"""What is remembered, and what is not."""

from __future__ import annotations

import pytest

from app.leasecandidate.text_cache import LENGTH, RESULTS, TextCache


class Reader:
    """Counts its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, text: str) -> str:
        self.calls.append(text)
        if text == "bad":
            raise ValueError("bad")
        return text.upper()


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        pytest.param("one", 1, id="a text"),
        pytest.param("", 1, id="no characters"),
        pytest.param("x" * LENGTH, 1, id="the longest that is remembered"),
        pytest.param("x" * (LENGTH + 1), 3, id="one character more"),
    ],
)
def test_a_result_is_read_once_where_the_text_is_short(
    reader: Reader, text: str, calls: int
) -> None:
    cache = TextCache(reader)
    assert [cache[text] for _ in range(3)] == [text.upper()] * 3
    assert len(reader.calls) == calls


def test_what_is_raised_is_raised_again(reader: Reader) -> None:
    cache = TextCache(reader)
    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            cache["bad"]
    assert len(reader.calls) == 2
    assert not cache


def test_never_more_than_so_many_results_are_remembered(reader: Reader) -> None:
    cache = TextCache(reader)
    for number in range(3 * RESULTS):
        assert cache[str(number)] == str(number)
        assert len(cache) <= RESULTS
    assert cache["0"] == "0"
    assert len(reader.calls) == 3 * RESULTS + 1
