"""The one list of rules. Its order is the order of causes in a denial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate.rules import metadata, specification

if TYPE_CHECKING:
    from app.leasecandidate.rules.rule import Rule

BUILT_IN_RULES: Final[tuple[Rule, ...]] = (*metadata.RULES, *specification.RULES)
"""The rules that kube-apiserver itself enforces, in the order in which it reports them."""

RULES: Final[tuple[Rule, ...]] = BUILT_IN_RULES
"""Every rule there is."""
