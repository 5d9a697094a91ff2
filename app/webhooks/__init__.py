"""The two hooks: Review -> Verdict. Thin: they join `admission` to `leasecandidate`."""

from app.webhooks.candidates import parse_candidates
from app.webhooks.clock import ServerClock
from app.webhooks.hook import Hook
from app.webhooks.mutating import mutate
from app.webhooks.oversized import decide_oversized
from app.webhooks.siblings import NoSiblingSource, SiblingSource
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
