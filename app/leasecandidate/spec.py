"""LeaseCandidate of coordination.k8s.io, in all versions that differ in their comments alone.

Source: kubernetes/api `coordination/v1beta1/types.go`; KEP-4355.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from app.leasecandidate.microtime import MicroTime
from app.leasecandidate.objectmeta import ObjectMeta
from app.leasecandidate.wire import NullIsZero, Text, WireModel

GROUP: Final = "coordination.k8s.io"
KIND: Final = "LeaseCandidate"
RESOURCE: Final = "leasecandidates"
VERSIONS: Final = ("v1beta1", "v1alpha2")
"""The API versions with this schema, the preferred one first: add one here, then `make docs`.

v1alpha1 (1.31 only) has another schema."""

VALIDITY: Final = timedelta(minutes=30)
"""How long a candidate counts as live after its renewTime (kubernetes
`pkg/controlplane/controller/leaderelection`, leaseCandidateValidDuration)."""

NODE_LEASES: Final = "kube-node-lease"
"""The namespace in which each node renews a Lease as its heartbeat; nobody is elected there."""

OLDEST_EMULATION_VERSION: Final = "OldestEmulationVersion"
"""The one strategy that Kubernetes itself defines; any other is a qualified name with a slash."""


class LeaseCandidateSpec(WireModel):
    """How a process stands for election: for which lease, with which versions, alive when.

    An absent string field is the empty string and an absent time is None.
    """

    lease_name: Text = Field(
        default="",
        description=(
            "Name of the Lease that the candidate contends for, in the candidate's namespace. "
            "Required; immutable. Any text passes kube-apiserver, but only a DNS-1123 subdomain "
            "of at most 253 bytes can become a Lease."
        ),
    )
    ping_time: MicroTime | None = Field(
        default=None,
        description=(
            "When kube-apiserver last asked the candidate to show that it lives. RFC 3339 in UTC "
            "with six fraction digits. Optional; written by kube-apiserver, never by the candidate."
        ),
    )
    renew_time: MicroTime | None = Field(
        default=None,
        description=(
            "When the candidate last renewed itself or answered a ping. RFC 3339 in UTC with six "
            "fraction digits. Optional; without it, or 30 minutes after it, the candidate counts "
            "as expired."
        ),
    )
    binary_version: Text = Field(
        default="",
        description=(
            "Version of the candidate's binary: a semantic version without a leading "
            '"v". Required.'
        ),
    )
    emulation_version: Text = Field(
        default="",
        description=(
            "Version that the candidate emulates: a semantic version without a leading "
            '"v", at most binaryVersion. Required where strategy is OldestEmulationVersion, '
            "otherwise optional."
        ),
    )
    strategy: Text = Field(
        default="",
        description=(
            "How the leader is picked: OldestEmulationVersion, or the qualified name "
            "(prefix/name) of a strategy that somebody else implements. Required."
        ),
    )

    def merge_from(self, other: Self) -> Self:
        """Return a deep merge.

        A required string (leaseName, binaryVersion, strategy) is taken from `other`; an optional
        field, and an unknown one, only where `other` has a value.
        """
        required = {
            "lease_name": other.lease_name,
            "binary_version": other.binary_version,
            "strategy": other.strategy,
        }
        optional = {name: value for name, value in other if value not in (None, "")}
        return self.model_copy(update=optional | required)

    @model_serializer(mode="wrap")
    def _to_wire(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out the optional fields that are empty; the zero time stays, as null."""
        absent = {
            alias
            for alias, value in (
                ("pingTime", self.ping_time),
                ("renewTime", self.renew_time),
                ("emulationVersion", self.emulation_version or None),
            )
            if value is None
        }
        fields: dict[str, object] = handler(self)
        return {name: value for name, value in fields.items() if name not in absent}


class LeaseCandidate(WireModel):
    """A candidate for the leadership of one Lease."""

    api_version: Text = Field(
        default="", description=f"{' or '.join(f'{GROUP}/{version}' for version in VERSIONS)}."
    )
    kind: Text = Field(default="", description="LeaseCandidate.")
    metadata: Annotated[ObjectMeta, NullIsZero()] = Field(
        default_factory=ObjectMeta, description="Standard object metadata."
    )
    spec: Annotated[LeaseCandidateSpec, NullIsZero()] = Field(
        default_factory=LeaseCandidateSpec, description="What the candidate says of itself."
    )

    def merge_from(self, other: Self) -> Self:
        """Return a deep merge: metadata and spec are merged, `other` wins elsewhere."""
        update = {name: value for name, value in other if value not in (None, "")}
        return self.model_copy(
            update=update
            | {
                "metadata": self.metadata.merge_from(other.metadata),
                "spec": self.spec.merge_from(other.spec),
            }
        )

    @model_serializer(mode="wrap")
    def _to_wire(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out apiVersion and kind where they are empty; metadata and spec always stay."""
        fields: dict[str, object] = handler(self)
        absent = {name for name in ("apiVersion", "kind") if not fields[name]}
        return {name: value for name, value in fields.items() if name not in absent}
