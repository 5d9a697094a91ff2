"""docs/performance.md, put together from the parts in this folder.

A part is a Markdown file: written by hand, or by the one program that measures what is in it. So
each can be measured anew without the others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PARTS: Final = Path(__file__).parent
PAGE: Final = PARTS.parents[1] / "docs" / "performance.md"
ORDER: Final = (
    "introduction",
    "reviews",
    "profile",
    "pythons",
    "apiserver",
    "leases",
    "check",
    "stored",
    "soak",
    "worst",
    "pod",
)
"""The names of the parts; one that is not there yet is left out."""
_FIRST_LINE: Final = (
    "<!-- Made by `make bench`, `make bench-apiserver`, `make bench-check`, `make soak` and "
    "`make worst`; change the parts in bench/page instead. -->"
)


def page() -> str:
    """Return the whole page."""
    parts = [PARTS / f"{name}.md" for name in ORDER]
    texts = [part.read_text("utf-8").strip() for part in parts if part.exists()]
    return f"{_FIRST_LINE}\n" + "\n\n".join(texts) + "\n"


def write(part: str, text: str) -> None:
    """Replace one part, and make the page anew."""
    if part not in ORDER:
        raise ValueError(f"{part} is none of the parts: {', '.join(ORDER)}")
    (PARTS / f"{part}.md").write_text(f"{text.strip()}\n", "utf-8")
    PAGE.write_text(page(), "utf-8")
