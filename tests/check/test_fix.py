"""--fix changes just the characters of a version, and leaves what it cannot change."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, strategies as st

from app.check.fix import fixed, rewrite, write
from app.check.location import UnreadableError
from app.check.report import Change
from app.check.run import check
from tests.check.manifests import judge, manifest, rules, stream
from tests.reviews import create

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "apiVersion: coordination.k8s.io/v1beta1\nkind: LeaseCandidate\n"
REST = "  strategy: OldestEmulationVersion\n"


def fix(path: Path) -> int:
    """Rewrite a file; return the number of changes."""
    new = fixed(path)
    if new.changes:
        write(path, new.after)
    return len(new.changes)


def rewritten(text: str) -> tuple[str, int]:
    after, changes = rewrite(text)
    return after, len(changes)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("v1.33.0", "1.33.0", id="plain"),
        pytest.param('"v1.33.0"', '"1.33.0"', id="in double quotes"),
        pytest.param("'v1.33.0'", "'1.33.0'", id="in single quotes"),
        pytest.param("   v1.33.0   # why", "   1.33.0   # why", id="with a comment"),
        pytest.param("v1.33.0-alpha.1+v1", "1.33.0-alpha.1+v1", id="with another v"),
        pytest.param("!!str v1.33.0", "!!str 1.33.0", id="with a tag"),
        pytest.param("&version v1.33.0", "&version 1.33.0", id="with an anchor that nobody uses"),
        pytest.param("|-\n    v1.33.0", "|-\n    1.33.0", id="as a block"),
        pytest.param(">-\n    v1.33.0\n\n", ">-\n    1.33.0\n\n", id="as a folded block"),
        pytest.param("\n    v1.33.0", "\n    1.33.0", id="on the next line"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["Unix", "Windows"])
def test_one_letter_is_left_out(before: str, after: str, line_end: str) -> None:
    def text(version: str) -> str:
        lines = f"# one\n{HEAD}metadata: {{name: a}}\nspec:\n  leaseName:   v1.2.3 # two\n"
        return f"{lines}  binaryVersion: {version}\n{REST}\n# end".replace("\n", line_end)

    assert rewritten(text(before)) == (text(after), 1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{HEAD}spec:\n  binaryVersion: 1.33.0\n", id="a good version"),
        pytest.param(f"{HEAD}spec:\n  binaryVersion: v1.33\n", id="a near miss"),
        pytest.param(f"{HEAD}spec:\n  binaryVersion: V1.33.0\n", id="an upper case V"),
        pytest.param(f"{HEAD}spec:\n  binaryVersion: vv1.33.0\n", id="two of them"),
        pytest.param(f'{HEAD}spec:\n  binaryVersion: "\\x761.33.0"\n', id="an escaped v"),
        pytest.param(
            f"{HEAD}x: &v v1.33.0\nspec:\n  binaryVersion: *v\n", id="an alias of an unknown field"
        ),
        pytest.param(
            f"{HEAD}metadata: {{labels: {{v: &v v1.33.0}}}}\nspec:\n  binaryVersion: *v\n",
            id="an alias of a label",
        ),
        pytest.param(f"{HEAD}spec:\n  binaryVersion: v1.33.0\n  strategy: 5\n", id="undecodable"),
        pytest.param("kind: Other\nspec:\n  binaryVersion: v1.33.0\n", id="another kind"),
        pytest.param(stream(create({"binaryVersion": "v1.33.0"})), id="a recorded review"),
    ],
)
def test_what_cannot_be_changed_safely_is_left(text: str) -> None:
    assert rewritten(text) == (text, 0)


def test_the_last_of_two_keys_is_the_one_that_counts() -> None:
    text = f"{HEAD}spec:\n  binaryVersion: v1.1.0\n  binaryVersion: v1.33.0\n{REST}"
    assert rewritten(text) == (text.replace("v1.33.0", "1.33.0"), 1)


def test_a_merged_value_is_changed_where_it_stands() -> None:
    text = f"{HEAD}spec:\n  <<: {{binaryVersion: v1.33.0}}\n{REST}"
    assert rewritten(text) == (text.replace("v1.33.0", "1.33.0"), 1)


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_changed_in_its_place(indent: int | str | None) -> None:
    items = [manifest("a", binaryVersion="v1.33.0"), manifest("b", emulationVersion="v1.33.0")]
    document = {"kind": "List", "note": "v1.33.0", "items": items}
    text = json.dumps(document, indent=indent) + "\n" + json.dumps(items[0], indent=indent)
    changed_text, count = rewritten(text)
    assert count == 3
    assert len(changed_text) == len(text) - 3
    changed = [manifest("a"), manifest("b")]
    expected = json.dumps(document | {"items": changed}, indent=indent)
    assert changed_text == expected + "\n" + json.dumps(changed[0], indent=indent)


def test_each_document_of_a_file_is_changed_and_the_rest_is_kept_byte_by_byte(
    tmp_path: Path,
) -> None:
    good = f"{HEAD}spec: {{binaryVersion: 1.33.0}} # é\n".encode()
    bad = f"{HEAD}spec: {{binaryVersion: v1.33.0}} # é\r\n".encode()
    broken = b"LeaseCandidate: [\n\xff\n"
    path = tmp_path / "a.yaml"
    path.write_bytes(b"---  # x\r\n" + b"---\n".join([bad, broken, good, b"", bad, b"# end"]))
    before = path.read_bytes()
    assert fix(path) == 2
    assert path.read_bytes() == before.replace(b"v1.33.0", b"1.33.0")
    assert fix(path) == 0


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    path.write_text(f"{HEAD}spec: {{binaryVersion: v1.33.0}}\n")
    path.chmod(0o640)
    link.symlink_to("a.yaml")
    assert fix(link) == 1
    assert link.is_symlink()
    assert path.read_text() == f"{HEAD}spec: {{binaryVersion: 1.33.0}}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert {each.name for each in tmp_path.iterdir()} == {"a.yaml", "link.yaml"}


VERSION = f"{HEAD}spec: {{binaryVersion: v1.33.0}} # é\n"


def test_a_file_keeps_its_other_names_and_its_inode(tmp_path: Path) -> None:
    path, other = tmp_path / "a.yaml", tmp_path / "other.yaml"
    path.write_text(VERSION)
    other.hardlink_to(path)
    inode = path.stat().st_ino
    assert fix(path) == 1
    assert other.read_text() == path.read_text() == VERSION.replace("v1.33.0", "1.33.0")
    assert path.stat().st_ino == other.stat().st_ino == inode


def test_a_file_that_is_read_only_is_not_written_even_by_a_superuser(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(VERSION)
    path.chmod(0o444)
    with pytest.raises(OSError, match="is read-only"):
        fix(path)
    assert path.read_text() == VERSION


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(OSError, match="is no regular file"):
        fix(tmp_path / "pipe.yaml")


@pytest.mark.parametrize(
    "text", [VERSION, f"---\n{VERSION}", json.dumps(manifest(binaryVersion="v1.33.0"))]
)
def test_a_byte_order_mark_stays_before_what_is_changed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, "utf-8-sig")
    assert [each.column for each in fixed(path).changes] == [
        text.splitlines()[-1].index("v1.33.0") + 1 - ('"v1' in text)
    ]
    assert fix(path) == 1
    assert path.read_text("utf-8") == "\ufeff" + text.replace("v1.33.0", "1.33.0")
    assert fix(path) == 0


def test_a_template_is_changed_only_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(VERSION.replace("é", "{{ x }}"))
    assert fixed(path, is_named=False).changes == []
    assert len(fixed(path).changes) == 1


def test_a_spec_that_two_candidates_share_is_changed_once() -> None:
    item = "apiVersion: coordination.k8s.io/v1beta1, kind: LeaseCandidate"
    text = f"items:\n- {{{item}, spec: &s {{binaryVersion: v1.33.0}}}}\n- {{{item}, spec: *s}}\n"
    assert rewritten(text) == (text.replace("v1.33.0", "1.33.0"), 1)


def test_a_spec_that_something_else_shares_is_left() -> None:
    text = f"{HEAD}other: &s {{binaryVersion: v1.33.0}}\nspec: *s\n"
    assert rewritten(text) == (text, 0)


def test_a_change_says_what_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        f"# one\n---\n{HEAD}metadata: {{name: a, namespace: b}}\nspec: {{binaryVersion: v1.33.0}}\n"
    )
    assert fixed(path).changes == [
        Change(str(path), 6, 23, "b/a", "spec.binaryVersion", "v1.33.0", "1.33.0")
    ]


def test_a_file_without_anything_to_change_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(stream(manifest()))
    before = path.stat()
    assert fix(path) == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_with_a_document_that_is_too_large_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.check.documents.LIMIT", 500)
    path = tmp_path / "a.yaml"
    text = f"{HEAD}spec: {{binaryVersion: v1.33.0}}\n---\n# {'x' * 600}\n"
    path.write_text(text)
    with pytest.raises(UnreadableError):
        fix(path)
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("missing", ["nowhere.yaml", "loop.yaml"])
def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path, missing: str) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(OSError, match=missing):
        fix(tmp_path / missing)


def test_a_fixed_file_has_nothing_left_to_fix(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(stream(manifest("a", binaryVersion="v1.33.0", emulationVersion="v1.32.0")))
    assert rules(check([path], judge())) == ["leading-v", "leading-v"]
    assert fix(path) == 2
    assert check([path], judge()).findings == []


_WORD = st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Cc"]), max_size=8)


@given(
    st.lists(st.sampled_from(["v1.33.0", "1.33.0", "v1.32.0", "v1"]), min_size=1, max_size=4),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, "'", '"']),
    _WORD,
)
def test_what_is_written_means_what_the_server_would_store(
    versions: list[str], flow: bool | None, quote: str | None, word: str
) -> None:
    objects: list[dict[str, Any]] = [
        manifest(word, binaryVersion=version, leaseName=word + version) for version in versions
    ]
    text = yaml.safe_dump_all(
        objects[:1], default_flow_style=flow, default_style=quote, allow_unicode=True
    )
    changed_text, count = rewritten(text)
    expected = versions[0][1:] if versions[0].startswith("v1.") else versions[0]
    assert count == (versions[0] != expected)
    (value,) = yaml.safe_load_all(changed_text)
    assert value == manifest(word, binaryVersion=expected, leaseName=word + versions[0])
