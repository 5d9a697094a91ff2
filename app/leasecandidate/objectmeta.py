"""metav1.ObjectMeta, as far as rules look at it; everything else is kept as it came.

Source: apimachinery `pkg/apis/meta/v1/types.go`.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_serializer

from app.leasecandidate.model import KubernetesString, WireModel


def _null_values_are_empty(value: object) -> object:
    """Read `{"a": null}` as `{"a": ""}`, and null as no map at all."""
    if isinstance(value, dict):
        return {key: "" if item is None else item for key, item in value.items()}
    return {} if value is None else value


def _null_items_are_empty(value: object) -> object:
    if isinstance(value, list):
        return ["" if item is None else item for item in value]
    return [] if value is None else value


def _null_is_empty_list(value: object) -> object:
    return (
        [{} if item is None else item for item in value] if isinstance(value, list) else value or []
    )


Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
StringMap = Annotated[dict[str, str], BeforeValidator(_null_values_are_empty)]
StringList = Annotated[list[str], BeforeValidator(_null_items_are_empty)]


class OwnerReference(WireModel):
    """Names the object that owns this one."""

    api_version: KubernetesString = Field(default="", description="Group and version. Required.")
    kind: KubernetesString = Field(default="", description="Kind. Required.")
    name: KubernetesString = Field(default="", description="Name. Required.")
    uid: KubernetesString = Field(default="", description="UID. Required.")
    controller: bool | None = Field(default=None, description="Whether it manages this object.")
    block_owner_deletion: bool | None = Field(
        default=None, description="Whether its foreground deletion waits for this object."
    )

    def to_wire(self) -> dict[str, object]:
        """Return the fields in the order in which Go writes them."""
        return self.model_dump(exclude_none=True)


class ObjectMeta(WireModel):
    """Name, owner and labels of an object.

    Times stay text: no rule compares them and kube-apiserver, not a client, sets them.
    """

    name: KubernetesString = Field(
        default="",
        description="Name, a ConfigMap key of at most 253 bytes. Required, or generateName.",
    )
    generate_name: KubernetesString = Field(
        default="", description="Prefix from which the server makes a name. Optional."
    )
    namespace: KubernetesString = Field(
        default="", description="Namespace, a DNS-1123 label. Required."
    )
    uid: KubernetesString = Field(default="", description="Set by the server.")
    resource_version: KubernetesString = Field(
        default="", description="Version in the store; must be given for an update."
    )
    generation: Int64 | None = Field(default=None, description="Set by the server, never negative.")
    creation_timestamp: str | None = Field(
        default=None, description="RFC 3339 with seconds. Set by the server."
    )
    deletion_timestamp: str | None = Field(
        default=None, description="RFC 3339 with seconds. Set by the server."
    )
    deletion_grace_period_seconds: Int64 | None = Field(
        default=None, description="Seconds. Set by the server."
    )
    labels: StringMap = Field(default_factory=dict, description="Optional labels.")
    annotations: StringMap = Field(
        default_factory=dict, description="Optional annotations, at most 256 KiB together."
    )
    owner_references: Annotated[list[OwnerReference], BeforeValidator(_null_is_empty_list)] = Field(
        default_factory=list, description="Optional owners of this object."
    )
    finalizers: StringList = Field(
        default_factory=list, description="Optional names that hold back a deletion."
    )

    def merge_from(self, other: Self) -> Self:
        """Return a deep merge: values of `other` win, maps and sets are united.

        Owner references are united by uid.
        """
        owners = {owner.uid: owner for owner in (*self.owner_references, *other.owner_references)}
        return self.model_copy(
            update={
                **{name: value for name, value in other if value not in (None, "", {}, [])},
                "labels": self.labels | other.labels,
                "annotations": self.annotations | other.annotations,
                "owner_references": list(owners.values()),
                "finalizers": list(dict.fromkeys((*self.finalizers, *other.finalizers))),
            }
        )

    @model_serializer(mode="wrap")
    def _without_empty(self, handler: object) -> dict[str, object]:
        assert callable(handler)  # noqa: S101  tells mypy
        fields: dict[str, object] = handler(self)
        return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}
