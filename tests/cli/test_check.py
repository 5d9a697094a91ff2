"""`leasegate check`: its flags, its exit codes, and one clear line for each bad input."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from app.cli.main import leasegate
from tests.check.manifests import manifest, stream
from tests.cli.checking import NOW, lines, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(stream(manifest()))
    return path


@pytest.fixture
def denied(tmp_path: Path) -> Path:
    path = tmp_path / "denied.yaml"
    path.write_text(stream(manifest("bad", leaseName="Not DNS")))
    return path


def test_a_good_file_is_good(good: Path) -> None:
    result = run(good, *NOW)
    assert lines(result) == ["1 candidate in 1 file: 0 denied, 0 warnings"]
    assert result.exit_code == 0


def test_a_denial_is_exit_code_1(good: Path, denied: Path) -> None:
    result = run(good, denied, *NOW)
    assert lines(result) == [
        (
            f'{denied}:8:16: denied: default/bad (document 1): spec.leaseName: Invalid value: "Not '
            'DNS": no Lease can have this name; use a DNS-1123 subdomain of at most 253 characters '
            "(leasegate rule lease-name-not-dns)"
        ),
        "2 candidates in 2 files: 1 denied, 0 warnings",
    ]
    assert result.exit_code == 1


@pytest.mark.parametrize(("strict", "code"), [([], 0), (["--strict"], 1)])
def test_warnings_alone_are_exit_code_0_unless_strict(
    tmp_path: Path, strict: list[str], code: int
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(stream(manifest(renewTime=None)))
    result = run(path, *NOW, *strict)
    assert "warning: default/web-1 (document 1): spec.renewTime: Required" in lines(result)[0]
    assert result.exit_code == code


def test_standard_input_is_read_as_well() -> None:
    result = run("-", *NOW, stdin=stream(manifest("a", leaseName="A")))
    assert lines(result)[0].startswith("<stdin>:8:16: denied: default/a")


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        pytest.param([], 1, id="recommended"),
        pytest.param(["--profile", "observe"], 0, id="observe"),
        pytest.param(["--profile", "BuiltIn"], 0, id="builtin"),
        pytest.param(["--config", "off.yaml"], 0, id="an action of the configuration"),
        pytest.param(["--config", "observe.yaml"], 0, id="a profile of the configuration"),
        pytest.param(
            ["--config", "observe.yaml", "--profile", "strict"], 1, id="the flag over the file"
        ),
    ],
)
def test_profile_and_configuration_decide(
    denied: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], code: int
) -> None:
    monkeypatch.chdir(denied.parent)
    (denied.parent / "off.yaml").write_text("rules: {actions: {lease-name-not-dns: Off}}")
    (denied.parent / "observe.yaml").write_text("process: {port: 1}\nrules: {profile: observe}")
    assert run(denied, *NOW, *flags).exit_code == code


def test_the_configuration_can_be_named_in_the_environment(denied: Path) -> None:
    path = denied.parent / "config.yaml"
    path.write_text("rules: {profile: builtin}")
    assert run(denied, *NOW, LEASEGATE_CONFIG=str(path)).exit_code == 0


def test_the_namespace_is_that_of_kubectl(good: Path) -> None:
    assert run(good, *NOW, "--namespace", "kube-node-lease").exit_code == 1


def test_the_time_decides(good: Path) -> None:
    assert "renew-time-in-future" in run(good, "--now", "2026-03-01T11:00:00Z").stdout
    assert "renew-time-stale" in run(good, "--now", "2026-03-01T13:00:00Z").stdout


def test_a_folder_stands_for_the_manifests_below_it(tmp_path: Path) -> None:
    text = stream(manifest("a", leaseName="A"))
    for name in (
        "b/2.yml",
        "b/1.json",
        "a.yaml",
        "c.txt",
        ".git/x.yaml",
        "b/.hidden.yaml",
        "z.YAML",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "d" / "pipe.yaml")
    result = run(tmp_path, tmp_path / "a.yaml", *NOW)
    files = [line.partition(":")[0] for line in lines(result)[:-1]]
    assert files == [
        str(tmp_path / name) for name in ("a.yaml", "b/.hidden.yaml", "b/1.json", "b/2.yml")
    ]


def test_a_named_file_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_text(stream(manifest("a", leaseName="A")))
    assert run(path, *NOW).exit_code == 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param(
            "missing.yaml", "missing.yaml: error: cannot be read: no such file", id="none"
        ),
        pytest.param("denied.yaml/x", "x: error: cannot be read: not a directory", id="no folder"),
        pytest.param("loop.yaml", "loop.yaml: error: cannot be read: too many levels", id="a loop"),
        pytest.param("binary", "binary:1:9: error: is not text in UTF-8: byte 0x80", id="a binary"),
        pytest.param("utf16", "utf16:1:1: error: is not text in UTF-8: byte 0xff", id="UTF-16"),
        pytest.param("bad", "bad:2:5: error: is not YAML: mapping values", id="bad YAML"),
        pytest.param("deep", "deep:1:1: error: is nested more than 200 levels", id="a bomb"),
        pytest.param("n" * 300, "error: cannot be read: file name too long", id="a long name"),
    ],
)
def test_bad_input_is_one_clear_line_and_the_rest_is_checked(
    denied: Path, name: str, line: str
) -> None:
    folder = denied.parent
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "binary").write_bytes(b"\x7fELF\x02\x01\x00\x00\x80")
    (folder / "utf16").write_bytes("a: b".encode("utf-16"))
    (folder / "bad").write_text("a: b\nc: d: e\n")
    (folder / "deep").write_text("[" * 100_000)
    result = run(folder / name, denied, *NOW)
    first, second, last = lines(result)
    assert first.startswith(f"{denied}:8:16: denied")
    assert line in second
    assert last.endswith("1 denied, 0 warnings; 1 problem with the input")
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["x", "--now", "today"], "is not like 2026-01-02T03:04:05Z", id="no time"),
        pytest.param(
            ["x", "--now", "0001-01-01T00:00:00+01:00"], "is not like", id="a time before time"
        ),
        pytest.param(["x", "--profile", "lax"], "'lax' is not one of", id="no profile"),
        pytest.param(["x", "--output", "xml"], "'xml' is not one of", id="no output"),
        pytest.param(
            ["x", "--ignore", "leading-w"], "did you mean 'leading-v'?", id="nearly a rule"
        ),
        pytest.param(["x", "--ignore", "zzz"], "see 'leasegate rules'", id="no rule"),
        pytest.param(["-", "--fix"], "cannot rewrite standard input", id="fixing standard input"),
        pytest.param(
            ["x", "--config", "/nonexistent.yaml"],
            "cannot read the configuration /nonexistent.yaml: no such file",
            id="no configuration",
        ),
    ],
)
def test_unusable_flags_are_one_clear_line_and_exit_code_2(
    arguments: list[str], words: str
) -> None:
    result = run(*arguments)
    assert words in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert (result.exit_code, result.stdout) == (2, "")


def test_an_unknown_rule_in_the_configuration_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("rules: {actions: {renew-time-stael: Off}}")
    result = run("x", "--config", path)
    assert "did you mean 'renew-time-stale'?" in result.stderr
    assert result.exit_code == 2


def test_quiet_prints_nothing_of_a_good_file(good: Path, denied: Path) -> None:
    assert run(good, "-q").output == ""
    assert len(lines(run(good, denied, "-q"))) == 1


def test_a_good_file_is_green_whatever_the_time_and_the_profile(good: Path) -> None:
    result = run(good, "--strict", "--profile", "strict")
    assert lines(result) == [
        "1 candidate in 1 file: 0 denied, 0 warnings; times not compared with the clock (--now)"
    ]
    assert result.exit_code == 0


def test_findings_of_ignored_rules_are_counted_and_nothing_else(denied: Path) -> None:
    result = run(denied, "--ignore", "lease-name-not-dns", "--ignore", "leading-v", *NOW)
    assert lines(result) == ["1 candidate in 1 file: 0 denied, 0 warnings; 1 finding ignored"]
    assert result.exit_code == 0


def test_the_current_folder_is_checked_where_nothing_is_named(
    denied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(denied.parent)
    assert lines(run(*NOW))[0].startswith("denied.yaml:8:16: denied")


def test_commands_of_github_actions_are_on_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "a,b%.yaml"
    path.write_text(stream(manifest("a", leaseName="A\r\n::x")))
    first, last = lines(run(path, "-o", "github", *NOW))
    where = f"file={tmp_path}/a%2Cb%25.yaml,line=8,col=16,endColumn=26"
    assert first.startswith(f"::error {where},title=leasegate lease-name-not-dns::default/a: ")
    assert last.startswith("1 candidate")
    missing = lines(run("missing.yaml", "-o", "github", "-q"))
    assert missing == ["::error file=missing.yaml::cannot be read: no such file or directory"]


def test_every_finding_in_text_names_a_rule_that_leasegate_rules_knows(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    bad = manifest("b", binaryVersion=1, foo=2, emulationVersion="1.33")
    path.write_text(stream(manifest("a", version="v1", binaryVersion="v1.33.0"), bad))
    *found, _ = lines(run(path))
    ids = [re.search(r"\(leasegate rule ([a-z0-9-]+)\)$", line) for line in found]
    assert len(ids) > 4
    for each in ids:
        assert each is not None
        assert CliRunner().invoke(leasegate, ["rules", each[1]]).exit_code == 0


def test_choices_are_shown_in_one_case() -> None:
    text = run("--help").stdout
    assert "[text|json|sarif|github]" in text
    assert "[builtin|observe|recommended|strict]" in text


def test_rules_are_completed() -> None:
    environment = {
        "_LEASEGATE_COMPLETE": "bash_complete",
        "COMP_WORDS": "leasegate check --ignore not-",
        "COMP_CWORD": "3",
    }
    result = CliRunner().invoke(leasegate, [], env=environment, prog_name="leasegate")
    words = {line.partition(",")[2] for line in result.stdout.splitlines()}
    assert words == {"not-decoded", "not-submitted", "not-served", "not-checked"}


def test_output_is_for_machines_too(denied: Path) -> None:
    told = json.loads(run(denied, *NOW, "--output", "json").stdout)
    assert [each["rule"] for each in told["findings"]] == ["lease-name-not-dns"]
    log = json.loads(run(denied, *NOW, "--output", "sarif").stdout)
    assert [each["ruleId"] for each in log["runs"][0]["results"]] == ["lease-name-not-dns"]
    assert log["runs"][0]["invocations"][0]["exitCode"] == 1


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_a_terminal_sees_colours_unless_it_wants_none(
    denied: Path, environment: dict[str, str], *, coloured: bool
) -> None:
    words = ["check", str(denied), *NOW]
    result = CliRunner().invoke(leasegate, words, env=environment, color=True)
    assert ("\x1b[" in result.stdout) is coloured
    assert "\x1b[" not in run(denied, *NOW, **environment).stdout
