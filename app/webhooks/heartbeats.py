"""Knowing heartbeats of candidates in which nothing was found: these need not be asked about.

Nearly every review is one. A candidate renews itself for hours, and its heartbeats differ in
renewTime alone, about which rules have nothing to say while it moves on and is not ahead of now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate import MicroTime

if TYPE_CHECKING:
    from app.admission.review import JsonObject
    from app.leasecandidate.rules import Ruleset

CANDIDATES: Final = 1024
LENGTH: Final = 4096
"""How many candidates are known, and how many characters each may have; so memory is bounded."""


Content = tuple[object, ...]
"""What a heartbeat leaves as it is: the uid of a candidate, and all of it but for two fields."""


def unchanged_content(new: JsonObject, old: JsonObject, now: MicroTime) -> Content | None:
    """Return what a regular heartbeat leaves as it is, None where an update is not one.

    `new` and `old` are candidates as `parse_candidates` reads them. A regular heartbeat has a
    renewTime that is neither before the stored one nor after `now`, a resourceVersion, which the
    server changes each time, and is the same in all else.
    """
    spec, metadata, old_spec = new.get("spec"), new.get("metadata"), old.get("spec")
    if not (isinstance(spec, dict) and isinstance(metadata, dict) and isinstance(old_spec, dict)):
        return None
    renewed, before = spec.get("renewTime"), old_spec.get("renewTime")
    # Times are read where all of the candidate has the types that it should have.
    if not (isinstance(renewed, MicroTime) and isinstance(before, MicroTime)):
        return None
    if not (before <= renewed <= now and metadata.get("resourceVersion")):
        return None
    kind = new.get("apiVersion"), new.get("kind")
    if (
        metadata != old.get("metadata")
        or spec != {**old_spec, "renewTime": renewed}
        or kind != (old.get("apiVersion"), old.get("kind"))
    ):
        return None
    return (
        metadata.get("uid"),
        kind,
        {**metadata, "resourceVersion": None},
        {**spec, "renewTime": None},
    )


class Heartbeats:
    """The contents in which some rules found nothing."""

    def __init__(self) -> None:
        self._ruleset: Ruleset | None = None
        self._faultless: dict[object, Content] = {}

    def are_faultless(self, content: Content, ruleset: Ruleset) -> bool:
        """Whether these rules have nothing to say about a regular heartbeat with this content."""
        return self._ruleset is ruleset and self._faultless.get(content[0]) == content

    def remember(self, content: Content, ruleset: Ruleset) -> None:
        """Take note that these rules had nothing to say about such a heartbeat.

        Nothing is noted where there are rules that may have something to say about the next one.
        """
        if not ruleset.passes_heartbeats or len(repr(content)) > LENGTH:
            return
        if self._ruleset is not ruleset or len(self._faultless) >= CANDIDATES:
            self._ruleset = ruleset
            self._faultless.clear()
        self._faultless[content[0]] = content
