"""docs/protocol.md lists every HTTP error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.admission.status import REFUSALS

if TYPE_CHECKING:
    from pathlib import Path


def test_every_code_is_listed_with_its_reason_and_meaning(root: Path) -> None:
    page = (root / "docs" / "protocol.md").read_text()
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    assert [(int(code), reason, meaning) for code, reason, meaning in rows] == [
        (code, refusal.reason, refusal.meaning) for code, refusal in REFUSALS.items()
    ]
