"""Candidates made from a seed: most of them nearly right, wrong in one place or in a few."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final, cast

from app.leasecandidate.spec import GROUP, KIND, VERSIONS
from app.leasecandidate.submission import Destination
from devtools.parity import metadata, versions
from devtools.parity.metadata import NAMESPACE
from devtools.parity.question import Question
from devtools.parity.texts import any_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from devtools.parity.question import JsonObject

_KINDS: Final[tuple[object, ...]] = (
    "",
    None,
    KIND,
    "leasecandidate",
    "LeaseCandidateList",
    "Lease",
    "Pod",
    1,
    [],
)
_API_VERSIONS: Final[tuple[object, ...]] = (
    *("", None, "/", f"{GROUP}/", GROUP, "v1beta1", "/v1beta1", "v1", f"{GROUP}/v1"),
    *(
        f"{GROUP}/v1beta1",
        f"{GROUP}/v1alpha2",
        f"{GROUP}/v1alpha1",
        f"{GROUP}/v1beta1/",
        "a/b/c",
        1,
    ),
)
_OTHER_TYPES: Final[tuple[object, ...]] = (
    *(None, True, False, 0, 1, -1, 1.5, 1e30, 2**63, "", "x", [], {}, [None], [""], ["a"], [1]),
    *([{}], [[]], {"a": None}, {"a": 1}, {"a": "b"}, {"a": []}, {"": ""}),
)
_METADATA_FIELDS: Final = (
    *("name", "generateName", "namespace", "uid", "resourceVersion", "generation", "selfLink"),
    *("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels"),
    *("annotations", "ownerReferences", "finalizers", "managedFields"),
)
_SPEC_TEXTS: Final[dict[str, Callable[[Random], str]]] = {
    "leaseName": versions.lease_name,
    "binaryVersion": versions.version,
    "emulationVersion": versions.version,
    "strategy": versions.strategy,
    "pingTime": versions.micro_time,
    "renewTime": versions.micro_time,
}
_OWNER_FIELDS: Final = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
_UNKNOWN_FIELDS: Final = (
    *("BinaryVersion", "binary_version", "lease_name", "STRATEGY", "preferredStrategies", "model"),
    *("renew_time", "unknown", "", "\u212a"),
)
_BODIES: Final[tuple[object, ...]] = (None, [], "text", 1, True, {})


def create(random: Random) -> Question:
    """Make the creation of an object that the server does not have; by PUT now and then."""
    version = random.choice(VERSIONS)
    if random.random() < 0.003:
        return Question(Destination(version, NAMESPACE), random.choice(_BODIES))
    body = _new(random, version)
    _put_in_edges(random, body)
    meta = body.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    by_put = isinstance(name, str) and name.isalnum() and name.isascii() and random.random() < 0.1
    return Question(Destination(version, NAMESPACE, cast("str", name) if by_put else ""), body)


def update(random: Random, pool: Sequence[JsonObject]) -> Question:
    """Make an update of one of the objects that the server has."""
    stored = random.choice(pool)
    version = random.choice(VERSIONS)
    body = copy.deepcopy(stored)
    body["apiVersion"] = f"{GROUP}/{version}"
    meta = cast("JsonObject", body["metadata"])
    name = cast("str", meta["name"])
    if random.random() < 0.3:
        new = _new(random, version)
        body["spec"] = new["spec"]
    for field in ("uid", "namespace", "creationTimestamp", "deletionTimestamp", "generation"):
        if random.random() < 0.2:
            meta.pop(field, None)
    if random.random() < 0.2:
        meta["finalizers"] = []
    _put_in_edges(random, body)
    return Question(Destination(version, NAMESPACE, name), body, stored)


def valid(random: Random, name: str) -> JsonObject:
    """Make an object that the server stores."""
    meta: JsonObject = {"name": name, "namespace": NAMESPACE}
    if random.random() < 0.5:
        meta["labels"] = {"app": "example", "example.com/tier": ""}
        meta["annotations"] = {"Note": "<any> text\n", "example.com/empty": ""}
    if random.random() < 0.3:
        meta["generation"] = random.choice((1, 7, 2**53 + 1))
    if random.random() < 0.3:
        meta["ownerReferences"] = [
            {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": f"u-{n}", "controller": n == 1}
            for n in range(random.randrange(1, 3))
        ]
    if random.random() < 0.4:
        meta["finalizers"] = random.sample(("example.com/a", "b", "orphan"), random.randrange(1, 3))
    spec = cast("JsonObject", _new(random, VERSIONS[0])["spec"])
    return {"apiVersion": f"{GROUP}/{VERSIONS[0]}", "kind": KIND, "metadata": meta, "spec": spec}


def _new(random: Random, version: str) -> JsonObject:
    body: JsonObject = {}
    if random.random() < 0.5:
        body["apiVersion"] = f"{GROUP}/{version}"
        body["kind"] = KIND
    body["metadata"] = {"name": f"c{random.randrange(1000)}"}
    spec: JsonObject = {
        "leaseName": random.choice(("example", "kube-scheduler")),
        "binaryVersion": random.choice(("1.35.0", "1.36.3")),
        "emulationVersion": random.choice(("1.34.0", "1.35.0")),
        "strategy": versions.STRATEGY,
    }
    if random.random() < 0.3:
        spec["strategy"] = "example.com/custom"
        if random.random() < 0.5:
            del spec["emulationVersion"]
    for field in ("pingTime", "renewTime"):
        if random.random() < 0.3:
            spec[field] = "2026-01-02T03:04:05.678901Z"
    body["spec"] = spec
    return body


def _put_in_edges(random: Random, body: JsonObject) -> None:
    for _ in range(random.choice((0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6))):
        roll = random.random()
        if roll < 0.45:
            _spec_edge(random, body)
        elif roll < 0.88:
            meta = body.get("metadata")
            if isinstance(meta, dict):
                weights = [weight for weight, _ in metadata.EDGES]
                _, edge = random.choices(metadata.EDGES, weights)[0]
                edge(random, meta)
        elif roll < 0.93:
            _missing(random, body)
        elif roll < 0.97:
            _other_type(random, body)
        elif roll < 0.985:
            field = random.choice(("apiVersion", "kind"))
            body[field] = random.choice(_API_VERSIONS if field == "apiVersion" else _KINDS)
        else:
            _unknown_field(random, body)


def _spec_edge(random: Random, body: JsonObject) -> None:
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return
    field = random.choice(tuple(_SPEC_TEXTS))
    spec[field] = _SPEC_TEXTS[field](random)
    if field == "binaryVersion" and random.random() < 0.3:
        # Versions that differ little show how they are compared.
        spec["emulationVersion"] = versions.near(random, spec[field])


def _missing(random: Random, body: JsonObject) -> None:
    part = random.choice((body, body.get("metadata"), body.get("spec")))
    if isinstance(part, dict) and part:
        field = random.choice(sorted(part))
        if random.random() < 0.5:
            del part[field]
        else:
            part[field] = None


def _other_type(random: Random, body: JsonObject) -> None:
    value = copy.deepcopy(random.choice(_OTHER_TYPES))
    roll = random.random()
    meta, spec = body.get("metadata"), body.get("spec")
    if roll < 0.45 and isinstance(meta, dict):
        meta[random.choice(_METADATA_FIELDS)] = value
    elif roll < 0.85 and isinstance(spec, dict):
        spec[random.choice(tuple(_SPEC_TEXTS))] = value
    elif roll < 0.95 and isinstance(meta, dict):
        owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
        meta["ownerReferences"] = [owner | {random.choice(_OWNER_FIELDS): value}]
    else:
        body[random.choice(("metadata", "spec"))] = value


def _unknown_field(random: Random, body: JsonObject) -> None:
    part = random.choice((body, body.get("metadata"), body.get("spec")))
    if isinstance(part, dict):
        value: object = random.choice((any_text(random), 1, None, {"a": []}))
        part[random.choice(_UNKNOWN_FIELDS)] = value
