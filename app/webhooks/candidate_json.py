"""The JSON of a LeaseCandidate as kube-apiserver writes it: of its fields, each as it should be.

All of it is text where `LeaseCandidate`, which has the same fields, makes more of it. What is
declared here is told apart from other JSON, in which an integer may be a boolean.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field
from typing_extensions import TypedDict

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class OwnerReferenceJson(TypedDict, total=False):
    """Names the object that owns this one."""

    """Names the object that owns this one."""

    apiVersion: str
    kind: str
    name: str
    uid: str
    controller: bool
    blockOwnerDeletion: bool


class ManagedFieldsEntryJson(TypedDict):
    """Of managedFields only their number is read: they are a third of the bytes."""


class ObjectMetaJson(TypedDict, total=False):
    """Name, owner and labels of an object."""

    """Name, owner and labels of an object."""

    name: str
    generateName: str
    namespace: str
    uid: str
    resourceVersion: str
    generation: Int64
    creationTimestamp: str
    deletionTimestamp: str
    deletionGracePeriodSeconds: Int64
    labels: dict[str, str]
    annotations: dict[str, str]
    ownerReferences: list[OwnerReferenceJson]
    finalizers: list[str]
    managedFields: list[ManagedFieldsEntryJson]
    selfLink: str


class LeaseCandidateSpecJson(TypedDict, total=False):
    """What a candidate says of itself."""

    """What a candidate says of itself."""

    leaseName: str
    pingTime: str
    renewTime: str
    binaryVersion: str
    emulationVersion: str
    strategy: str


class LeaseCandidateJson(Struct, frozen=True, rename="camel"):
    """A candidate; its parts are dicts without the fields that are absent."""

    api_version: str = ""
    kind: str = ""
    metadata: ObjectMetaJson = field(default_factory=ObjectMetaJson)
    spec: LeaseCandidateSpecJson = field(default_factory=LeaseCandidateSpecJson)

    def fields(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": self.metadata,
            "spec": self.spec,
        }
