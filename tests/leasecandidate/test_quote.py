from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.leasecandidate.quote import quote, quote_json
from tests.conftest import DATA

CASES = json.loads((DATA / "go-quoting.json").read_text())["cases"]
every_text = pytest.mark.parametrize(
    "case", [pytest.param(case, id=ascii(case["text"])) for case in CASES]
)


@every_text
def test_a_text_is_quoted_as_strconv_quote_does(case: dict[str, str]) -> None:
    assert quote(case["text"]) == case["quoted"]


@every_text
def test_a_text_is_written_as_json_marshal_does(case: dict[str, str]) -> None:
    assert quote_json(case["text"]) == case["json"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (-1, "-1"),
        (2**63 - 1, "9223372036854775807"),
        ([], "[]"),
        (["a", "<b>"], '["a","\\u003cb\\u003e"]'),
        ({"b": 1, "a": [{}]}, '{"b":1,"a":[{}]}'),
        ({"<": "&"}, '{"\\u003c":"\\u0026"}'),
    ],
)
def test_other_values_are_written_on_one_line_without_spaces(value: Any, text: str) -> None:  # noqa: ANN401
    assert quote_json(value) == text


@given(st.text())
def test_what_is_quoted_is_one_printable_line(text: str) -> None:
    quoted = quote(text)
    assert quoted.startswith('"')
    assert quoted.endswith('"')
    assert quoted.isprintable()


@given(st.text())
def test_json_reads_back_as_what_it_was(text: str) -> None:
    assert json.loads(quote_json(text)) == text
