"""Runs commands: in this process by click's own runner, a server in one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from app.cli.main import leasegate
from tests.cli import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(leasegate, arguments, env=dict(environment), prog_name="leasegate")


def serve(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the server in a process of its own, since it sets up the logging of its process."""
    return processes.run("serve", *arguments, folder=ROOT, environment=dict(environment))


def write_pair(folder: Path) -> tuple[Path, Path]:
    """Make development certificates; return the paths of the leaf and its key."""
    assert run("certs", "dev", "--folder", str(folder)).exit_code == 0
    return folder / "tls.crt", folder / "tls.key"
