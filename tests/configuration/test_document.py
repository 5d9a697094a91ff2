"""The configuration file is read strictly, and says what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.configuration import ConfigurationError, parse_document, read_document
from app.leasecandidate.rules import Action, Profile, rule_named

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_file_means_the_recommended_profile() -> None:
    assert parse_document(b"").rules.profile is Profile.RECOMMENDED


def test_actions_settings_and_exemptions_are_read() -> None:
    rules = parse_document(
        b"""
process:
  port: 9443
rules:
  profile: strict
  actions:
    version-gap: Off
    renew-time-missing: Audit
  exemptions:
  - reason: backups are restored by velero
    rules: [renew-time-stale]
    users: [system:serviceaccount:velero:velero]
  settings:
    clockSkewSeconds: 5
    reservedLeases:
    - namespace: kube-node-lease
    - {namespace: kube-system, leaseName: apiserver-*}
"""
    ).rules
    assert rules.profile is Profile.STRICT
    assert rules.action(rule_named("version-gap")) is Action.OFF
    assert rules.action(rule_named("renew-time-missing")) is Action.AUDIT
    assert rules.exemptions[0].users == ("system:serviceaccount:velero:velero",)
    assert [lease.lease_name for lease in rules.settings.reserved_leases] == ["*", "apiserver-*"]


@pytest.mark.parametrize("word", ["trueish", "False alarms", "falsework"])
def test_a_text_that_begins_like_a_boolean_is_a_text(word: str) -> None:
    text = f"rules: {{exemptions: [{{reason: {word}, users: [{word}]}}]}}"
    [exemption] = parse_document(text.encode()).rules.exemptions
    assert (exemption.reason, exemption.users) == (word, (word,))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("rule: {}", "no key 'rule'; did you mean 'rules'", id="an unknown part"),
        pytest.param("[]", "must be a mapping", id="a list"),
        pytest.param("rules: 3", "rules: must be a mapping", id="rules that are a number"),
        pytest.param("process: 3", "process must be a mapping", id="a process that is a number"),
        pytest.param(
            "rules: {profil: strict}",
            "did you mean 'profile'",
            id="an unknown key names the nearest",
        ),
        pytest.param("rules: {profile: strikt}", "rules.profile: must be", id="an unknown profile"),
        pytest.param(
            "rules: {actions: {renew-time-futur: Warn}}",
            "no rule 'renew-time-futur'; did you mean 'renew-time-in-future'",
            id="an unknown rule names the nearest",
        ),
        pytest.param(
            "rules: {actions: {lease-name-required: Off}}",
            "the built-in rule lease-name-required cannot be given an action",
            id="a built-in rule cannot be turned off",
        ),
        pytest.param(
            "rules: {exemptions: [{reason: all}]}", "must name", id="an exemption for everybody"
        ),
        pytest.param(
            "rules: {exemptions: [{reason: x, users: [a], rules: [strategy-format]}]}",
            "nobody can be exempted from the built-in rule strategy-format",
            id="an exemption from a built-in rule",
        ),
        pytest.param(
            "rules: {exemptions: [{users: [a]}]}",
            "exemptions[0].reason: must be given",
            id="an exemption without a reason",
        ),
        pytest.param(
            "rules: {settings: {clockSkew: 60}}",
            "did you mean 'clockSkewSeconds'",
            id="an unknown setting",
        ),
        pytest.param(
            "rules: {settings: {clockSkewSeconds: 0}}", "greater than", id="a setting out of range"
        ),
        pytest.param(
            "rules:\n  profile: strict\n  profile: strict", "line 3", id="a key that stands twice"
        ),
        pytest.param("rules: [", "line 1", id="broken YAML"),
        pytest.param("\x00", "not YAML", id="a control character"),
        pytest.param("a: &a [*a]", "no key 'a'", id="a reference to itself"),
        pytest.param("#" * (1024 * 1024 + 1), "larger than", id="a file that is too large"),
    ],
)
def test_a_bad_configuration_is_one_sentence(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_document(text.encode())
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="UTF-8"):
        parse_document(b"\xff\xfe\xfa")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read .*absent.yaml: no such file"):
        read_document(tmp_path / "absent.yaml")


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a directory"):
        read_document(tmp_path)
