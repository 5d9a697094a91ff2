"""The exemptions of a configuration in CEL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.leasecandidate.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.leasecandidate.rules import Exemption, Rule, RulesConfiguration


def exemption_variables(configuration: RulesConfiguration) -> dict[str, str]:
    """Return a variable for each exemption: true for the writes that it covers."""
    return {
        _name(number): _covers(exemption)
        for number, exemption in enumerate(configuration.exemptions)
    }


def with_exemptions(rule: Rule, expression: str, configuration: RulesConfiguration) -> str:
    """Return the expression of a rule, true as well for the writes that are exempt from it."""
    exempted = [
        f"variables.{_name(number)}"
        for number, exemption in enumerate(configuration.exemptions)
        if not exemption.rules or rule.id in exemption.rules
    ]
    return " || ".join([*exempted, f"({expression})"]) if exempted else expression


def _name(number: int) -> str:
    return f"exemption{number + 1}"


def _covers(exemption: Exemption) -> str:
    conditions = []
    if exemption.namespaces:
        conditions.append(f"request.namespace in {_list(exemption.namespaces)}")
    if exemption.users:
        conditions.append(f"request.userInfo.username in {_list(exemption.users)}")
    if exemption.groups:
        conditions.append(
            "has(request.userInfo.groups) && "
            f"request.userInfo.groups.exists(group, group in {_list(exemption.groups)})"
        )
    return " && ".join(conditions)


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quote, texts))}]"
