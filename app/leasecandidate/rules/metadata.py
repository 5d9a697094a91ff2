"""The built-in rules on `metadata`, the same for every object of Kubernetes.

Sources: apimachinery `pkg/api/validation/objectmeta.go`; the order of the passes is that of
apiserver `pkg/registry/rest/{create,update}.go`, v1.37.2. managedFields are not looked at: the
server writes them itself. Go walks maps in random order; here keys are sorted, so that the causes
are the same each time.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from app.leasecandidate.field import (
    FieldError,
    forbidden,
    invalid,
    invalid_shown,
    required,
    too_long,
)
from app.leasecandidate.name_format import (
    config_key,
    dns_label,
    label_value,
    path_segment,
    path_segment_prefix,
    qualified_name,
)
from app.leasecandidate.quote import quote, quote_json
from app.leasecandidate.rules.rule import Rule
from app.leasecandidate.rules.twin import BUILT_IN
from app.leasecandidate.rules.write import UPDATES, WRITES, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate.objectmeta import ObjectMeta, OwnerReference

_SOURCE: Final = "apimachinery pkg/api/validation/objectmeta.go"
_ANNOTATIONS_LIMIT: Final = 256 * 1024
_ORPHAN_DEPENDENTS: Final = "orphan"
_DELETE_DEPENDENTS: Final = "foregroundDeletion"
_IMMUTABLE: Final = {
    "name": "name",
    "namespace": "namespace",
    "uid": "uid",
    "creationTimestamp": "creation_timestamp",
    "deletionTimestamp": "deletion_timestamp",
    "deletionGracePeriodSeconds": "deletion_grace_period_seconds",
}
"""The fields that no update may change: their names on the wire, and as attributes."""

_immutable_values = attrgetter(*_IMMUTABLE.values())


def metadata(write: Write) -> Iterator[FieldError]:
    """Find what is wrong with the metadata by itself (`ValidateObjectMetaAccessor`).

    An UPDATE asks less of the name: it only has to fit into a URL path, since it cannot change.
    """
    meta = write.candidate.metadata
    yield from _names(meta, is_new=write.old is None)
    if meta.generation < 0:
        yield invalid_shown(
            "metadata.generation", str(meta.generation), "must be greater than or equal to 0"
        )
    if meta.labels:
        yield from _labels(meta)
    if meta.annotations:
        yield from _annotations(meta)
    if meta.owner_references:
        yield from _owner_references(meta)
    if meta.finalizers:
        yield from _finalizers(meta)


def metadata_update(write: Write) -> Iterator[FieldError]:
    """Find what an update may not do to metadata (`ValidateObjectMetaAccessorUpdate`).

    The server runs this pass twice, and in it checks generation, labels, annotations and owners
    again. The errors of those repetitions are the same ones, and are reported once.
    """
    if write.old is None:
        return
    meta, old = write.candidate.metadata, write.old.metadata
    if old.deletion_timestamp is not None and (
        added := set(meta.finalizers).difference(old.finalizers)
    ):
        names = ", ".join(quote(name) for name in sorted(added))
        yield forbidden(
            "metadata.finalizers",
            "no new finalizers can be added if the object is being deleted, "
            f"found new finalizers []string{{{names}}}",
        )
    if not meta.resource_version:
        yield invalid("metadata.resourceVersion", "", "must be specified for an update")
    if meta.generation < old.generation:
        yield invalid_shown("metadata.generation", str(meta.generation), "must not be decremented")
    if _immutable_values(meta) != _immutable_values(old):
        yield from _changed(meta, old)


def _names(meta: ObjectMeta, *, is_new: bool) -> Iterator[FieldError]:
    check_name = config_key if is_new else path_segment
    check_prefix = config_key if is_new else path_segment_prefix
    for message in check_prefix(meta.generate_name) if meta.generate_name else ():
        yield invalid("metadata.generateName", meta.generate_name, message)
    if not meta.name:
        yield required("metadata.name", "name or generateName is required")
    for message in check_name(meta.name) if meta.name else ():
        yield invalid("metadata.name", meta.name, message)
    if not meta.namespace:
        yield required("metadata.namespace")
    for message in dns_label(meta.namespace) if meta.namespace else ():
        yield invalid("metadata.namespace", meta.namespace, message)


def _labels(meta: ObjectMeta) -> Iterator[FieldError]:
    for key, value in sorted(meta.labels.items()):
        for message in qualified_name(key):
            yield invalid("metadata.labels", key, message)
        for message in label_value(value):
            yield invalid("metadata.labels", value, message)


def _annotations(meta: ObjectMeta) -> Iterator[FieldError]:
    for key in sorted(meta.annotations):
        # Go lowers U+0130 to "i"; Python to "i" and a combining dot.
        for message in qualified_name(key.replace("\u0130", "i").lower()):
            yield invalid("metadata.annotations", key, message)
    size = sum(
        len(text.encode("utf-8", "replace")) for item in meta.annotations.items() for text in item
    )
    if size > _ANNOTATIONS_LIMIT:
        yield too_long("metadata.annotations", _ANNOTATIONS_LIMIT)


def _owner_references(meta: ObjectMeta) -> Iterator[FieldError]:
    field = "metadata.ownerReferences"
    controller = ""
    for index, owner in enumerate(meta.owner_references):
        yield from _owner_reference(owner, f"{field}[{index}]")
        if owner.controller:
            name = f"{owner.kind}/{owner.name}"
            if controller:
                yield invalid_shown(
                    field,
                    quote_json([owner.to_wire() for owner in meta.owner_references]),
                    "Only one reference can have Controller set to true. "
                    f'Found "true" in references for {controller} and {name}',
                )
            else:
                controller = name


def _owner_reference(owner: OwnerReference, field: str) -> Iterator[FieldError]:
    group, _, version = owner.api_version.rpartition("/")
    if not owner.api_version:
        yield required(f"{field}.apiVersion", "must not be empty")
    elif "/" in group or not version:
        message = "must be <group>/<version> or <version>"
        yield invalid(f"{field}.apiVersion", owner.api_version, message)
    for name, value in (("kind", owner.kind), ("name", owner.name), ("uid", owner.uid)):
        if not value:
            yield required(f"{field}.{name}", "must not be empty")
    if (group, version, owner.kind) == ("", "v1", "Event"):
        yield invalid_shown(
            field,
            quote_json(owner.to_wire()),
            "/v1, Kind=Event is disallowed from being an owner",
        )


def _finalizers(meta: ObjectMeta) -> Iterator[FieldError]:
    for finalizer in meta.finalizers:
        for message in qualified_name(finalizer):
            yield invalid("metadata.finalizers", finalizer, message)
    if {_ORPHAN_DEPENDENTS, _DELETE_DEPENDENTS} <= set(meta.finalizers):
        yield invalid_shown(
            "metadata.finalizers",
            quote_json(meta.finalizers),
            f"finalizer {_ORPHAN_DEPENDENTS} and {_DELETE_DEPENDENTS} cannot be both set",
        )


def _changed(meta: ObjectMeta, old: ObjectMeta) -> Iterator[FieldError]:
    for name, attribute in _IMMUTABLE.items():
        new = getattr(meta, attribute)
        if new == getattr(old, attribute):
            continue
        # Go prints names with %q and the other types, which are no plain strings, as JSON.
        plain = name in ("name", "namespace")
        zero_time = name.endswith("Timestamp") and not new
        shown = quote(str(new)) if plain else quote_json(None if zero_time else new)
        yield invalid_shown(f"metadata.{name}", shown, "field is immutable")


RULES: Final = (
    Rule(
        id="metadata-format",
        title="metadata must be well-formed",
        why="Names, labels, annotations, owners and finalizers have formats of their own.",
        source=_SOURCE,
        operations=WRITES,
        check=metadata,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="metadata-immutable",
        title="metadata that the server owns must not change",
        why="Name, uid and times identify the stored object.",
        source=_SOURCE,
        operations=UPDATES,
        check=metadata_update,
        twin=BUILT_IN,
        built_in=True,
    ),
)
