"""Documents are read as kubectl reads them, and each value knows its place."""

from __future__ import annotations

import io
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from app.check import documents as reading, tree
from app.check.documents import chunks, documents, trees
from app.check.location import UnreadableError
from app.check.tree import Tree
from app.check.yaml_scalar import resolve
from tests.check.yaml_table import (
    HEAD,
    LENIENT,
    NO_SCALARS,
    NO_STREAMS,
    SCALARS,
    SPECS,
    STREAMS,
    STRICTER,
)

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str | bytes) -> list[Tree | UnreadableError]:
    stream = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    found: list[Tree | UnreadableError] = []
    try:
        for chunk in chunks(stream):
            found += documents(chunk)
    except UnreadableError as error:
        found.append(error)
    return found


def values(text: str) -> list[Any]:
    found = read(text)
    assert all(isinstance(each, Tree) for each in found), found
    return [each.value for each in found if isinstance(each, Tree)]


def problem(text: str | bytes) -> tuple[int, int, str]:
    """Return line, column and words of the only problem."""
    (found,) = [each for each in read(text) if isinstance(each, UnreadableError)]
    return found.position.line, found.position.column, found.problem


@pytest.mark.parametrize(("text", "value"), (SCALARS | LENIENT).items(), ids=SCALARS | LENIENT)
def test_a_scalar_is_what_it_is_for_kubectl(text: str, value: object) -> None:
    (document,) = values(f"{HEAD}spec:\n  a: {text}\n")
    found = document["spec"]["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", NO_SCALARS)
def test_a_scalar_that_is_none_makes_the_document_unreadable(text: str) -> None:
    line, _, words = problem(f"{HEAD}spec:\n  a: {text}\n")
    assert line >= 5
    assert words


@pytest.mark.parametrize(("text", "value"), SPECS.values(), ids=SPECS)
def test_a_structure_is_what_it_is_for_kubectl(text: str, value: object) -> None:
    assert [document["spec"] for document in values(f"{HEAD}spec: {text}\n")] == [value]


@pytest.mark.parametrize(("text", "specs"), STREAMS.values(), ids=STREAMS)
def test_a_file_has_the_documents_that_kubectl_finds_in_it(text: str, specs: list[Any]) -> None:
    assert [document["spec"] for document in values(text)] == specs


@pytest.mark.parametrize("text", (NO_STREAMS | STRICTER).values(), ids=NO_STREAMS | STRICTER)
def test_a_file_that_cannot_be_read_says_where_and_why(text: str) -> None:
    found = [each for each in read(text) if isinstance(each, UnreadableError)]
    assert found
    for each in found:
        assert 1 <= each.position.line <= text.count("\n") + 1
        assert each.position.column >= 1
        assert "\n" not in each.problem


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        pytest.param(f"{HEAD}spec: [1\n", 5, 1, "is not YAML", id="an open bracket"),
        pytest.param(f"{HEAD}---\n{HEAD}a: b: c\n", 8, 5, "is not YAML", id="document two"),
        pytest.param(f"{HEAD}spec: .nan\n", 4, 7, ".nan is no number in JSON", id="no number"),
        pytest.param(f"{HEAD}spec: {{~: 1}}\n", 4, 8, "a key must be", id="a null key"),
        pytest.param(f"{HEAD}--- x\n", 4, 4, "nothing but a comment after ---", id="a separator"),
        pytest.param('{"a": 1,\n "b" "c"}', 2, 6, "is not JSON", id="no value in JSON"),
        pytest.param('{"a": 1}\n{"b": 1} {"c" 1}', 2, 15, "is not JSON", id="the third JSON"),
        pytest.param(b"a: b\nc: '\xc3\xa9\xff'\n", 2, 6, "byte 0xff", id="no UTF-8"),
        pytest.param("a: b\n".encode("utf-16"), 1, 1, "UTF-8: byte 0xff", id="UTF-16"),
        pytest.param(b"\x7fELF\x02\x00\x00", 1, 1, "control characters", id="a binary"),
        pytest.param(b"a: b\x00c\n", 1, 5, "control characters", id="a NUL byte"),
        pytest.param("[" * 100_000, 1, 1, "200 levels deep", id="100,000 brackets"),
        pytest.param("x: " + "{a: " * 100_000, 1, 800, "200 levels deep", id="100,000 braces"),
        pytest.param("- " * 100_000, 1, 401, "200 levels deep", id="100,000 dashes"),
        pytest.param('{"a":' * 100_000, 1, 1, "200 levels deep", id="100,000 JSON objects"),
        pytest.param('{"a":' + "1" * 5000 + "}", 1, 1, "is not usable JSON", id="5,000 digits"),
        pytest.param(
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
                for old, new in zip("abcdef", "bcdefg", strict=True)
            ),
            7,
            1,
            "too many values",
            id="a billion laughs",
        ),
    ],
)
def test_what_is_unreadable_is_told_in_one_line_with_its_place(
    text: str | bytes, line: int, column: int, words: str
) -> None:
    found = problem(text)
    assert words in found[2]
    if "too many" not in words:
        assert found[:2] == (line, column)


def test_200_levels_are_the_deepest() -> None:
    # The mapping that holds them is one of them.
    for start in ("a: ", '{"a": '):
        end = "}" * start.startswith("{")
        assert values(f"{start}{'[' * 199}1{']' * 199}{end}")
        assert "200 levels" in problem(f"{start}{'[' * 200}1{']' * 200}{end}")[2]


def test_the_last_of_two_keys_is_the_one_that_is_found() -> None:
    for text in ("{a: 1, b: 0, a: 2}", '{"a": 1, "b": 0, "a": 2}'):
        (document,) = read(text)
        assert isinstance(document, Tree)
        assert document.value == {"a": 2, "b": 0}
        node = document.node(("a",))
        assert text[node.start : node.end] == "2"


def test_an_unreadable_document_does_not_keep_the_others_from_being_read() -> None:
    found = read(f"{HEAD}---\na: [\n---\n{HEAD}---\nb: \xff\n".encode("latin-1") + HEAD.encode())
    assert [type(each) for each in found] == [Tree, UnreadableError, Tree, UnreadableError]


def test_a_document_that_is_too_large_ends_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LIMIT", 1000)
    assert [type(each) for each in read(f"{HEAD}---\n{'# x' * 400}\n---\n{HEAD}")] == [
        Tree,
        UnreadableError,
    ]
    assert problem(f"{HEAD}---\n# {'x' * 10_000}")[0] == 5


@pytest.mark.parametrize("text", ["- 1\n" * 101, f"[{','.join('1' * 101)}]"], ids=["YAML", "JSON"])
def test_a_document_with_too_many_values_is_told_so_before_memory_ends(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert len(values(text)) == 1
    monkeypatch.setattr(tree, "MOST_VALUES", 100)
    assert problem(text)[2] == "has more than 100 values; split it into several"


@given(st.lists(st.sampled_from(["---\n", "--- # x\n", "a: b\n", "\n", "a: b", "é: ---\r\n"])))
def test_the_chunks_of_a_file_make_up_the_file(lines: list[str]) -> None:
    content = "".join(lines).encode()
    found = list(chunks(io.BytesIO(content)))
    assert b"".join(each.separator + each.content for each in found) == content
    for each in found:
        before = content.split(b"\n")[: each.first_line - 1]
        assert each.first_line == len(before) + 1


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(st.text(st.characters(codec="utf-8")), _JSON), st.sampled_from([None, 2]))
def test_json_is_read_as_json_and_every_value_is_found_at_its_place(
    value: dict[str, Any], indent: int | None
) -> None:
    text = " \n" + json.dumps(value, indent=indent, ensure_ascii=False) + '\n{"a": 1}'
    first, second = trees(text)
    assert (first.value, second.value) == (value, {"a": 1})
    assert second.position(("a",)).line == text.count("\n") + 1

    def look(part: Any, path: tuple[str | int, ...]) -> None:  # noqa: ANN401
        start, end = first.node(path).start, first.node(path).end
        assert json.loads(text[start:end]) == part
        position = first.position(path)
        line = text.split("\n")[position.line - 1]
        assert line[position.column - 1 :].startswith(text[start:end].split("\n")[0])
        children = part.items() if isinstance(part, dict) else ()
        for key, child in enumerate(part) if isinstance(part, list) else children:
            look(child, (*path, key))

    look(value, ())


def test_a_value_in_yaml_is_found_at_its_place() -> None:
    text = 'a:\n- b: "x"\n  é: {c: [1, yes]}\n# end\n'
    (found,) = trees(text)
    for path, line, column, word in (
        (("a", 0, "b"), 2, 6, '"x"'),
        (("a", 0, "é", "c"), 3, 10, "[1, yes]"),
        (("a", 0, "é", "c", 1), 3, 14, "yes"),
        (("a", 0, "é", "c", 7), 3, 10, "[1, yes]"),
        (("a", 0, "missing"), 2, 3, None),
        (("missing",), 1, 1, None),
    ):
        position, node = found.position(path), found.node(path)
        assert (position.line, position.column) == (line, column)
        assert word in (None, text[node.start : node.end])


@pytest.mark.parametrize(
    ("text", "duplicates"),
    [
        pytest.param("{a: 1, a: 2, b: [{c: 1, c: 2}]}", [("a",), ("b", 0, "c")], id="YAML"),
        pytest.param("{1: a, '1': b}", [("1",)], id="keys that become the same"),
        pytest.param("{<<: {a: 1}, a: 2}", [], id="a merge is none"),
        pytest.param('{"a":1,"b":[{"c":1,"c":2}],"a":2}', [("a",), ("b", 0, "c")], id="JSON"),
        pytest.param('{"a":{"b":1},"b":2}', [], id="JSON without any"),
    ],
)
def test_keys_that_stand_twice_are_known(text: str, duplicates: list[tuple[str, ...]]) -> None:
    (document,) = read(text)
    assert isinstance(document, Tree)
    assert sorted(document.doubled(())) == duplicates


@given(st.text())
def test_every_plain_scalar_is_something(text: str) -> None:
    assert isinstance(resolve(text), str | int | float | None)


@given(st.integers(-(2**63), 2**64 - 1))
def test_an_integer_is_read_in_every_base(number: int) -> None:
    sign, digits = "-" * (number < 0), abs(number)
    for text in (f"{digits:d}", f"{digits:#x}", f"{digits:#o}", f"{digits:#b}", f"0{digits:o}"):
        assert resolve(sign + text) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_read_as_it_was_written(number: float) -> None:
    found = resolve(repr(number))
    assert isinstance(found, int | float)
    assert math.isclose(found, number, rel_tol=0, abs_tol=0)


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_make_the_reading_fail(content: bytes) -> None:
    for each in read(content):
        assert isinstance(each, Tree) or each.problem


def test_the_recorded_reviews_are_json_on_one_line(root: Path) -> None:
    for path in (root / "tests" / "data" / "reviews").glob("*.json"):
        (document,) = read(path.read_bytes())
        assert isinstance(document, Tree)
        assert document.value == json.loads(path.read_bytes())
        assert document.position(("request", "object", "spec")).line == 1
