"""Knowing heartbeats of candidates in which nothing was found: these need not be asked about.

Nearly every review is one. A candidate renews itself for hours, and its heartbeats differ in
renewTime alone, about which rules have nothing to say while it moves on and is not ahead of now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate import MicroTime
from app.webhooks.candidate_json import LeaseCandidateJson

if TYPE_CHECKING:
    from app.leasecandidate.rules import Ruleset

CANDIDATES: Final = 1024
LENGTH: Final = 4096
"""How many candidates are known, and how many characters each may have; so memory is bounded."""


Content = tuple[object, ...]
"""What a heartbeat leaves as it is: the uid of a candidate, and all of it but for two fields."""


def unchanged_content(new: object, old: object, now: MicroTime) -> Content | None:
    """Return what a regular heartbeat leaves as it is, None where an update is not one.

    `new` and `old` are the objects of a review as `parse_candidates` reads them. A regular
    heartbeat has a renewTime that is neither before the stored one nor after `now`, a
    resourceVersion, which the server changes each time, and is the same in all else.
    """
    # Other JSON may equal a candidate and be none: in Python, 1 is equal to true.
    if not (isinstance(new, LeaseCandidateJson) and isinstance(old, LeaseCandidateJson)):
        return None
    spec, metadata = new.spec, new.metadata
    try:
        renewed = MicroTime.parse(spec["renewTime"])
        before = MicroTime.parse(old.spec["renewTime"])
    except (KeyError, ValueError):
        return None
    if not (before <= renewed <= now and metadata.get("resourceVersion")):
        return None
    kind = new.api_version, new.kind
    if (
        metadata != old.metadata
        or spec != {**old.spec, "renewTime": spec["renewTime"]}
        or kind != (old.api_version, old.kind)
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
