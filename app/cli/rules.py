"""`leasegate rules`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from app.leasecandidate.rules import (
    RULES,
    Profile,
    RulesConfiguration,
    rule_named,
)
from app.leasecandidate.rules.documentation import Entry, entry, in_full, page, table

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command("rules", context_settings={"show_default": True})
@click.argument("rule_id", metavar="[ID]", required=False)
@click.option(
    "--profile",
    type=click.Choice(Profile, case_sensitive=False),
    default=Profile.RECOMMENDED,
    help="Whose actions to show.",
)
@click.option(
    "--output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text, JSON, or a page of documentation.",
)
def command(*, rule_id: str | None, profile: Profile, output: str) -> None:
    """List all rules, or say everything of the one with this ID."""
    configuration = RulesConfiguration(profile=profile)
    shown = None if rule_id is None else entry(rule_named(rule_id), configuration)
    for line in _lines(shown, configuration, output):
        click.echo(line)


def _lines(shown: Entry | None, configuration: RulesConfiguration, output: str) -> Iterable[str]:
    match output:
        case "markdown":
            if shown is not None:
                raise click.UsageError("--output markdown is a page of all rules; leave ID out.")
            return page()
        case "json":
            found = [entry(rule, configuration).to_json() for rule in RULES]
            return [json.dumps(found if shown is None else shown.to_json(), indent=2)]
        case _:
            return table(configuration) if shown is None else in_full(shown)
