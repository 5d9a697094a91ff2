"""`leasegate rules`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from app.check.remark import Topic
from app.cli.choice import EnumChoice
from app.cli.rule_id import RULE_ID, described
from app.leasecandidate.rules import RULES, Profile, Rule, RulesConfiguration
from app.leasecandidate.rules.documentation import entry, in_full, page, table

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command("rules", context_settings={"show_default": True})
@click.argument("rule_id", type=RULE_ID, metavar="[ID]", required=False)
@click.option(
    "--profile",
    type=EnumChoice(Profile),
    default=Profile.RECOMMENDED.value,
    help="Whose actions to show.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text, JSON, or a page of documentation.",
)
def command(*, rule_id: str | None, profile: Profile, output: str) -> None:
    """List all rules, or say everything of the one with this ID."""
    configuration = RulesConfiguration(profile=profile)
    shown = None if rule_id is None else described()[rule_id]
    for line in _lines(shown, configuration, output):
        click.echo(line)


def _lines(
    shown: Rule | Topic | None, configuration: RulesConfiguration, output: str
) -> Iterable[str]:
    match output:
        case "markdown":
            if shown is not None:
                raise click.UsageError("--output markdown is a page of all rules; leave ID out.")
            return page()
        case "json":
            found = [_to_json(each, configuration) for each in ([shown] if shown else RULES)]
            return [json.dumps(found[0] if shown else found, indent=2)]
        case _:
            if isinstance(shown, Topic):
                return _topic_in_full(shown)
            return in_full(entry(shown, configuration)) if shown else table(configuration)


def _to_json(shown: Rule | Topic, configuration: RulesConfiguration) -> dict[str, object]:
    return asdict(shown) if isinstance(shown, Topic) else entry(shown, configuration).to_json()


def _topic_in_full(topic: Topic) -> Iterable[str]:
    yield f"{topic.id}: {topic.title}"
    yield ""
    yield f"Why         {topic.why}"
    yield f"Action      {topic.action}; only leasegate check looks for it"
