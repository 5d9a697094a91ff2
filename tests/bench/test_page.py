"""docs/performance.md is put together from parts that are measured one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import page

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_is_what_its_parts_make() -> None:
    assert page.PAGE.read_text("utf-8") == page.page()


def test_its_first_line_says_that_it_is_made() -> None:
    assert page.page().startswith("<!-- Made by `make bench`")


def test_every_part_has_a_place() -> None:
    assert {part.stem for part in page.PARTS.glob("*.md")} <= set(page.ORDER)


def test_a_part_is_replaced_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PARTS", tmp_path)
    monkeypatch.setattr(page, "PAGE", tmp_path / "page" / "performance.md")
    page.PAGE.parent.mkdir()
    page.write("pod", "by hand")
    page.write("reviews", "old")
    page.write("reviews", "new")
    assert page.PAGE.read_text("utf-8").splitlines()[1:] == ["new", "", "by hand"]


def test_a_part_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="other is none of the parts: introduction"):
        page.write("other", "text")
