"""`leasegate explain` on files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from app.cli.main import leasegate

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

HELD = """\
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: held, namespace: team}
spec:
  {holderIdentity: a, leaseDurationSeconds: 15, renewTime: "2026-11-27T18:07:45.000000Z"}
"""
EXPIRED = HELD.replace("name: held", "name: expired").replace(":07:45", ":00:00")
NODE = HELD.replace("namespace: team", "namespace: kube-node-lease")
CONFLICT = "\n---\n".join(
    f"""\
apiVersion: coordination.k8s.io/v1beta1
kind: LeaseCandidate
metadata: {{name: {name}, namespace: team, creationTimestamp: "2026-11-27T18:00:00Z"}}
spec:
  leaseName: held
  binaryVersion: 1.37.0
  emulationVersion: 1.37.0
  strategy: {strategy}
  renewTime: "2026-11-27T18:07:00.000000Z"
"""
    for name, strategy in (("a", "OldestEmulationVersion"), ("b", "example.com/newest"))
)


def explain(*arguments: str, stdin: str = "", color: bool = False) -> Result:
    result = CliRunner().invoke(leasegate, ["explain", *arguments], input=stdin, color=color)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def documents(*texts: str) -> str:
    return "\n---\n".join(texts)


@pytest.mark.parametrize(
    ("content", "arguments", "code"),
    [
        pytest.param([HELD], [], 0, id="held"),
        pytest.param([EXPIRED, HELD], [], 1, id="one without a leader"),
        pytest.param([EXPIRED, HELD], ["held"], 0, id="a healthy one is named"),
        pytest.param([EXPIRED, HELD], ["team/expired"], 1, id="the other one is named"),
        pytest.param([HELD, CONFLICT], [], 1, id="blocked"),
        pytest.param([HELD, CONFLICT], ["--without", "b"], 0, id="what if it were not"),
        pytest.param([HELD], ["--assume", "c=1.0.0/1.0.0"], 1, id="what if it did not yield"),
        pytest.param([HELD], ["--at", "2026-11-27T18:09:00Z"], 1, id="a while later"),
        pytest.param([HELD, "kind: ["], [], 2, id="a part that is not YAML"),
        pytest.param([HELD], ["other"], 2, id="a Lease that is not there"),
        pytest.param([HELD], ["-n", "other", "held"], 2, id="another namespace"),
        pytest.param([NODE], [], 2, id="nothing but a heartbeat of a node"),
        pytest.param([NODE], ["-n", "kube-node-lease"], 0, id="a heartbeat that is asked for"),
        pytest.param([NODE], ["kube-node-lease/held"], 0, id="a heartbeat that is named"),
        pytest.param([], [], 2, id="nothing"),
        pytest.param([HELD], ["--watch"], 2, id="nothing to watch"),
        pytest.param([HELD, EXPIRED], ["--without", "a"], 2, id="what if, of two Leases"),
        pytest.param([HELD], ["--without", "x"], 2, id="without one who does not stand"),
        pytest.param([HELD], ["--assume", "c"], 2, id="no assumption"),
        pytest.param([HELD], ["--at", "noon"], 2, id="no time"),
    ],
)
def test_exit_codes(content: list[str], arguments: list[str], code: int) -> None:
    result = explain("-f", "-", *arguments, stdin=documents(*content))
    assert result.exit_code == code, result.output
    assert (result.exit_code == 2) is bool(result.stderr)


def test_a_healthy_lease_takes_one_line_and_a_summary_follows() -> None:
    result = explain("-f", "-", stdin=documents(HELD, EXPIRED))
    lines = result.stdout.splitlines()
    assert lines[0].startswith("As of 2026-11-27T18:07:45.000000Z, the newest time in the files")
    assert "team/held: held by a (renewed 0 s ago, 15 s lease)" in lines
    assert lines[-1] == "2 Leases: 1 held, 1 without a leader"


def test_json_has_the_same(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(documents(HELD, CONFLICT, EXPIRED))
    found = json.loads(explain("-f", str(tmp_path / "f.yaml"), "-o", "json").stdout)
    assert not found["healthy"]
    assert [lease["state"] for lease in found["leases"]] == ["Leaderless", "Blocked"]
    blocked = found["leases"][1]
    assert blocked["remedies"][0]["command"] == "kubectl -n team delete leasecandidate b"
    verdicts = {each["name"]: each["verdict"] for each in blocked["candidates"]}
    assert verdicts == {"a": "Leader", "b": "Disagrees"}


def test_json_of_what_if_has_both_sides() -> None:
    result = explain("-f", "-", "--without", "b", "-o", "json", stdin=documents(HELD, CONFLICT))
    found = json.loads(result.stdout)
    assert found["before"]["state"] == "Blocked"
    assert found["after"]["state"] == "Held"
    assert found["difference"] == "Today a leads; then a leads on."


def test_a_folder_and_the_last_of_a_name_count(tmp_path: Path) -> None:
    (tmp_path / "1.yaml").write_text(EXPIRED)
    (tmp_path / "2.yaml").write_text(EXPIRED.replace(":00:00", ":07:45"))
    assert explain("-f", str(tmp_path)).exit_code == 0


def test_what_objects_say_cannot_steer_a_terminal() -> None:
    hostile = yaml.safe_load(EXPIRED)
    hostile["spec"]["holderIdentity"] = "\x1b[31mred\nblue"
    hostile["metadata"]["name"] = "a\x1b]0;b\x07"
    result = explain(
        "-f", "-", "--at", "2026-12-27T18:00:00Z", stdin=json.dumps(hostile), color=True
    )
    assert "\x1b]" not in result.stdout
    assert "\x1b[31mred" not in result.stdout
    assert "\x07" not in result.stdout


def test_color_is_for_those_who_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in explain("-f", "-", stdin=HELD, color=True).stdout
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" in explain("-f", "-", stdin=HELD, color=True).stdout


def test_without_a_cluster_and_files_it_says_what_to_give() -> None:
    result = explain()
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: there is no cluster to ask; give --kubeconfig")
