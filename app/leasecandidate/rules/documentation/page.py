"""The rules as a page of documentation in Markdown."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from app.leasecandidate.rules import (
    ADDED_RULES,
    BUILT_IN_RULES,
    Profile,
    RulesConfiguration,
    RuleSettings,
)
from app.leasecandidate.rules.documentation.entry import Entry, entry

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH: Final = 100
_HEAD: Final = """\
<!-- Made by `make docs` from the registry of rules: change that, not this page. -->
# Rules

A write that violates a rule is denied, gets a warning, or leaves a trace in the server's audit
log, as the action of the rule says. Profiles are named sets of actions (`rules.profile` of the
configuration), and each added rule can be given another one (`rules.actions`). A write of kube-
apiserver itself is never denied by an added rule, and rules that need the time only warn while
our clock and the server's are apart. `leasegate rules ID` says the same of one rule.

## Added rules

What kube-apiserver lets through and an election does not survive. An update that leaves a stored
defect as it is is not judged by its rule. Most rules have a twin in CEL, which holds where the
rule finds nothing; `leasegate policy` prints them as ValidatingAdmissionPolicies, with the
variables that they use.
"""
_BUILT_IN: Final = """\
## Built-in rules

kube-apiserver's own, with its verdicts, causes and words. They deny in every profile, and nobody
is exempted.
"""
_SETTINGS: Final = """\
## Settings

What the rules compare with: `rules.settings` of the configuration.
"""


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    configuration = RulesConfiguration()
    yield from _HEAD.splitlines()
    yield ""
    yield f"| rule | {' | '.join(profile.value for profile in Profile)} |"
    yield f"|---|{'---|' * len(Profile)}"
    for rule in ADDED_RULES:
        actions = entry(rule, configuration).actions
        yield f"| [{rule.id}](#{rule.id}) | {' | '.join(actions.values())} |"
    for rule in ADDED_RULES:
        yield ""
        yield from _section(entry(rule, configuration))
    yield ""
    yield from _BUILT_IN.splitlines()
    yield ""
    yield "| rule | what | why | judges |"
    yield "|---|---|---|---|"
    for rule in BUILT_IN_RULES:
        operations = ", ".join(entry(rule, configuration).operations)
        yield f"| {rule.id} | {rule.title} | {rule.why} | {operations} |"
    yield ""
    yield from _SETTINGS.splitlines()
    yield ""
    yield "| setting | default | meaning |"
    yield "|---|---|---|"
    for name, default in RuleSettings().model_dump(mode="json").items():
        yield f"| {name} | {_shown(default)} | {_description(name)} |"


def _section(shown: Entry) -> Iterator[str]:
    rule = shown.rule
    yield f"### {rule.id}"
    yield ""
    yield from textwrap.wrap(f"**{rule.title}.** {rule.why}", _WIDTH)
    yield ""
    yield f"* Judges {' and '.join(shown.operations)}: {', '.join(shown.fields)}."
    if shown.needs:
        yield f"* Needs {' and '.join(shown.needs)}."
    yield f"* Source: {rule.source}."
    if shown.no_twin:
        yield f"* No twin in CEL: {shown.no_twin}."
        return
    if shown.differs:
        yield f"* Its twin in CEL differs for {shown.differs}."
    yield ""
    yield "```text"
    yield from textwrap.wrap(shown.cel, _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield "```"


def _shown(value: object) -> str:
    match value:
        case []:
            return "none"
        case list():
            return ", ".join(map(_shown, value))
        case {"namespace": namespace, "leaseName": lease_name}:
            return f"`{namespace}/{lease_name}`"
        case _:
            return f"`{value}`"


def _description(key: str) -> str:
    fields = RuleSettings.model_fields.items()
    return next(info.description or "" for name, info in fields if (info.alias or name) == key)
