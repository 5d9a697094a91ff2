"""Which files a run reads, and which it leaves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from app.check.run import check
from app.check.sources import sources
from tests.check.manifests import judge, manifest, stream

if TYPE_CHECKING:
    from pathlib import Path

DENIED = stream(manifest(leaseName="Not DNS"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "deploy"
    folder.mkdir()
    (folder / "a.yaml").write_text(DENIED)
    (tmp_path / "outside.yaml").write_text(DENIED)
    return folder


def names(folder: Path) -> list[str]:
    found = sources([folder], lambda _name, _why: None)
    return [str(each.path.relative_to(folder)) for each in found]


def test_a_link_is_followed_within_the_folder_and_never_out_of_it(folder: Path) -> None:
    (folder / "b").mkdir()
    (folder / "b" / "inside.yaml").symlink_to("../a.yaml")
    (folder / "b" / "out.yaml").symlink_to("../../outside.yaml")
    (folder / "b" / "absolute.yaml").symlink_to(folder.parent / "outside.yaml")
    (folder / "b" / "sibling.yaml").symlink_to(folder.parent / "deploy-2" / "a.yaml")
    (folder.parent / "deploy-2").mkdir()
    (folder.parent / "deploy-2" / "a.yaml").write_text(DENIED)
    assert names(folder) == ["a.yaml", "b/inside.yaml"]


def test_a_link_to_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "pipe.yaml").symlink_to("pipe")
    report = check([folder], judge())
    assert (report.files, report.candidates, report.problems) == (1, 1, [])


def test_a_link_that_leads_nowhere_is_said(folder: Path) -> None:
    (folder / "broken.yaml").symlink_to("missing.yaml")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    said = {problem.message for problem in check([folder], judge()).problems}
    assert said == {
        "cannot be read: no such file or directory",
        "cannot be read: too many levels of symbolic links",
    }


def test_a_folder_in_which_there_is_nothing_to_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x")
    (problem,) = check([tmp_path], judge()).problems
    assert problem.file == str(tmp_path)
    assert problem.message == "has no *.yaml, *.yml or *.json below it; name a folder that has"


TEMPLATE = 'kind: LeaseCandidate\nmetadata: {name: "{{ .Release.Name }}"}\n'


@pytest.mark.parametrize(
    ("text", "below", "named"),
    [
        pytest.param(TEMPLATE, 0, 0, id="a template that is YAML"),
        pytest.param("{{- if .Values.x }}\nkind: LeaseCandidate\n{{- end }}\n", 0, 1, id="another"),
        pytest.param('{\n  // "strict"\n  "x": 1,\n}', 0, 1, id="JSON with comments"),
        pytest.param("a: [", 0, 1, id="bad YAML of something else"),
        pytest.param("kind: LeaseCandidate\na: [", 1, 1, id="bad YAML of a candidate"),
        pytest.param("kind: leasecandidate\na: [", 1, 1, id="bad YAML of nearly a candidate"),
    ],
)
def test_what_nobody_called_a_manifest_is_counted_and_left(
    folder: Path, text: str, below: int, named: int
) -> None:
    path = folder / "b.yaml"
    path.write_text(text)
    report = check([folder], judge())
    assert (len(report.problems), report.foreign) == (below, 1 - below)
    report = check([path], judge())
    assert (len(report.problems), report.foreign) == (named, 0)
