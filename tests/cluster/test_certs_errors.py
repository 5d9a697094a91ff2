"""`leasegate certs` that cannot do what it was asked for: one line and exit code 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster.api_server import Answer, ApiServer
from tests.cluster.commands import ROTATE, STATUS, leasegate
from tests.cluster.installation import Installation, fill_with_garbage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", [STATUS, ROTATE])
def test_a_missing_right_is_one_line_and_exit_code_2(
    server: ApiServer, command: tuple[str, ...]
) -> None:
    server.answers = [Answer("GET", "", 403, "secrets is forbidden")]
    found = leasegate(server, *command)
    assert found.exit_code == 2
    assert found.output.startswith("Error: cannot read the ")
    assert found.output.endswith(": secrets is forbidden\n")


def test_rotate_of_nothing_or_of_garbage_is_refused(installation: Installation) -> None:
    nothing = leasegate(installation.server, *ROTATE)
    assert "it holds no CA yet; a running replica repairs it" in nothing.output
    fill_with_garbage(installation)
    garbage = leasegate(installation.server, *ROTATE)
    assert "state.json cannot be read" in garbage.output
    assert (nothing.exit_code, garbage.exit_code) == (2, 2)


def test_status_of_files_needs_them(server: ApiServer, tmp_path: Path) -> None:
    found = leasegate(server, *STATUS, "--certificates=files")
    assert "files need --tls-cert-file and --tls-private-key-file." in found.output
    assert found.exit_code == 2
    missing = [f"--tls-cert-file={tmp_path / 'x'}", f"--tls-private-key-file={tmp_path / 'y'}"]
    found = leasegate(server, *STATUS, "--certificates=files", *missing)
    assert f"Error: {tmp_path / 'x'} does not exist" in found.output
