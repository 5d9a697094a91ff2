"""docs/parity.md is what the kept reports and the tables make."""

from __future__ import annotations

from devtools.parity.document import PAGE, page
from devtools.parity.report import kept


def test_the_page_is_made_from_the_reports() -> None:
    reports = kept()
    assert [report.differences for report in reports] == [0] * len(reports)
    assert PAGE.read_text("utf-8") == page(reports)
