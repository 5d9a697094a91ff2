"""The diagnosis of any Lease."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from app.explain.diagnosis import Diagnosis, ElectionState, Remedy
from app.explain.held import diagnose_held
from app.explain.leaderless import diagnose_leaderless, leaderless
from app.explain.words import kubectl, shown

if TYPE_CHECKING:
    from app.explain.situation import Situation

_ABANDONED: Final = timedelta(days=1)


def diagnose(situation: Situation) -> Diagnosis:
    """Return the diagnosis of a Lease."""
    if situation.is_held:
        return diagnose_held(situation)
    if situation.is_coordinated:
        return diagnose_leaderless(situation)
    return _ordinary(situation)


def _ordinary(situation: Situation) -> Diagnosis:
    """Return the diagnosis of a Lease that has no leader and is not coordinated."""
    stored, holder = situation.stored, situation.holder
    remedies = []
    if holder:
        why = (
            f"{shown(holder)} does not renew it any more, and no other process of the component "
            "has taken it"
        )
        # client-go's programs take HOSTNAME_UUID for identity; in a pod that is the pod's name.
        pod = holder.partition("_")[0]
        remedies.append(
            Remedy(
                "see whether the component runs, and what it says",
                kubectl(situation.key, "get pod", pod),
            )
        )
    else:
        why = "its last holder gave it up, and no process of the component has taken it since"
        remedies.append(Remedy("see whether the component runs"))
    renewed = stored.lease.renew_time if stored else None
    if renewed is None or renewed + _ABANDONED < situation.now:
        remedies.append(
            Remedy(
                "if the component is gone for good, delete what it left behind",
                kubectl(situation.key, "delete lease", situation.key.name),
            )
        )
    return Diagnosis(
        ElectionState.LEADERLESS, leaderless(situation), f"{why}.", remedies=tuple(remedies)
    )
