"""`make sbom`."""

from __future__ import annotations

import json
import platform
import subprocess
from typing import TYPE_CHECKING

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from app import __version__
from tests.suites.image.locked import locked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(900)
def test_the_sbom_is_valid_and_lists_leasegate_and_the_packages_of_the_lock(root: Path) -> None:
    made = subprocess.run(
        ["make", "--silent", "sbom"], cwd=root, capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stdout) == (0, "dist/leasegate.cdx.json\n"), made.stderr
    text = (root / "dist" / "leasegate.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    components = json.loads(text)["components"]
    found = {str(canonicalize_name(one["name"])): one["version"] for one in components}
    assert found.pop("leasegate") == __version__
    python = ".".join(platform.python_version_tuple()[:2])
    assert found == locked(root / "requirements.lock", python)
    # A file's address would be one of this machine.
    assert "file://" not in text
