"""Which Leases are explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import LeasegateError
from app.explain.objects import Key
from app.leasecandidate.spec import NODE_LEASES

if TYPE_CHECKING:
    from app.explain.snapshot import Snapshot


class NotFoundError(LeasegateError):
    """A Lease that is asked for and not there: one sentence."""


@dataclass(frozen=True, slots=True)
class Selection:
    """LEASE or NAMESPACE/LEASE, each; none means all. `namespace` is None for all namespaces."""

    names: tuple[str, ...] = ()
    namespace: str | None = None

    def keys(self, snapshot: Snapshot) -> list[Key]:
        """Return the Leases, in order; NotFoundError where one that is named is not there.

        The heartbeats of nodes are left out unless their namespace is asked for.
        """
        known = snapshot.keys()
        if not self.names:
            if self.namespace is not None:
                return [key for key in known if key.namespace == self.namespace]
            return [key for key in known if key.namespace != NODE_LEASES]
        found: dict[Key, None] = {}
        for name in self.names:
            matching = [key for key in known if self._is(key, name)]
            if not matching:
                where = f" in namespace {self.namespace}" if self.namespace is not None else ""
                raise NotFoundError(
                    f"there is no Lease {name}{where if '/' not in name else ''}, and no "
                    "LeaseCandidate for it"
                )
            found.update(dict.fromkeys(matching))
        return list(found)

    @property
    def only_namespace(self) -> str | None:
        """The one namespace that has to be read, None for all."""
        named = {name.rpartition("/")[0] or self.namespace for name in self.names}
        namespaces = named or {self.namespace}
        return namespaces.pop() if len(namespaces) == 1 else None

    def known(self, snapshot: Snapshot) -> list[Key]:
        """Return those that are there; none is no error."""
        try:
            return self.keys(snapshot)
        except NotFoundError:
            return []

    def _is(self, key: Key, name: str) -> bool:
        namespace, slash, rest = name.rpartition("/")
        if slash:
            return key == Key(namespace, rest)
        return key.name == name and self.namespace in {None, key.namespace}
