"""The profiles as values of a flag."""

from __future__ import annotations

from typing import Any

import click
from typing_extensions import override

from app.leasecandidate.rules import Profile


class ProfileChoice(click.Choice[Profile]):
    """A profile, in the case in which it stands everywhere else; any case is read."""

    def __init__(self) -> None:
        super().__init__(Profile, case_sensitive=False)

    @override
    def normalize_choice(self, choice: Any, ctx: click.Context | None) -> str:
        value = choice.value if isinstance(choice, Profile) else choice
        return super().normalize_choice(value, ctx)
