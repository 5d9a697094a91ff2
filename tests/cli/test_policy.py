"""`leasegate policy` prints policies, and says what it left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner, Result

from app.cli.main import leasegate

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(leasegate, ["policy", *arguments], env=environment or {})


def printed(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return list(yaml.safe_load_all(result.stdout))


def names(result: Result) -> set[str]:
    return {document["metadata"]["name"] for document in printed(result)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        "process: {port: 9001}\n"
        "rules:\n"
        "  profile: observe\n"
        "  actions: {version-gap: Audit}\n"
        "  settings: {maxVersionLength: 100}\n"
    )
    return path


def test_the_recommended_profile_is_the_default() -> None:
    result = run()
    suffixes = ("reserved", "deny", "warn", "strip-v", "lease-holder")
    assert names(result) == {f"leasegate-{suffix}" for suffix in suffixes}
    no_siblings = "CEL sees one object, not the other candidates of the lease."
    assert result.stderr.splitlines() == [
        "left out rule renew-time-in-future (Deny): CEL has no clock.",
        "left out rule ping-time-in-future (Deny): CEL has no clock.",
        "left out rule renew-time-stale (Warn): CEL has no clock.",
        f"left out rule strategy-conflict (Warn): {no_siblings}",
        f"left out rule strategy-conflict-lower (Warn): {no_siblings}",
        f"left out rule strategy-takeover (Warn): {no_siblings}",
    ]


def test_rules_are_configured_by_the_file(file: Path) -> None:
    for result in (
        run("--config", str(file)),
        run(environment={"LEASEGATE_CONFIG": str(file)}),
    ):
        assert {"leasegate-reserved", "leasegate-warn", "leasegate-audit"} <= names(result)
        assert "<= 100" in result.stdout
        assert "leasegate-deny" not in names(result)


def test_a_profile_wins_over_that_of_the_file(file: Path) -> None:
    result = run("--config", str(file), "--profile", "strict")
    assert {"leasegate-deny", "leasegate-audit"} <= names(result)
    assert "<= 100" in result.stdout


def test_only_what_is_asked_for_is_printed() -> None:
    result = run("--only", "reserved", "--only", "mutate", "--fullname", "gate")
    assert names(result) == {"gate-reserved", "gate-strip-v"}
    assert result.stderr == ""


def test_namespaces_are_chosen_by_name() -> None:
    bindings = [
        document["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
        for arguments in (
            ("--exclude-namespace", "kube-system", "--exclude-namespace", "leasegate"),
            ("--namespace", "team-a"),
        )
        for document in printed(run("--only", "deny", *arguments))
        if document["kind"].endswith("Binding")
    ]
    key = "kubernetes.io/metadata.name"
    assert bindings == [
        [{"key": key, "operator": "NotIn", "values": ["kube-system", "leasegate"]}],
        [{"key": key, "operator": "In", "values": ["team-a"]}],
    ]


def test_an_older_kubernetes_gets_what_it_understands() -> None:
    result = run("--only", "mutate", "--kube-version", "v1.34.4")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "left out the policy that strips a leading v: MutatingAdmissionPolicy v1 comes with "
        "Kubernetes 1.36; with 1.34 let the mutating webhook do it.\n"
        "Error: there is no policy to print; the lines above say why\n"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(
            ["--kube-version", "latest"],
            "'latest' is not a version of Kubernetes; write it like 1.36",
            id="no version",
        ),
        pytest.param(
            ["--kube-version", "1.31"],
            "Kubernetes 1.31 has no LeaseCandidate in v1beta1 or v1alpha2; "
            "1.32 is the first one that has",
            id="a version without candidates",
        ),
        pytest.param(
            ["--namespace", "a", "--exclude-namespace", "b"],
            "--namespace and --exclude-namespace exclude each other",
            id="both lists of namespaces",
        ),
        pytest.param(
            ["--namespace", "Team A"], "'Team A' is not the name of a namespace", id="no namespace"
        ),
        pytest.param(
            ["--fullname", "Gate_"],
            "--fullname 'Gate_' is no beginning of an object name",
            id="no object name",
        ),
        pytest.param(
            ["--fullname", "x" * 250], "is no beginning of an object name", id="a long full name"
        ),
        pytest.param(["--profile", "loose"], "'loose' is not one of", id="no profile"),
        pytest.param(["--only", "webhook"], "'webhook' is not one of", id="no part"),
        pytest.param(
            ["--config", "/no/such/file"],
            "cannot read the configuration /no/such/file: no such file or directory",
            id="no file",
        ),
    ],
)
def test_unusable_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], expected: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_rule_in_the_file_is_unusable(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("rules: {actions: {version-gapp: Deny}}\n")
    result = run("--config", str(path))
    assert result.exit_code == 2
    assert "did you mean 'version-gap'?" in result.stderr
