"""Processes of a component as a cluster sees them: candidates, and leaders that renew a Lease."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from app.leasecandidate import MicroTime

if TYPE_CHECKING:
    import httpx2

    from app.explain.objects import Key

_GROUP: Final = "/apis/coordination.k8s.io"
_MERGE: Final = {"Content-Type": "application/merge-patch+json"}
_RENEW_SECONDS: Final = timedelta(seconds=2)
_RENEW_DEADLINE: Final = timedelta(seconds=10)
Json = dict[str, Any]


@dataclass(slots=True)
class Process:
    """One process of a component. `tick` lets it do what it would do now.

    `offset` is the lead of its clock. It `answers` pings or not; it `leads` where it is elected, or
    never renews. One that is not `coordinated` renews as client-go's plain LeaseLock does.
    """

    key: Key
    name: str
    versions: tuple[str, str] = ("1.37.2", "1.37.2")
    strategy: str = "OldestEmulationVersion"
    offset: timedelta = timedelta(0)
    answers: bool = True
    leads: bool = True
    coordinated: bool = True
    stands: bool = True
    age: timedelta = timedelta(0)
    manager: str = "component"
    _answered: str = ""
    _renewed: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    _asked: datetime | None = None

    def start(self, api: httpx2.Client) -> None:
        """Create the candidate, if it stands."""
        if not self.stands:
            return
        binary, emulation = self.versions
        spec = {
            "leaseName": self.key.name,
            "binaryVersion": binary,
            "emulationVersion": emulation,
            "strategy": self.strategy,
            "renewTime": self._now(-self.age),
        }
        body = {"metadata": {"name": self.name}, "spec": spec}
        path = self._candidate.rpartition("/")[0]
        api.post(path, json=body, params=self._as).raise_for_status()

    def tick(self, api: httpx2.Client) -> None:
        """Answer a ping, and renew the Lease where it leads."""
        if self.stands and self.answers:
            ping = api.get(self._candidate).json()["spec"].get("pingTime", "")
            if ping != self._answered:
                self._answered = ping
                self._merge(api, self._candidate, {"renewTime": self._now()})
        now = datetime.now(UTC)
        if self.leads and now - self._renewed >= _RENEW_SECONDS:
            self._renewed = now
            self._lead(api, now)

    def _lead(self, api: httpx2.Client, now: datetime) -> None:
        answer = api.get(self._lease)
        if not answer.is_success:
            if not self.coordinated:
                path = self._lease.rpartition("/")[0]
                body = {"metadata": {"name": self.key.name}, "spec": self._lock()}
                api.post(path, json=body, params=self._as).raise_for_status()
            return
        lease = answer.json()
        if lease["spec"].get("holderIdentity") != self.name:
            self._asked = None
        elif not self.coordinated:
            api.put(self._lease, json=lease | {"spec": self._lock()}, params=self._as)
        elif lease["spec"].get("preferredHolder"):
            self._asked = self._asked or now
            if now - self._asked >= _RENEW_DEADLINE:
                self._merge(api, self._lease, {"holderIdentity": ""})
        else:
            renewed = {"renewTime": self._now(), "leaseDurationSeconds": 15}
            self._merge(api, self._lease, renewed)

    def _lock(self) -> Json:
        return {
            "holderIdentity": self.name,
            "leaseDurationSeconds": 15,
            "renewTime": self._now(),
        }

    def _merge(self, api: httpx2.Client, path: str, spec: Json) -> None:
        api.patch(path, json={"spec": spec}, params=self._as, headers=_MERGE).raise_for_status()

    def _now(self, offset: timedelta = timedelta(0)) -> str:
        return str(MicroTime.at(datetime.now(UTC) + self.offset + offset))

    @property
    def _as(self) -> dict[str, str]:
        return {"fieldManager": self.manager}

    @property
    def _candidate(self) -> str:
        return f"{_GROUP}/v1beta1/namespaces/{self.key.namespace}/leasecandidates/{self.name}"

    @property
    def _lease(self) -> str:
        return f"{_GROUP}/v1/namespaces/{self.key.namespace}/leases/{self.key.name}"
