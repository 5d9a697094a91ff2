"""What kube-apiserver does to a candidate that is created before it validates it.

Some writes end here, before any rule is asked. Source, in the order of the steps: apimachinery
`pkg/runtime/serializer/json/json.go`; apiserver `pkg/endpoints/handlers/create.go`,
`pkg/registry/generic/registry/store.go` and `pkg/registry/rest/{create,meta}.go`, v1.37.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.leasecandidate.spec import GROUP, KIND

if TYPE_CHECKING:
    from app.leasecandidate.field import FieldError
    from app.leasecandidate.objectmeta import ObjectMeta, OwnerReference
    from app.leasecandidate.spec import LeaseCandidate

_GENERATED_BASE: Final = 58
"""Bytes of generateName that a generated name keeps; five random characters follow
(apiserver `pkg/storage/names/generate.go`)."""

_WIPED: Final[dict[str, object]] = {
    "uid": "",
    "creation_timestamp": None,
    "deletion_timestamp": None,
    "deletion_grace_period_seconds": None,
    "self_link": "",
}
"""What only the server sets on an object that is new."""

_MAX_RESOURCE_VERSION: Final = 2**64 - 1
_RESOURCE_VERSION: Final = re.compile("0*([0-9]{1,20})")


@dataclass(frozen=True, slots=True)
class Destination:
    """The URL that a candidate is sent to; `name` is empty for a POST."""

    version: str
    namespace: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """A write that ends before it is validated: HTTP status code, why, and the cause if any."""

    code: int
    message: str
    cause: FieldError | None = None


def submit(
    candidate: LeaseCandidate,
    destination: Destination,
    *,
    suffix: str = "xxxxx",
) -> LeaseCandidate | RefusedWrite:
    """Return a candidate that is created as it is validated.

    `suffix` stands for the random end of a generated name.
    """
    meta = locate(candidate, destination)
    if not isinstance(meta, RefusedWrite):
        meta = _create_by_put(meta) if destination.name else _create(meta, suffix)
    if isinstance(meta, RefusedWrite):
        return meta
    return candidate.model_copy(update={"metadata": meta})


def locate(candidate: LeaseCandidate, destination: Destination) -> ObjectMeta | RefusedWrite:
    """Return the metadata with what the URL says, which it must not contradict."""
    if (problem := _type_problem(candidate, destination.version)) or (
        problem := _location_problem(candidate.metadata, destination)
    ):
        return RefusedWrite(400, problem)
    return candidate.metadata.model_copy(
        update={
            "namespace": destination.namespace,
            "owner_references": _without_duplicates(candidate.metadata.owner_references),
        }
    )


def _type_problem(candidate: LeaseCandidate, version: str) -> str:
    """Return why apiVersion and kind contradict the URL, which supplies what is missing."""
    group, slash, given = candidate.api_version.partition("/")
    if not slash:
        group, given = "", group
    if "/" in given:
        return f"apiVersion {candidate.api_version} has more than one slash"
    if candidate.kind not in ("", KIND):
        return f"the kind is {candidate.kind}, not {KIND}"
    if (group, given) in (("", ""), (GROUP, ""), (GROUP, version)):
        return ""
    return f"apiVersion is {candidate.api_version}, not {GROUP}/{version}"


def _location_problem(meta: ObjectMeta, destination: Destination) -> str:
    if meta.namespace not in ("", destination.namespace):
        return f"metadata.namespace is {meta.namespace}, not {destination.namespace}"
    if destination.name and meta.name != destination.name:
        return f"metadata.name is {meta.name}, not {destination.name}"
    return ""


def _without_duplicates(owners: list[OwnerReference]) -> list[OwnerReference]:
    unique: dict[tuple[tuple[str, object], ...], OwnerReference] = {}
    for owner in owners:
        unique.setdefault(tuple(owner.to_wire().items()), owner)
    return list(unique.values())


def _create(meta: ObjectMeta, suffix: str) -> ObjectMeta:
    """Wipe what only the server sets, and generate the name where there is none."""
    wiped = meta.model_copy(update=_WIPED)
    if not meta.generate_name or meta.name:
        return wiped
    # The cut is made between bytes; quote() shows a byte that is left over as Go does.
    base = meta.generate_name.encode()[:_GENERATED_BASE].decode(errors="surrogateescape")
    return wiped.model_copy(update={"name": base + suffix})


def _create_by_put(meta: ObjectMeta) -> ObjectMeta | RefusedWrite:
    if meta.uid:
        return RefusedWrite(409, "metadata.uid is that of no stored object")
    if resource_version(meta.resource_version) is None:
        return RefusedWrite(500, "metadata.resourceVersion is not a number")
    return meta.model_copy(update=_WIPED)


def resource_version(text: str) -> int | None:
    """Return the number that a resourceVersion is, 0 for an empty one, None if it is none."""
    match = _RESOURCE_VERSION.fullmatch(text or "0")
    number = int(match[1]) if match else None
    return number if number is not None and number <= _MAX_RESOURCE_VERSION else None
