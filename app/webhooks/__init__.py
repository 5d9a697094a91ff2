"""The two hooks: Review -> Verdict. Thin: they join `admission` to `leasecandidate`."""

from app.webhooks.hook import Hook
from app.webhooks.mutating import mutate
from app.webhooks.oversized import decide_oversized
from app.webhooks.parse import parse_candidates
from app.webhooks.server_clock import ServerClock
from app.webhooks.sibling_source import NoSiblingSource, SiblingSource
from app.webhooks.validating import ValidatingHook

__all__ = [
    "Hook",
    "NoSiblingSource",
    "ServerClock",
    "SiblingSource",
    "ValidatingHook",
    "decide_oversized",
    "mutate",
    "parse_candidates",
]
