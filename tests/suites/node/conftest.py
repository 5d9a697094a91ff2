"""One real node for all tests below this folder, in a machine of its own.

`pytest tests/suites/node/...` runs itself again inside such a machine, so a test is run like any
other, as root. The node is started once a session (15 s). With `-n` each worker has a machine and a
node of its own. Each test that writes candidates takes a namespace of its own; releases of the
chart end with their test.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app import __version__
from devtools.controlplane import Binaries, ControlPlane
from devtools.image import ImageError, build_image
from devtools.machine import MachineError, is_inside, run
from devtools.node import Node, run_node
from devtools.programs.binaries import find_node_binaries
from devtools.programs.cache import cache_folder
from tests.suites.node.release import Release

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx2

RUNNING = pytest.StashKey[ControlPlane]()
IMAGE = "LEASEGATE_IMAGE"
DEFAULT_NAME = f"docker.io/library/leasegate:{__version__}"
"""What the chart's default image is called in full, so that its defaults find it."""
OTHER_NAME = "docker.io/library/leasegate:other"
"""The same image under another tag: for Kubernetes, another image."""


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Build the image while there is a way out, and run the same pytest in machines of its own."""
    if is_inside() or config.option.collectonly or config.option.help:
        return None
    try:
        if IMAGE not in os.environ:
            name, cache = f"localhost/leasegate:{__version__}", cache_folder(os.environ)
            built = build_image(config.rootpath, name, cache, os.environ, _say)
            os.environ[IMAGE] = str(built.archive)
        if config.option.numprocesses:
            worker = f"popen//python={sys.executable} -m devtools.machine {sys.executable}"
            config.option.tx = [worker] * len(config.option.tx)
            return None
        return run([sys.executable, "-m", "pytest", *config.invocation_params.args])
    except (ImageError, MachineError) as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests the time that pods take on a machine with other work to do."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(400))


def _say(line: str) -> None:
    sys.stderr.write(f"image: {line}\n")


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """Programs from KUBEBUILDER_ASSETS, or those that ``make node`` has built."""
    return find_node_binaries(os.environ)


@pytest.fixture(scope="session")
def image() -> Path:
    """Return the docker-archive in LEASEGATE_IMAGE, or the one built from this checkout."""
    return Path(os.environ[IMAGE])


@pytest.fixture(scope="session")
def node(
    binaries: Binaries,
    image: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[Node]:
    """Run a node until the session ends; it has the image under test."""
    with run_node(binaries, tmp_path_factory.mktemp("node"), [image]) as running:
        pytestconfig.stash[RUNNING] = running.control_plane
        for name in (DEFAULT_NAME, OTHER_NAME):
            running.tag_image(f"localhost/leasegate:{__version__}", name)
        yield running
        del pytestconfig.stash[RUNNING]


@pytest.fixture(scope="session")
def control_plane(node: Node) -> ControlPlane:
    """Return the node's control plane, as the tests in tests/suites/cluster have one."""
    return node.control_plane


@pytest.fixture
def release(node: Node, api: httpx2.Client) -> Iterator[Release]:
    """Return a release that is not installed yet, and is uninstalled after the test."""
    release = Release.create(node, api)
    yield release
    release.remove()


@pytest.fixture(scope="module")
def installed(node: Node) -> Iterator[Release]:
    """Install the chart with its defaults, for all tests of a file."""
    with node.control_plane.client() as api:
        release = Release.create(node, api)
        release.install()
        yield release
        release.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the pods and the programs said last under a test that failed."""
    report = yield
    running = item.config.stash.get(RUNNING, None)
    if report.failed and running:
        asked = ("get", "pods,events", "--all-namespaces", "--output=wide")
        report.sections.append(("pods", running.kubectl(*asked).stdout[-6000:]))
        report.sections.append(("programs", running.log_tails(6)))
    return report
