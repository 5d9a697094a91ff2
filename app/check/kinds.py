"""What a document holds: LeaseCandidates, AdmissionReviews, lists of them, or something else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from app.leasecandidate.spec import KIND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.check.location import Path

Json = dict[str, object]

_REVIEW: Final = "AdmissionReview"
_REVIEW_GROUP: Final = "admission.k8s.io/"


class Content(Enum):
    """How an object is treated: judged as a manifest, judged as a review, or skipped."""

    CANDIDATE = auto()
    REVIEW = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Found:
    """One object and where in its document it stands."""

    content: Content
    path: Path
    value: Json


def may_have_candidates(content: bytes) -> bool:
    """Whether a document contains the kind, so that it is worth parsing."""
    return KIND.lower().encode() in content.lower()


def objects(document: object) -> Iterator[Found]:
    """Yield the objects of a document; a list stands for its items, whatever its kind.

    Items of a list take apiVersion and kind from it where they have none (apimachinery
    `pkg/apis/meta/v1/unstructured/helpers.go`, decodeToList).
    """
    waiting: list[tuple[Path, object]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        match value:
            case list(items):
                waiting += [((*path, index), item) for index, item in enumerate(items)][::-1]
            case {"items": list(items), **rest}:
                api_version, kind = rest.get("apiVersion", ""), rest.get("kind")
                typed = [_typed(item, api_version, kind) for item in items]
                path = (*path, "items")
                waiting += [((*path, index), item) for index, item in enumerate(typed)][::-1]
            case dict():
                yield Found(_content(value), path, value)
            case _:
                yield Found(Content.OTHER, path, {})


def _typed(item: object, api_version: object, list_kind: object) -> object:
    kind = list_kind.removesuffix("List") if isinstance(list_kind, str) else ""
    if isinstance(item, dict) and kind and not item.get("kind"):
        return item | {"apiVersion": api_version, "kind": kind}
    return item


def _content(value: Json) -> Content:
    """Return what an object claims to be; whether a server knows its apiVersion is judged later."""
    match value.get("kind"), value.get("apiVersion"):
        case str(kind), _ if kind.casefold() == KIND.casefold():
            return Content.CANDIDATE
        case str(kind), str(api_version) if kind == _REVIEW:
            is_review = api_version.startswith(_REVIEW_GROUP)
            return Content.REVIEW if is_review else Content.OTHER
        case _:
            return Content.OTHER
