"""One real control plane for all tests below this folder.

It is started once a session (3 s); with pytest-xdist each worker starts its own, which takes 400 MB
a worker and gains much: tests mostly wait, and three workers keep two cores busy. Each test takes a
namespace of its own and may run in any order. What stops or freezes a part of the control plane
uses its own (``run_control_plane``), or puts it back.
"""

import os
import time
from collections import defaultdict
from collections.abc import Generator, Iterator

import httpx2
import pytest

from devtools.controlplane import (
    Binaries,
    Component,
    ControlPlane,
    Process,
    run_control_plane,
)
from devtools.parity import document
from devtools.parity.suite import Suite
from devtools.programs.binaries import find_binaries
from devtools.webhook import install

LONGEST = ("policies/test_differential.py", "test_parity.py", "test_not_the_outage.py")
"""Files that begin first, so that no worker of pytest-xdist ends with one of them alone."""
RUNNING = pytest.StashKey[ControlPlane]()
BEGAN = pytest.StashKey[float]()


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """Programs from KUBEBUILDER_ASSETS, or those that ``make control-plane`` has built."""
    return find_binaries(os.environ)


@pytest.fixture(scope="session")
def control_plane(
    binaries: Binaries,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[ControlPlane]:
    """Run etcd and kube-apiserver until the session ends."""
    folder = tmp_path_factory.mktemp("control-plane")
    with run_control_plane(binaries, folder) as running:
        pytestconfig.stash[RUNNING] = running
        yield running
        del pytestconfig.stash[RUNNING]


@pytest.fixture(scope="session")
def controller_manager(control_plane: ControlPlane) -> Component:
    """Run a kube-controller-manager until the session ends."""
    return control_plane.start_controller_manager()


@pytest.fixture(scope="session")
def scheduler(control_plane: ControlPlane) -> Component:
    """Run a kube-scheduler until the session ends."""
    return control_plane.start_scheduler()


@pytest.fixture(scope="session")
def webhook(api: httpx2.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Run `leasegate serve` on a Service, registered for the namespace NAMESPACE."""
    with install(api, tmp_path_factory.mktemp("leasegate")) as process:
        yield process


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the control plane logged last under a test that failed."""
    report = yield
    running = item.config.stash.get(RUNNING, None)
    if report.failed and running and "control_plane" in getattr(item, "fixturenames", ()):
        report.sections.append(("control plane", running.log_tails()))
    return report


@pytest.hookimpl(trylast=True)  # when the order is random already
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    names = [f"tests/suites/cluster/{name}" for name in LONGEST]

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        return names.index(file) if file in names else len(names)

    items.sort(key=place)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[BEGAN] = time.monotonic()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Print what tests say of themselves, and how long each file took, the longest first.

    With REPORT=1, a green run of the whole suite is also kept for docs/parity.md.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    said: dict[str, str] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.nodeid.startswith(
                "tests/suites/cluster/"
            ):
                seconds[report.nodeid.partition("::")[0]] += report.duration
                if report.when == "call":
                    for name, value in report.user_properties:
                        said[name] = str(value)
                        terminalreporter.write_line(f"{name}: {value}")
    for file, duration in sorted(seconds.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{duration:7.1f} s  {file}")
    is_worker = hasattr(config, "workerinput")  # one of several, which all come by here
    is_whole = (
        not is_worker and config.args == ["tests/suites/cluster"] and not config.option.keyword
    )
    if os.environ.get("REPORT") == "1" and is_whole and exitstatus == 0:
        took = round(time.monotonic() - config.stash[BEGAN])
        Suite(said["kubernetes"], len(terminalreporter.stats["passed"]), took).write()
        document.write()
        terminalreporter.write_line("wrote docs/parity.md")
