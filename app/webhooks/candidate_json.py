"""The JSON of a LeaseCandidate as kube-apiserver writes it, without the fields that nobody knows.

`LeaseCandidate`, which has the same fields, makes times of texts and knows the limits of numbers.
"""

from __future__ import annotations

from msgspec import Struct, field
from typing_extensions import TypedDict


class OwnerReferenceJson(TypedDict, total=False):
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

    name: str
    generateName: str
    namespace: str
    uid: str
    resourceVersion: str
    generation: int
    creationTimestamp: str
    deletionTimestamp: str
    deletionGracePeriodSeconds: int
    labels: dict[str, str]
    annotations: dict[str, str]
    ownerReferences: list[OwnerReferenceJson]
    finalizers: list[str]
    managedFields: list[ManagedFieldsEntryJson]
    selfLink: str


class LeaseCandidateSpecJson(TypedDict, total=False):
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
