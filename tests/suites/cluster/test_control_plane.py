"""The control plane fixture itself: it is real, it elects, it ends, and it says why it cannot."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import httpx2
import pytest

from devtools.controlplane import (
    Binaries,
    Component,
    ControlPlane,
    ControlPlaneError,
    Endpoint,
    Options,
    run_control_plane,
    wait_for,
)

COORDINATION = "/apis/coordination.k8s.io"
REPOSITORY = Path(__file__).parents[3]

OWNER = """
import signal
import sys
from pathlib import Path
from devtools.controlplane import Binaries, run_control_plane

# A shell's background job ignores Ctrl-C, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
with run_control_plane(Binaries(Path(sys.argv[1])), Path(sys.argv[2])) as running:
    print(running.etcd.pid, running.apiserver.pid, running.start_scheduler().pid, flush=True)
    sys.stdin.read()
"""


def is_gone(pid: int) -> bool:
    """Say whether a process has ended; one that nobody has reaped has."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def owner(binaries: Binaries, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run another process that has a control plane of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(binaries.folder), str(tmp_path / "owned")],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


def test_the_api_server_calls_itself_the_release_it_is(
    api: httpx2.Client, binaries: Binaries, record_property: Callable[[str, object], None]
) -> None:
    stamped = subprocess.check_output([binaries.path("kube-apiserver"), "--version"], text=True)
    version = api.get("/version").json()
    record_property("kubernetes", version["gitVersion"])
    assert stamped == f"Kubernetes {version['gitVersion']}\n"
    assert version["major"] == "1"
    assert version["gitVersion"].startswith(f"v1.{version['minor']}.")


@pytest.mark.parametrize("version", ["v1beta1", "v1alpha2"])
def test_lease_candidates_are_served_in_both_versions(
    api: httpx2.Client, namespace: str, version: str
) -> None:
    url = f"{COORDINATION}/{version}/namespaces/{namespace}/leasecandidates"
    candidate = {
        "metadata": {"name": "candidate"},
        "spec": {
            "leaseName": "example",
            "binaryVersion": "1.36.0",
            "emulationVersion": "1.36.0",
            "strategy": "OldestEmulationVersion",
        },
    }
    created = api.post(url, json=candidate)
    assert created.status_code == 201, created.text
    listed = api.get(url).json()["items"]
    assert [item["spec"]["leaseName"] for item in listed] == ["example"]


def test_built_in_validation_is_the_servers_own(api: httpx2.Client, namespace: str) -> None:
    url = f"{COORDINATION}/v1beta1/namespaces/{namespace}/leasecandidates"
    refused = api.post(url, json={"metadata": {"name": "candidate"}, "spec": {}})
    assert refused.status_code == 422
    assert refused.json()["reason"] == "Invalid"


def test_kubectl_reads_standard_input_and_reports_its_exit_code(
    control_plane: ControlPlane, namespace: str
) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: example}\n"
    applied = control_plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=manifest)
    assert (applied.returncode, applied.stdout) == (0, "configmap/example created\n")
    missing = control_plane.kubectl("get", "-n", namespace, "configmap/missing")
    assert missing.returncode == 1
    assert "NotFound" in missing.stderr


def test_a_service_gets_a_loopback_address_that_a_process_here_can_listen_on(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str
) -> None:
    service = {"metadata": {"name": "webhook"}, "spec": {"ports": [{"port": 443}]}}
    answer = api.post(f"/api/v1/namespaces/{namespace}/services", json=service)
    address = IPv4Address(answer.json()["spec"]["clusterIP"])
    assert address in control_plane.services
    assert address.is_loopback
    with socket.create_server((str(address), 443)):
        pass


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler"])
@pytest.mark.usefixtures("controller_manager", "scheduler")
def test_components_become_leaders_through_coordinated_leader_election(
    api: httpx2.Client, name: str
) -> None:
    def leader() -> dict[str, str] | None:
        lease = api.get(f"{COORDINATION}/v1/namespaces/kube-system/leases/{name}").json()
        spec: dict[str, str] = lease.get("spec", {})
        return spec if spec.get("holderIdentity") else None

    spec = wait_for(leader, f"a leader of {name}", timeout=120)
    assert spec["strategy"] == "OldestEmulationVersion"
    url = f"{COORDINATION}/v1beta1/namespaces/kube-system/leasecandidates"
    candidate = api.get(f"{url}/{spec['holderIdentity']}").json()["spec"]
    assert candidate["leaseName"] == name


def test_a_paused_component_answers_nothing_until_it_is_resumed(scheduler: Component) -> None:
    scheduler.pause()
    try:
        assert not scheduler.is_ready()
        assert scheduler.running
    finally:
        scheduler.resume()
    wait_for(scheduler.is_ready, "the scheduler", timeout=120)


def test_a_paused_component_can_be_stopped(control_plane: ControlPlane) -> None:
    component = control_plane.start_scheduler()
    component.pause()
    component.stop()
    assert component.exit_code == 0
    component.stop()


def test_two_control_planes_share_nothing_and_leave_only_logs(
    control_plane: ControlPlane, binaries: Binaries, tmp_path: Path
) -> None:
    with run_control_plane(binaries, tmp_path) as other:
        components = [other.etcd, other.apiserver, other.start_scheduler()]
        assert other.url != control_plane.url
        assert not other.services.overlaps(control_plane.services)
        with other.client() as api:
            names = [
                item["metadata"]["name"] for item in api.get("/api/v1/namespaces").json()["items"]
            ]
        assert not [name for name in names if name.startswith("test-")]
        with control_plane.client() as api:
            api.headers["Authorization"] = f"Bearer {other.token}"
            assert api.get("/version").status_code == 401
    # etcd ends in order and then by the signal that it got, as a shell expects.
    assert [component.exit_code for component in components] == [-signal.SIGTERM, 0, 0]
    assert all(is_gone(component.pid) for component in components)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["credentials", "logs"]


def test_a_component_can_be_killed_and_started_again(binaries: Binaries, tmp_path: Path) -> None:
    with run_control_plane(binaries, tmp_path) as running, running.client() as api:
        url = "/api/v1/namespaces/default/configmaps"
        api.post(url, json={"metadata": {"name": "kept"}}).raise_for_status()
        first = running.apiserver.pid
        running.apiserver.kill()
        with pytest.raises(httpx2.ConnectError):
            api.get("/version")
        running.apiserver.start_and_wait()
        assert running.apiserver.pid != first
        assert api.get(f"{url}/kept").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_an_owner_that_gets(
    owner: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    assert owner.stdout is not None
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(pids) == 3
    assert not any(is_gone(pid) for pid in pids)
    os.killpg(owner.pid, number)
    try:
        wait_for(lambda: all(is_gone(pid) for pid in pids), "its programs to end", timeout=120)
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_a_missing_program_is_named_with_what_to_do(tmp_path: Path) -> None:
    nothing = Binaries(tmp_path / "bin", hint="run `make control-plane` first")
    expected = f"no program {tmp_path}/bin/etcd: run `make control-plane` first"
    with pytest.raises(ControlPlaneError, match=expected), run_control_plane(nothing, tmp_path):
        pass


def test_a_folder_of_programs_is_asked_for_when_none_is_set() -> None:
    with pytest.raises(ControlPlaneError, match="KUBEBUILDER_ASSETS is not set"):
        Binaries.from_environment({})


def test_a_port_in_use_is_named(binaries: Binaries, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        expected = f"kube-apiserver cannot listen on 127.0.0.1:{port}: another process does"
        starting = run_control_plane(binaries, tmp_path, Options(port=port))
        with pytest.raises(ControlPlaneError, match=expected), starting:
            pass


def test_a_service_network_in_use_is_named(
    control_plane: ControlPlane, binaries: Binaries, tmp_path: Path
) -> None:
    network = control_plane.services
    starting = run_control_plane(binaries, tmp_path, Options(service_network=network))
    with pytest.raises(ControlPlaneError, match=f"{network} is in use by another"), starting:
        pass


def test_a_service_network_outside_loopback_is_refused(binaries: Binaries, tmp_path: Path) -> None:
    network = IPv4Network("192.0.2.0/24")
    starting = run_control_plane(binaries, tmp_path, Options(service_network=network))
    with pytest.raises(ControlPlaneError, match="is not a loopback network"), starting:
        pass


def test_a_program_that_ends_early_shows_the_end_of_its_log(
    binaries: Binaries, tmp_path: Path
) -> None:
    starting = run_control_plane(binaries, tmp_path, Options(flags=["--no-such-flag"]))
    with pytest.raises(ControlPlaneError) as raised, starting:
        pass
    message = str(raised.value)
    assert "kube-apiserver ended with exit code 1 before it was ready" in message
    assert f"last lines of {tmp_path}/logs/kube-apiserver.log" in message
    assert "unknown flag: --no-such-flag" in message
    assert not (tmp_path / "etcd").exists()


def test_a_program_that_is_not_ready_in_time_is_ended(tmp_path: Path) -> None:
    endpoint = Endpoint.free("127.0.0.1")
    never_serves = Component(
        "sleep",
        ["/bin/sleep", "1000"],
        tmp_path / "sleep.log",
        endpoints=[endpoint],
        ready_url=endpoint.url("http"),
        tls=ssl.create_default_context(),
        ready_seconds=0.2,
    )
    with pytest.raises(ControlPlaneError, match=r"sleep was not ready after 0\.2 s"):
        never_serves.start_and_wait()
    assert never_serves.exit_code == -signal.SIGKILL


def test_the_callers_environment_changes_nothing(
    binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETCD_LISTEN_CLIENT_URLS", "not a URL")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    with run_control_plane(binaries, tmp_path) as running:
        assert running.kubectl("get", "--raw", "/readyz").stdout == "ok"
