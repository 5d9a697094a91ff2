"""The matchConditions of the two webhook registrations: kube-apiserver evaluates them itself.

What they skip does not need us at all, so elections go on while no pod of ours answers. They use
what CEL has since Kubernetes 1.30, and no expression can err: an error would skip the webhook under
failurePolicy Ignore, and refuse the write under Fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.leasecandidate.rules.write import SERVER_USERNAME


@dataclass(frozen=True, slots=True)
class MatchCondition:
    """A condition under which a webhook is called; all of a registration must hold."""

    name: str
    expression: str

    def to_manifest(self) -> dict[str, str]:
        """Return the item of `matchConditions`."""
        return {"name": self.name, "expression": self.expression}


_NEW: Final = "object.spec.renewTime"
_OLD: Final = "oldObject.spec.renewTime"
_RENEW_TIMES: Final = (
    "[object.spec.?renewTime.orValue(null), oldObject.spec.?renewTime.orValue(null)]"
)
# Only between these years can CEL add to a time; 27 is the length of the canonical form.
_CANNOT_BE_COMPARED: Final = "time == null || size(time) != 27 || time < '0001' || time >= '9999'"

HEARTBEAT: Final = MatchCondition(
    "not-a-pure-heartbeat",
    " || ".join(
        (
            "request.operation != 'UPDATE'",
            "object.spec.leaseName != oldObject.spec.leaseName",
            "object.spec.binaryVersion != oldObject.spec.binaryVersion",
            *(
                f"object.{field}.orValue({empty}) != oldObject.{field}.orValue({empty})"
                for field, empty in (
                    ("spec.?emulationVersion", "''"),
                    ("spec.?strategy", "''"),
                    ("spec.?pingTime", "''"),
                    ("metadata.?finalizers", "[]"),
                )
            ),
            f"{_RENEW_TIMES}.exists(time, {_CANNOT_BE_COMPARED})",
            f"{_NEW} < {_OLD}",
            f"timestamp({_NEW}) > timestamp({_OLD}) + duration('30m')",
        )
    ),
)
"""Skips an UPDATE that changes nothing that a rule looks at but renewTime, from one time to another
at most 30 minutes later: a heartbeat, or the answer to a ping.

So one such update may set renewTime into the future unseen. Every step further needs another one,
and the next write that changes anything else is seen with the time that it carries.
"""

CONTROLLER_PING: Final = MatchCondition(
    "not-a-controller-ping",
    f"request.operation != 'UPDATE' || request.userInfo.username != '{SERVER_USERNAME}'",
)
"""Skips what kube-apiserver itself updates: pings, which no added rule denies."""

VALIDATING: Final = (HEARTBEAT, CONTROLLER_PING)
MUTATING: Final = (HEARTBEAT,)
"""Without a condition on the leading `v`: near misses such as `v1.33` get a warning, too."""
