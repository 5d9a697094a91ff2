"""Commands that talk to an API server, run in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from click.testing import CliRunner

from app.cli.main import leasegate as command

if TYPE_CHECKING:
    from click.testing import Result

    from tests.cluster.api_server import ApiServer

STATUS: Final = ("certs", "status", "--namespace=default")
ROTATE: Final = ("certs", "rotate", "--namespace=default")


def leasegate(server: ApiServer, *arguments: str) -> Result:
    """Run `leasegate ARGUMENTS` with the kubeconfig of the server; a defect is raised."""
    flags = [*arguments, f"--kubeconfig={server.kubeconfig}"]
    result = CliRunner().invoke(command, flags)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
