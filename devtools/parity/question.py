"""What both sides are asked, and what each answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.leasecandidate.submission import Destination

JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """One write: a POST, or a PUT where the destination has a name.

    `stored` is the object that the server has under that name, None where it has none.
    """

    destination: Destination
    body: object
    stored: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of `details.causes`."""

    reason: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.reason} {self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a write: an HTTP status code, and either the causes or what is stored.

    Codes 200 and 201 are both 200 here. `stored` has the known fields that are not empty; the
    server sets uid and creationTimestamp of a new object, so they are left out of it. `name` is
    the name in the answer, which for a new object the server may have made itself.
    """

    code: int
    name: str = ""
    causes: tuple[Cause, ...] = ()
    stored: JsonObject | None = None
