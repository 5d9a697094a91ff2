"""The two hooks: Review -> Verdict. Thin: they join `admission` to `leasecandidate`."""

from app.webhooks.hook import Hook
from app.webhooks.mutating import mutate
from app.webhooks.oversized import decide_oversized
from app.webhooks.validating import validate

__all__ = ["Hook", "decide_oversized", "mutate", "validate"]
