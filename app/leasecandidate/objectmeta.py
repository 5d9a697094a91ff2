"""metav1.ObjectMeta, as far as rules look at it; everything else is kept as it came.

Source: apimachinery `pkg/apis/meta/v1/types.go`.
"""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import (
    FailFast,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from typing_extensions import TypedDict

from app.leasecandidate.timestamp import Timestamp
from app.leasecandidate.wire import NullIsZero, Text, WireModel, without_empty

# Owners, and entries of managedFields. So many real ones take half a megabyte; without a limit, a
# hostile client could fill the memory with hundreds of thousands of three bytes each.
_MOST_ENTRIES: Final = 10_000

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
# Without FailFast, pydantic would describe each of a million wrong values.
StringMap = Annotated[dict[str, Text], FailFast(), NullIsZero()]
StringList = Annotated[list[Text], FailFast(), NullIsZero()]


class ManagedFieldsEntry(TypedDict):
    """What the server notes of one writer.

    No field is declared, since no rule looks at any.
    """


class OwnerReference(WireModel):
    """Names the object that owns this one."""

    api_version: Text = Field(default="", description="Group and version. Required.")
    kind: Text = Field(default="", description="Kind. Required.")
    name: Text = Field(default="", description="Name. Required.")
    uid: Text = Field(default="", description="UID. Required.")
    controller: bool | None = Field(default=None, description="Whether it manages this object.")
    block_owner_deletion: bool | None = Field(
        default=None, description="Whether its foreground deletion waits for this object."
    )

    def to_wire(self) -> dict[str, object]:
        """Return the fields that Go knows, in the order in which it writes them."""
        fields: dict[str, object] = {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": self.controller,
            "blockOwnerDeletion": self.block_owner_deletion,
        }
        return {name: value for name, value in fields.items() if value is not None}

    @model_serializer
    def _with_unknown_fields(self) -> dict[str, object]:
        return self.to_wire() | (self.model_extra or {})


class ObjectMeta(WireModel):
    """Name, owner and labels of an object.

    Times stay text: no rule compares them and kube-apiserver, not a client, sets them. So do
    entries of managedFields, which the server writes.
    """

    name: Text = Field(
        default="",
        description="Name, a ConfigMap key of at most 253 bytes. Required, or generateName.",
    )
    generate_name: Text = Field(
        default="", description="Prefix from which the server makes a name. Optional."
    )
    namespace: Text = Field(default="", description="Namespace, a DNS-1123 label. Required.")
    uid: Text = Field(default="", description="Set by the server.")
    resource_version: Text = Field(
        default="", description="Version in the store; must be given for an update."
    )
    generation: Annotated[Int64, NullIsZero()] = Field(
        default=0, description="Set by the server, never negative."
    )
    creation_timestamp: Timestamp | None = Field(
        default=None, description="RFC 3339 with seconds. Set by the server."
    )
    deletion_timestamp: Timestamp | None = Field(
        default=None, description="RFC 3339 with seconds. Set by the server."
    )
    deletion_grace_period_seconds: Int64 | None = Field(
        default=None, description="Seconds. Set by the server."
    )
    labels: StringMap = Field(default_factory=dict, description="Optional labels.")
    annotations: StringMap = Field(
        default_factory=dict, description="Optional annotations, at most 256 KiB together."
    )
    owner_references: Annotated[
        list[Annotated[OwnerReference, NullIsZero()]],
        Field(max_length=_MOST_ENTRIES),
        FailFast(),
        NullIsZero(),
    ] = Field(default_factory=list, description="Optional owners of this object.")
    finalizers: StringList = Field(
        default_factory=list, description="Optional names that hold back a deletion."
    )

    managed_fields: Annotated[
        list[ManagedFieldsEntry | None],
        Field(max_length=_MOST_ENTRIES),
        FailFast(),
        NullIsZero(),
    ] = Field(default_factory=list, description="Who wrote which field. Set by the server.")
    self_link: Text = Field(default="", description="Not used any more.")

    def merge_from(self, other: Self) -> Self:
        """Return a deep merge: values of `other` win, maps and sets are united.

        Owner references are united by uid.
        """
        owners = {owner.uid: owner for owner in (*self.owner_references, *other.owner_references)}
        return self.model_copy(
            update={
                **{name: value for name, value in other if value not in (None, "", {}, [])},
                "generation": other.generation or self.generation,
                "labels": self.labels | other.labels,
                "annotations": self.annotations | other.annotations,
                "owner_references": list(owners.values()),
                "finalizers": list(dict.fromkeys((*self.finalizers, *other.finalizers))),
            }
        )

    @model_serializer(mode="wrap")
    def _to_wire(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out what is empty."""
        fields = without_empty(self, handler(self))
        if not self.generation:
            fields.pop("generation", None)
        if self.deletion_timestamp == "":
            # A pointer in Go: to the zero time, which is written as null, and so is not absent.
            fields["deletionTimestamp"] = None
        return fields
