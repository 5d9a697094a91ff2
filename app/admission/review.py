"""One admission request as kube-apiserver sends it, in admission.k8s.io/v1 or v1beta1.

Source: kubernetes/api `admission/v1/types.go`. The two versions have the same shape; an answer is
given in the version that was asked. What a body may be instead, and the words for what it may not,
are those of `model`, which has the same fields.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Generic, Literal

from msgspec import Meta, Struct, field
from typing_extensions import TypeVar

from app.admission.bad_review import BadReviewError

ApiVersion = Literal["admission.k8s.io/v1", "admission.k8s.io/v1beta1"]


class Operation(StrEnum):
    """What is done to the object."""

    # That of Enum is written in Python, and each look into a dictionary would call it.
    __hash__ = str.__hash__

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


# Python 3.11 looks for a member of an Enum in lines of Python, each time.
_UPDATE = Operation.UPDATE
_WRITES = (Operation.CREATE, _UPDATE)

JsonObject = dict[str, object]
Object_co = TypeVar("Object_co", default=JsonObject, covariant=True)
"""What the objects of a review are read into: plain JSON, or what a webhook makes of it."""


class GroupVersionResource(Struct, frozen=True):
    """Which resource of the API the request goes to."""

    group: str = ""
    version: str = ""
    resource: str = ""

    def __str__(self) -> str:
        return f"{self.resource}.{self.version}.{self.group}".rstrip(".")


class UserInfo(Struct, frozen=True):
    """Who asks, as kube-apiserver authenticated them."""

    username: str = ""
    groups: list[str] = field(default_factory=list)


class Review(Struct, Generic[Object_co], frozen=True, kw_only=True, rename="camel"):
    """One admission request.

    `object` is None on DELETE, `old_object` on CREATE. `name` is empty where the server will make
    it from metadata.generateName. Unknown fields are ignored, as new servers may send more.
    """

    uid: Annotated[str, Meta(min_length=1)]
    resource: GroupVersionResource
    sub_resource: str = ""
    name: str = ""
    namespace: str = ""
    operation: Operation
    user_info: UserInfo = UserInfo()
    object: Object_co | None = None
    old_object: Object_co | None = None
    dry_run: bool | None = None


class AdmissionReview(Struct, Generic[Object_co], frozen=True, kw_only=True, rename="camel"):
    """The envelope of a request. Its version is that in which the answer must be."""

    api_version: ApiVersion
    kind: Literal["AdmissionReview"]
    request: Review[Object_co]


def require_objects(review: Review[object]) -> None:
    """Raise BadReviewError where an object is missing that the operation always has."""
    operation = review.operation
    if operation in _WRITES and review.object is None:
        raise BadReviewError("/request/object", f"is required for {operation}")
    if operation is _UPDATE and review.old_object is None:
        raise BadReviewError("/request/oldObject", "is required for UPDATE")
