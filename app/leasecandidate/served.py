"""The API versions in which a cluster serves LeaseCandidate, and what follows for us."""

from __future__ import annotations

from dataclasses import dataclass

from app.leasecandidate.spec import GROUP, KIND, RESOURCE, VERSIONS


@dataclass(frozen=True, slots=True)
class ServedVersions:
    """The versions of the API group that have the resource, the preferred one first."""

    names: tuple[str, ...] = ()

    @property
    def judged(self) -> tuple[str, ...]:
        """Those whose schema we know, and for which the webhooks are registered."""
        return tuple(name for name in self.names if name in VERSIONS)

    @property
    def unknown(self) -> tuple[str, ...]:
        """All others. kube-apiserver converts them for us, as long as one is served that we know.

        That is what `matchPolicy: Equivalent` of a webhook does.
        """
        return tuple(name for name in self.names if name not in VERSIONS)

    def __str__(self) -> str:
        if not self.names:
            return (
                f"the cluster does not serve {RESOURCE}.{GROUP}; start kube-apiserver with "
                "--feature-gates=CoordinatedLeaderElection=true and "
                f"--runtime-config={GROUP}/{VERSIONS[0]}=true to use them"
            )
        served = f"the cluster serves {KIND} in {_listed(self.names)}"
        if not self.judged:
            return f"{served}, which this leasegate does not know, so it judges none; upgrade it"
        if self.unknown:
            return (
                f"{served}; this leasegate does not know {_listed(self.unknown)} and judges it as "
                f"{_listed(self.judged)}, while that is served; upgrade leasegate before it goes"
            )
        return f"{served}, and leasegate judges it"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(names)
