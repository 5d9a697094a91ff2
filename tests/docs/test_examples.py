"""Every example review is answered as its table says."""

from __future__ import annotations

import base64
import json
import re
import ssl
from pathlib import Path
from typing import Any

import httpx2
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ROW = re.compile(
    r"^\| \[(?P<name>[^]]+)\]\(reviews/(?P=name)\.json\) \| (?P<mutate>.+) \| (?P<validate>.+) \|$",
    re.MULTILINE,
)
TABLE = {
    (match["name"], endpoint): match[endpoint]
    for match in ROW.finditer((EXAMPLES / "README.md").read_text("utf-8"))
    for endpoint in ("mutate", "validate")
}


def summary(response: dict[str, Any]) -> str:
    """Return a decision in the words of the table."""
    if not response["allowed"]:
        fields = [cause["field"] for cause in response["status"]["details"]["causes"]]
        return f"denied: {', '.join(dict.fromkeys(fields))}"
    if "patch" in response:
        operations = json.loads(base64.b64decode(response["patch"]))
        return f"patched: {', '.join(operation['path'] for operation in operations)}"
    return "allowed"


def test_the_table_has_every_example() -> None:
    files = {path.stem for path in (EXAMPLES / "reviews").iterdir()}
    assert {name for name, _ in TABLE} == files


@pytest.mark.parametrize(
    ("name", "endpoint"), [pytest.param(*key, id=f"{key[0]} to {key[1]}") for key in TABLE]
)
def test_an_example_is_answered_as_its_table_says(
    name: str, endpoint: str, port: int, checkout: Path
) -> None:
    review = (EXAMPLES / "reviews" / f"{name}.json").read_bytes()
    context = ssl.create_default_context(cafile=checkout / "certs" / "ca.crt")
    answer = httpx2.post(
        f"https://localhost:{port}/{endpoint}",
        content=review,
        headers={"Content-Type": "application/json"},
        verify=context,
        trust_env=False,
    )
    response = answer.json()["response"]
    assert response["uid"] == json.loads(review)["request"]["uid"]
    assert summary(response) == TABLE[name, endpoint]
