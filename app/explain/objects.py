"""Leases and LeaseCandidates as they are stored, reduced to what an explanation needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec

from app.leasecandidate import MicroTime, timestamp
from app.leasecandidate.election import Candidate, Lease
from app.leasecandidate.spec import GROUP, KIND

if TYPE_CHECKING:
    from collections.abc import Iterator

LEASE: Final = "Lease"
_KIND_OF_LIST: Final = {f"{kind}List": kind for kind in (LEASE, KIND)}


class Key(NamedTuple):
    """Namespace and name of a Lease."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join(self)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a field last, and when by the server's clock (whole seconds): managedFields."""

    manager: str
    time: MicroTime


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """A LeaseCandidate as it is stored, and who wrote its renewTime. `key` is that of its Lease."""

    key: Key
    candidate: Candidate
    renewed_by: Writer | None = None


@dataclass(frozen=True, slots=True)
class StoredLease:
    """A Lease as it is stored, who wrote its renewTime, and who its preferredHolder."""

    key: Key
    lease: Lease
    created: MicroTime | None = None
    renewed_by: Writer | None = None
    asked_by: Writer | None = None


Stored = StoredLease | StoredCandidate


class ObjectError(Exception):
    """An object that cannot be used; the text is the end of a sentence."""


class _ManagedFields(msgspec.Struct, rename="camel"):
    manager: str = ""
    time: str | None = None
    fields_v1: dict[str, dict[str, object]] | None = msgspec.field(default=None, name="fieldsV1")


class _Metadata(msgspec.Struct, rename="camel"):
    name: str = ""
    namespace: str = ""
    creation_timestamp: str | None = None
    managed_fields: list[_ManagedFields] | None = None


_Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]


class _Spec(msgspec.Struct, rename="camel"):
    """The fields of both specs; null and absent are the same."""

    lease_name: str | None = None
    binary_version: str | None = None
    emulation_version: str | None = None
    strategy: str | None = None
    ping_time: str | None = None
    renew_time: str | None = None
    holder_identity: str | None = None
    lease_duration_seconds: _Int32 | None = None
    acquire_time: str | None = None
    preferred_holder: str | None = None


_NO_SPEC: Final = msgspec.Raw(b"null")


class _Object(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    metadata: _Metadata | None = None
    spec: msgspec.Raw = _NO_SPEC
    items: list[msgspec.Raw] | None = None


_read_object: Final = msgspec.json.Decoder(_Object).decode
_read_spec: Final = msgspec.json.Decoder(_Spec | None).decode


def read(text: bytes | msgspec.Raw, kind: str = "") -> Iterator[Stored | ObjectError]:
    """Yield the Leases and LeaseCandidates of a JSON document; a list stands for its items.

    `kind` is that of items of a typed list, which do not say it themselves. An item that cannot be
    used is yielded as its error. Raises ObjectError where the document itself cannot be read.
    """
    try:
        found = _read_object(text)
    except msgspec.ValidationError as error:
        raise ObjectError(_sentence(error, "")) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ObjectError(f"is not JSON: {error}") from None
    if found.items is None:
        stored = _single(found, found.kind or kind)
        return iter(() if stored is None else (stored,))
    return _items(found.items, _KIND_OF_LIST.get(found.kind, ""))


def _items(items: list[msgspec.Raw], kind: str) -> Iterator[Stored | ObjectError]:
    for number, item in enumerate(items, 1):
        try:
            yield from read(item, kind)
        except ObjectError as error:
            yield ObjectError(f"item {number}: {error}")


def _single(found: _Object, kind: str) -> Stored | None:
    if found.metadata is None or found.api_version.rpartition("/")[0] not in {"", GROUP}:
        return None
    if kind not in {LEASE, KIND}:
        return None
    metadata = found.metadata
    try:
        spec = _read_spec(found.spec) or _Spec()
        return (_lease if kind == LEASE else _candidate)(metadata, spec)
    except (msgspec.ValidationError, ObjectError) as error:
        name = "/".join(filter(None, (metadata.namespace, metadata.name)))
        what = str(error) if isinstance(error, ObjectError) else _sentence(error, "spec")
        raise ObjectError(f"{kind} {name}: {what}") from None


def _lease(metadata: _Metadata, spec: _Spec) -> StoredLease:
    return StoredLease(
        Key(metadata.namespace, metadata.name),
        Lease(
            spec.holder_identity,
            spec.lease_duration_seconds,
            _time("spec.renewTime", spec.renew_time),
            _time("spec.acquireTime", spec.acquire_time),
            spec.strategy,
            spec.preferred_holder,
        ),
        _whole_seconds(metadata.creation_timestamp),
        _writer(metadata, "f:renewTime"),
        _writer(metadata, "f:preferredHolder"),
    )


def _candidate(metadata: _Metadata, spec: _Spec) -> StoredCandidate:
    return StoredCandidate(
        Key(metadata.namespace, spec.lease_name or ""),
        Candidate(
            metadata.name,
            spec.binary_version or "",
            spec.emulation_version or "",
            spec.strategy or "",
            _time("spec.renewTime", spec.renew_time),
            _time("spec.pingTime", spec.ping_time),
            _whole_seconds(metadata.creation_timestamp),
        ),
        _writer(metadata, "f:renewTime"),
    )


def _writer(metadata: _Metadata, field: str) -> Writer | None:
    """Return the owner that wrote this field of spec last."""
    found = [
        Writer(entry.manager, time)
        for entry in metadata.managed_fields or ()
        if field in ((entry.fields_v1 or {}).get("f:spec") or ())
        and (time := _whole_seconds(entry.time)) is not None
    ]
    return max(found, key=lambda writer: writer.time, default=None)


def _time(field: str, text: str | None) -> MicroTime | None:
    try:
        return None if text is None else MicroTime.parse(text)
    except ValueError as error:
        raise ObjectError(f"{field}: {error}") from None


def _whole_seconds(text: str | None) -> MicroTime | None:
    try:
        if not text or not (canonical := timestamp.parsed[text]):
            return None
    except ValueError as error:
        raise ObjectError(f"metadata: {text!r} {error}") from None
    return MicroTime.parse(f"{canonical[:-1]}.000000Z")


def _sentence(error: Exception, root: str) -> str:
    what, _, path = str(error).replace("`", "").partition(" - at $")
    where = f"{root}{path}".strip(".")
    return ": ".join(filter(None, (where, what[:1].lower() + what[1:])))
