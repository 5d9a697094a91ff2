"""A flag that takes a moment in time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import click
from typing_extensions import override


class _Instant(click.ParamType[datetime]):
    """RFC 3339 with a time zone; the result is aware."""

    name = "time"

    @override
    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        return self.fail(f"{value!r} is not like 2026-01-02T03:04:05Z", param, ctx)


INSTANT: Final = _Instant()
