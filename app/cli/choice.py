"""Flags that take one of a few words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import click
from typing_extensions import override

if TYPE_CHECKING:
    import collections.abc

Word = TypeVar("Word", bound=StrEnum)


class EnumChoice(click.Choice[Word]):
    """Accepts the values of an enumeration, as the configuration file does; click accepts names."""

    def __init__(
        self, words: collections.abc.Iterable[Word], *, case_sensitive: bool = False
    ) -> None:
        super().__init__(words, case_sensitive=case_sensitive)

    @override
    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        return super().normalize_choice(
            choice.value if isinstance(choice, StrEnum) else choice, ctx
        )
