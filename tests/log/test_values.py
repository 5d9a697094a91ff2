"""What values look like in a record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from app.log import LogFormat
from app.log.configure import rendering

if TYPE_CHECKING:
    from structlog.typing import EventDict

TEXTS = st.text(st.characters(exclude_categories=()), max_size=600)
VALUES = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(),
    st.lists(TEXTS, max_size=30),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
    st.binary(max_size=10),
)
RECORDS = st.dictionaries(
    st.sampled_from(["event", "user", "name", "message", "causes"]), VALUES, min_size=1
)
TRACEBACK = "".join(f'  File "{number}"\n' for number in range(500)) + "ValueError: \x1b[2J\rno"


def render(log_format: LogFormat, record: EventDict) -> str:
    line: object = {"event": "denied", "level": "info", **record}
    for process in rendering(log_format):
        line = process(None, "info", line)  # type: ignore[arg-type]
    assert isinstance(line, str)
    return line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("a" * 256, "a" * 256, id="a text of 256 characters stays"),
        pytest.param("a" * 257, "a" * 256 + "... 257 in all", id="a longer one is cut"),
        pytest.param(["b"] * 20, ["b"] * 20, id="a list of 20 texts stays"),
        pytest.param(("b",) * 22, ["b"] * 20 + ["... 2 more"], id="a longer one is cut"),
        pytest.param(["c" * 300], ["c" * 256 + "... 300 in all"], id="texts in a list are cut"),
        pytest.param({"spec": {}}, "<dict>", id="an object is shown by its type"),
        pytest.param(b"pem", "<bytes>", id="bytes are shown by their type"),
        pytest.param(0.25, 0.25, id="a number stays"),
        pytest.param(True, True, id="a boolean stays"),
        pytest.param(None, None, id="nothing stays"),
    ],
)
def test_json_shows(value: object, shown: object) -> None:
    assert json.loads(render(LogFormat.JSON, {"key": value}))["key"] == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("kube-system", "key=kube-system", id="a plain word"),
        pytest.param("a b", "key='a b'", id="a space"),
        pytest.param("a uid=1", "key='a uid=1'", id="what looks like another field"),
        pytest.param("a\nb", r"key=a\nb", id="a line feed"),
        pytest.param("\x1b[31m", r"key=\x1b[31m", id="a terminal's command"),
        pytest.param("\x9b31m", r"key=\x9b31m", id="a command in one character"),
        pytest.param("\u202eabc", r"key=\u202eabc", id="text turned around"),
        pytest.param("a\u2028b", r"key=a\u2028b", id="a line separator"),
        pytest.param(["a\nb"], r"key=['a\nb']", id="a list"),
        pytest.param(7, "key=7", id="a number"),
    ],
)
def test_text_shows(value: object, shown: str) -> None:
    assert render(LogFormat.TEXT, {"key": value}).endswith(shown)


@given(RECORDS)
def test_a_json_record_is_one_line_of_ascii(record: EventDict) -> None:
    line = render(LogFormat.JSON, record)
    assert line.isprintable()
    assert line.isascii()
    assert isinstance(json.loads(line), dict)


@given(RECORDS)
def test_no_value_makes_a_text_record_look_like_two(record: EventDict) -> None:
    first, *others = render(LogFormat.TEXT, record).split("\n")
    assert all(line.startswith("    ") for line in others)
    assert all(line.isprintable() for line in (first, *others))


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_traceback_keeps_its_last_lines(log_format: LogFormat) -> None:
    text = render(log_format, {"exception": TRACEBACK})
    assert "ValueError" in text
    assert 'File "499"' in text.replace('\\"', '"')
    assert 'File "100"' not in text.replace('\\"', '"')
    assert "\x1b" not in text
    assert "\r" not in text


def test_the_lines_of_a_traceback_are_indented_in_text() -> None:
    first, *others = render(LogFormat.TEXT, {"exception": TRACEBACK}).split("\n")
    assert "denied" in first
    assert len(others) == 100
    assert [line for line in others[1:] if not line.startswith("    ")] == []
