"""What a document holds: LeaseCandidates, AdmissionReviews, lists of them, or something else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from app.leasecandidate.spec import GROUP, KIND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.check.place import Path

Json = dict[str, object]

_REVIEW_GROUP: Final = "admission.k8s.io"
_REVIEW_KIND: Final = "AdmissionReview"


class Content(Enum):
    """What an object is to us."""

    CANDIDATE = auto()
    REVIEW = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Found:
    """One object and where in its document it stands."""

    content: Content
    path: Path
    value: Json


def objects(value: object, path: Path = ()) -> Iterator[Found]:
    """Yield the objects of a document; a list stands for its items, whatever its kind.

    Items of a list take apiVersion and kind from it where they have none (apimachinery
    `pkg/apis/meta/v1/unstructured/helpers.go`, decodeToList).
    """
    match value:
        case {"items": list(items), **rest}:
            kind = str(rest.get("kind", "")).removesuffix("List")
            for index, item in enumerate(items):
                if isinstance(item, dict) and kind and not item.get("kind"):
                    typed = item | {"apiVersion": rest.get("apiVersion", ""), "kind": kind}
                    yield from objects(typed, (*path, "items", index))
                else:
                    yield from objects(item, (*path, "items", index))
        case dict():
            yield Found(_content(value), path, value)
        case _:
            yield Found(Content.OTHER, path, {})


def _content(value: Json) -> Content:
    match value:
        case {"apiVersion": str(api_version), "kind": str(kind)}:
            group = api_version.rpartition("/")[0]
        case _:
            return Content.OTHER
    if (group, kind) == (GROUP, KIND):
        return Content.CANDIDATE
    return Content.REVIEW if (group, kind) == (_REVIEW_GROUP, _REVIEW_KIND) else Content.OTHER
