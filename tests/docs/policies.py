"""What docs/policies.md says of rules, settings and conditions, from the program itself."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

import yaml

from app.leasecandidate.rules import ADDED_RULES, Profile, RulesConfiguration, RuleSettings
from app.leasecandidate.rules.settings import ReservedLease
from app.leasecandidate.rules.twin import NoTwin, Twin
from charts.generator import match_conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.leasecandidate.rules import Rule

_OTHER_SETTINGS: Final = RuleSettings(
    clock_skew_seconds=61,
    allowed_pingers=("somebody",),
    reserved_leases=(ReservedLease(namespace="somewhere"),),
    reserved_strategy_prefixes=("example.com",),
    max_version_length=100,
    max_minor_version_gap=5,
)


def _rules() -> str:
    recommended = RulesConfiguration(profile=Profile.RECOMMENDED)
    strict = RulesConfiguration(profile=Profile.STRICT)
    return _table(
        ("rule", "recommended", "strict", "as a policy"),
        (
            (f"`{rule.id}`", recommended.action(rule), strict.action(rule), _as_policy(rule))
            for rule in ADDED_RULES
        ),
    )


def _as_policy(rule: Rule) -> str:
    if isinstance(rule.twin, NoTwin):
        return f"no: {rule.twin.reason}"
    return f"yes, but not for {rule.twin.exceptions}" if rule.twin.exceptions else "yes"


def _settings() -> str:
    return _table(
        ("setting", "default", "used by policies for"),
        (
            (f"`{field.alias}`", f"`{_default(name)}`", ", ".join(_users(name)) or "none of them")
            for name, field in RuleSettings.model_fields.items()
        ),
    )


def _default(name: str) -> str:
    shown = RuleSettings().model_dump(mode="json", by_alias=True)
    value = shown[RuleSettings.model_fields[name].alias or name]
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.removesuffix("\n...\n").strip()


def _users(name: str) -> list[str]:
    """Return the rules whose expression changes with a setting."""
    changed = RuleSettings().model_copy(update={name: getattr(_OTHER_SETTINGS, name)})
    return [
        f"`{rule.id}`"
        for rule in ADDED_RULES
        if isinstance(rule.twin, Twin)
        and rule.twin.expression(changed) != rule.twin.expression(RuleSettings())
    ]


def _match_conditions() -> str:
    lines = ["```yaml", "matchConditions:"]
    for condition in match_conditions.VALIDATING:
        lines += [f"- name: {condition.name}", "  expression: >-"]
        lines += wrap(
            condition.expression,
            width=110,
            initial_indent="    ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join([*lines, "```"])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (" | ".join(row) for row in (head, *rows))
    first, *others = (f"| {line} |" for line in lines)
    return "\n".join([first, f"|{'---|' * len(head)}", *others])


PARTS: Final[dict[str, Callable[[], str]]] = {
    "rules": _rules,
    "settings": _settings,
    "validating-match-conditions": _match_conditions,
}
