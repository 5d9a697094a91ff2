"""What follows from a write under a configuration."""

from __future__ import annotations

from typing import Any

from app.leasecandidate.rules import RulesConfiguration, Ruleset, Write
from app.webhooks.validating import verdict_of


def actions(
    write: Write,
    rule: str,
    **configuration: Any,  # noqa: ANN401
) -> set[str]:
    """Return the actions that follow from what one rule finds."""
    ruleset = Ruleset(RulesConfiguration.model_validate(configuration))
    evaluation = ruleset.evaluate(write)
    return {found.action.value for found in evaluation.violations if found.rule.id == rule}


def explain(write: Write, **configuration: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the audit annotations of a write."""
    ruleset = Ruleset(RulesConfiguration.model_validate(configuration))
    return dict(verdict_of(write.candidate, ruleset.evaluate(write)).audit_annotations)
