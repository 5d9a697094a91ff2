"""The generated parts of the documentation say what the program says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from app.cli.main import leasegate
from app.leasecandidate.rules.ruleset import Exemption
from charts.generator import match_conditions
from tests.docs.blocks import blocks
from tests.docs.generated import DOCS, PAGES, regenerated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.mark.parametrize(("name", "parts"), PAGES.items())
def test_a_page_is_what_would_be_generated(
    name: str, parts: Mapping[str, Callable[[], str]]
) -> None:
    page = (DOCS / name).read_text("utf-8")
    assert page == regenerated(page, parts), "run `python -m tests.docs.generated`"


def test_a_part_that_is_not_in_the_page_is_an_error() -> None:
    with pytest.raises(ValueError, match=re.escape("the page has the parts [], and there are")):
        regenerated("", {"part": str})


def test_the_conditions_of_the_page_are_those_that_are_registered() -> None:
    (block,) = [
        block for block in blocks(DOCS / "policies.md", "policies.md") if block.language == "yaml"
    ]
    assert yaml.safe_load(block.text) == {
        "matchConditions": [condition.to_manifest() for condition in match_conditions.VALIDATING]
    }


def test_the_file_of_the_configuration_page_is_complete_and_means_the_defaults(
    tmp_path: Path,
) -> None:
    (block,) = [
        block
        for block in blocks(DOCS / "configuration.md", "configuration.md")
        if block.language == "yaml"
    ]
    file = tmp_path / "leasegate.yaml"
    file.write_text(block.text)
    result = CliRunner().invoke(leasegate, ["config", "--config", str(file), "--output", "json"])
    found = {key: row["value"] for key, row in json.loads(result.output).items()}
    defaults = CliRunner().invoke(leasegate, ["config", "--output", "json"])
    wanted = {key: row["value"] for key, row in json.loads(defaults.output).items()}
    assert found.pop("rules.exemptions")
    assert found | {"rules.exemptions": [], "process.config": None} == wanted
    assert set(Exemption.model_fields) == set(yaml.safe_load(block.text)["rules"]["exemptions"][0])
