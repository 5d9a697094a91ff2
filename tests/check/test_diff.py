"""A diff is what other programs make of the same change."""

from __future__ import annotations

import difflib

from hypothesis import given, strategies as st

from app.check.diff import unified

_LINES = st.lists(st.tuples(st.sampled_from(["a\n", "b\n", "c\r\n"]), st.booleans()), max_size=40)


@given(_LINES)
def test_it_is_that_of_the_standard_library(lines: list[tuple[str, bool]]) -> None:
    # Each line is another one, so that there is one way to tell them apart.
    before = [f"{number} {line}" for number, (line, _) in enumerate(lines)]
    after = [f"v{old}" if changes else old for old, (_, changes) in zip(before, lines, strict=True)]
    expected = [
        line.rstrip("\n")
        for line in difflib.unified_diff(before, after, "a/x.yaml", "b/x.yaml", lineterm="\n")
    ]
    found = list(unified("x.yaml", "".join(before).encode(), "".join(after).encode()))
    assert found == expected


def test_a_last_line_without_an_end_is_marked() -> None:
    assert list(unified("x", b"a\nv1", b"a\n1")) == [
        "--- a/x",
        "+++ b/x",
        "@@ -1,2 +1,2 @@",
        " a",
        "-v1",
        r"\ No newline at end of file",
        "+1",
        r"\ No newline at end of file",
    ]


def test_nothing_changed_is_no_diff() -> None:
    assert list(unified("x", b"a\n", b"a\n")) == []
