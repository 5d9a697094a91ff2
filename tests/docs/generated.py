"""The parts of documentation that are made from the program.

A page holds each between `<!-- generated: NAME -->` and `<!-- end -->`. `python -m
tests.docs.generated` writes them again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.docs import configuration, policies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGES: Final[Mapping[str, Mapping[str, Callable[[], str]]]] = {
    "configuration.md": configuration.PARTS,
    "policies.md": policies.PARTS,
}
_PART: Final = re.compile(
    r"(?P<begin><!-- generated: (?P<name>\S+) -->\n).*?(?P<end><!-- end -->\n)", re.DOTALL
)


def regenerated(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Return the text of a page with its parts made anew; each part must be there once."""
    found: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        found.append(match["name"])
        return f"{match['begin']}\n{parts[match['name']]()}\n{match['end']}"

    text = _PART.sub(replaced, page)
    if sorted(found) != sorted(parts):
        raise ValueError(f"the page has the parts {found}, and there are {list(parts)}")
    return text


if __name__ == "__main__":
    for name, parts in PAGES.items():
        path = DOCS / name
        path.write_text(regenerated(path.read_text("utf-8"), parts), "utf-8")
