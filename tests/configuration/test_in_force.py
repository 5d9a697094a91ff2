"""A changed file comes into force; a bad one does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.configuration import ConfigurationError, RulesInForce, parse_document, read_document
from app.leasecandidate.rules import Action, Profile

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Told:
    """What the observer was told."""

    reloads: list[tuple[str, str]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    def reloaded(self, what: str, result: str) -> None:
        self.reloads.append((what, result))

    def configured(self, digest: str) -> None:
        self.digests.append(digest)


@pytest.fixture
def told() -> Told:
    return Told()


def mounted(folder: Path, name: str, profile: str) -> Path:
    """Lay the file out as kubelet lays out a ConfigMap: behind a link that is swapped."""
    data = folder / name
    data.mkdir()
    (data / "config.yaml").write_text(f"rules: {{profile: {profile}}}")
    link = folder / "..data.new"
    link.symlink_to(name)
    link.replace(folder / "..data")
    path = folder / "config.yaml"
    if not path.is_symlink():
        path.symlink_to("..data/config.yaml")
    return path


def profile_of(rules: RulesInForce) -> Profile:
    return rules.current().configuration.profile


def test_a_swapped_link_brings_the_new_rules(tmp_path: Path, told: Told) -> None:
    path = mounted(tmp_path, "one", "observe")
    rules = RulesInForce(path, read_document(path), told)
    rules.reloader.refresh()
    assert told.reloads == []
    mounted(tmp_path, "two", "strict")
    rules.reloader.refresh()
    assert profile_of(rules) is Profile.STRICT
    assert told.reloads == [("rules", "success")]
    assert len(set(told.digests)) == 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("rules: {profile: typo}", id="an unknown value"),
        pytest.param("", id="nothing, as while it is written"),
        pytest.param(None, id="no file at all"),
    ],
)
def test_a_bad_file_keeps_the_last_good_rules_until_it_is_good(
    tmp_path: Path, told: Told, content: str | None
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("rules: {profile: strict}")
    rules = RulesInForce(path, read_document(path), told)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    rules.reloader.refresh()
    rules.reloader.refresh()
    assert profile_of(rules) is Profile.STRICT
    assert told.reloads == [("rules", "failure")]
    assert str(path) in rules.reloader.problem
    path.write_text("rules: {profile: observe}")
    rules.reloader.refresh()
    assert profile_of(rules) is Profile.OBSERVE
    assert rules.reloader.problem == ""
    assert told.reloads == [("rules", "failure"), ("rules", "success")]


def test_without_a_file_nothing_is_read_again(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("rules: {profile: strict}")
    rules = RulesInForce(None, read_document(path), told)
    path.unlink()
    rules.reloader.refresh()
    assert profile_of(rules) is Profile.STRICT
    assert rules.reloader.problem == ""


@pytest.mark.parametrize(
    ("newer", "unknown"),
    [
        pytest.param("actions: {a-rule-of-tomorrow: Off}", "a-rule-of-tomorrow", id="an action"),
        pytest.param(
            "exemptions: [{reason: a, users: [b], rules: [a-rule-of-tomorrow]}]",
            "a-rule-of-tomorrow",
            id="an exemption",
        ),
        pytest.param("settings: {tomorrow: 3}", "tomorrow", id="a setting"),
        pytest.param("profile: tomorrow", "profile", id="a profile"),
    ],
)
def test_rules_of_another_version_leave_those_in_force_that_are_known(
    tmp_path: Path, told: Told, newer: str, unknown: str
) -> None:
    """While a rollout or a rollback lasts, pods of two versions read one ConfigMap."""
    path = tmp_path / "config.yaml"
    path.write_text("rules: {profile: observe}")
    rules = RulesInForce(path, read_document(path), told)
    path.write_text(f"rules: {{profile: strict, {newer}}}".replace("strict, profile:", ""))
    rules.reloader.refresh()
    assert profile_of(rules) is Profile.OBSERVE
    assert unknown in rules.reloader.problem
    assert told.reloads == [("rules", "failure")]
    path.write_text("rules: {profile: strict}")
    rules.reloader.refresh()
    assert profile_of(rules) is Profile.STRICT
    assert rules.reloader.problem == ""
    assert told.reloads[-1] == ("rules", "success")


OF_THE_NEXT_VERSION = """
rules:
  profile: observe
  actions: {renew-time-in-future: Deny, lease-on-a-monday: Deny}
  settings: {maxMinorVersionGap: 1, mondayHours: 3}
  exemptions:
  - {reason: both, users: [alice], rules: [lease-on-a-monday, renew-time-in-future]}
  - {reason: unknown, users: [bob], rules: [lease-on-a-monday]}
  - {reason: all, users: [carol]}
"""


def test_a_start_leaves_out_what_only_another_version_knows(tmp_path: Path, told: Told) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(OF_THE_NEXT_VERSION)
    rules = RulesInForce(path, read_document(path, tolerant=True), told)
    with capture_logs() as records:
        rules.begin()
    in_force = rules.current().configuration
    assert in_force.profile is Profile.OBSERVE
    assert in_force.actions == {"renew-time-in-future": Action.DENY}
    assert in_force.settings.max_minor_version_gap == 1
    assert [(one.reason, one.rules) for one in in_force.exemptions] == [
        ("both", ("renew-time-in-future",)),
        ("all", ()),
    ]
    warning, error = records
    assert warning["left_out"] == [
        "rules.actions.lease-on-a-monday",
        "rules.settings.mondayHours",
        "rules.exemptions[0].rules.lease-on-a-monday",
        "rules.exemptions[1].rules.lease-on-a-monday",
    ]
    assert error["event"] == "configuration not reloaded"
    assert "there is no" in rules.reloader.problem
    assert told.reloads == [("rules", "failure")]
    path.write_text("rules: {profile: strict}")
    rules.reloader.refresh()
    assert profile_of(rules) is Profile.STRICT
    assert rules.reloader.problem == ""


def test_a_start_says_nothing_of_a_file_that_is_known(tmp_path: Path, told: Told) -> None:
    path = mounted(tmp_path, "one", "observe")
    rules = RulesInForce(path, read_document(path, tolerant=True), told)
    with capture_logs() as records:
        rules.begin()
    assert (records, told.reloads, rules.reloader.problem) == ([], [], "")


@pytest.mark.parametrize(
    "text",
    [
        "rules: {profile: bold}",
        "rules: {actions: {renew-time-in-future: Shout}}",
        "rules: {actions: [lease-on-a-monday]}",
        "rules: {settings: 3}",
        "rules: {exemptions: [3]}",
        "rules: {exemptions: [{reason: x, users: [a], rules: 3}]}",
        "rules: {exemptions: [{reason: x, users: [a], rules: [[1]]}]}",
        "rules: {exemptions: [{reason: x, rules: [renew-time-in-future]}]}",
        "rules: {mondays: true}",
        "rules: [3]",
    ],
)
def test_a_start_is_strict_about_all_else(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_document(text.encode(), tolerant=True)
