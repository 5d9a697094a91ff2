"""Ids of rules as values of flags and arguments: those of the registry, and those of `check`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

from app.check.remark import TOPICS, Topic
from app.leasecandidate.rules import RULES, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping


def described() -> Mapping[str, Rule | Topic]:
    """Return all rules and topics by id."""
    all_of_them: tuple[Rule | Topic, ...] = (*RULES, *TOPICS)
    return {each.id: each for each in all_of_them}


class _RuleId(click.ParamType[str]):
    """The id of a rule or topic; the error for an unknown one names the nearest."""

    name = "rule"

    @override
    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = described()
        if value in known:
            return value
        near = get_close_matches(value, known, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else "; see 'leasegate rules'"
        return self.fail(f"there is no rule {value!r}{meant}", param, ctx)

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [
            CompletionItem(name, help=each.title)
            for name, each in described().items()
            if name.startswith(incomplete)
        ]


RULE_ID: Final = _RuleId()
