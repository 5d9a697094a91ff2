"""The hooks that others use through pre-commit are commands that there are."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import yaml
from click.testing import CliRunner

from app.cli.main import leasegate
from tests.check.manifests import manifest, stream

if TYPE_CHECKING:
    from pathlib import Path


def test_each_hook_runs_on_files(root: Path, tmp_path: Path) -> None:
    hooks = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["leasegate-check", "leasegate-fix"]
    path = tmp_path / "a.yaml"
    for hook in hooks:
        path.write_text(stream(manifest(renewTime=None, binaryVersion="v1.33.0")))
        program, *arguments = shlex.split(hook["entry"])
        assert program == leasegate.name
        assert {"name", "description", "language", "types_or"} <= hook.keys()
        result = CliRunner().invoke(leasegate, [*arguments, str(path)])
        assert result.exit_code == 0, result.output
        assert ("v1.33.0" not in path.read_text()) is ("--fix" in arguments)
