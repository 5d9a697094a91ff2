"""`leasegate check --fix` and `--diff`: what they change in files, and what they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.check.manifests import manifest, stream
from tests.cli.checking import NOW, lines, run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_fix_writes_and_reports_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    text = stream(manifest("a", binaryVersion="v1.33.0"), manifest("b", leaseName="B"))
    path.write_text(text)
    before = run(path, *NOW)
    assert lines(before)[-1].endswith("1 denied, 1 warning; --fix changes 1 value")
    after = run(path, *NOW, "--fix")
    assert [line.split(": ")[1] for line in lines(after)[:-1]] == ["changed", "denied"]
    assert lines(after)[-1].endswith("1 denied, 0 warnings; 1 value changed in 1 file")
    assert path.read_text() == text.replace("v1.33.0", "1.33.0")
    assert after.exit_code == 1


def test_fix_leaves_files_that_cannot_be_read_to_the_report(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(stream(manifest()))
    bad.write_text("LeaseCandidate: [")
    result = run(bad, tmp_path / "missing.yaml", good, "--fix", *NOW)
    assert len(lines(result)) == 3
    assert result.exit_code == 2
    assert bad.read_text() == "LeaseCandidate: ["


def test_fix_says_which_values_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(stream(manifest("a", binaryVersion="v1.33.0")))
    first, last = lines(run(path, "--fix"))
    assert first == f'{path}:9:20: changed: a: spec.binaryVersion: "v1.33.0" to "1.33.0"'
    assert "1 value changed in 1 file" in last
    assert lines(run(path, "--fix", "--quiet")) == []


def test_diff_shows_what_fix_would_change_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.yaml"
    path.write_text("apiVersion: v1\n---\n" + stream(manifest("a", binaryVersion="v1.33.0")))
    before = path.read_text()
    result = run("--diff", "a.yaml")
    assert lines(result)[:2] == ["--- a/a.yaml", "+++ b/a.yaml"]
    assert [line for line in lines(result)[2:] if line[0] in "-+"] == [
        '-  "binaryVersion": "v1.33.0",',
        '+  "binaryVersion": "1.33.0",',
    ]
    assert (path.read_text(), result.exit_code) == (before, 1)
    run("--fix", "a.yaml")
    clean = run("--diff")
    assert (clean.output, clean.exit_code) == ("", 0)
    missing = run("--diff", "missing.yaml")
    assert (missing.stdout, missing.exit_code) == ("", 2)
    assert missing.stderr == "missing.yaml: error: cannot be read: no such file or directory\n"


def test_fix_writes_nothing_out_of_its_folder_and_nothing_that_is_read_only(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "deploy"
    folder.mkdir()
    text = stream(manifest("a", binaryVersion="v1.33.0"))
    outside, protected = tmp_path / "outside.yaml", folder / "protected.yaml"
    outside.write_text(text)
    protected.write_text(text)
    protected.chmod(0o444)
    (folder / "link.yaml").symlink_to(outside)
    result = run(folder, "--fix")
    assert f"{protected}: error: cannot be rewritten: is read-only" in result.stdout
    assert (outside.read_text(), protected.read_text()) == (text, text)
    assert result.exit_code == 2
