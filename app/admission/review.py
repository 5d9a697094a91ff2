"""One admission request as kube-apiserver sends it, in admission.k8s.io/v1 or v1beta1.

Source: kubernetes/api `admission/v1/types.go`. The two versions have the same shape; an answer is
given in the version that was asked.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Generic, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field, ValidationError
from pydantic.alias_generators import to_camel
from typing_extensions import TypeVar

from app.admission.bad_review import BadReviewError, from_validation_error


class Operation(StrEnum):
    """What is done to the object."""

    # Enum's own __hash__ is a Python function, which each look-up in a dict would call.
    __hash__ = str.__hash__

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


# In Python 3.11, each access to a member of an Enum runs Python code.
_UPDATE: Final = Operation.UPDATE
_WRITES: Final = (Operation.CREATE, _UPDATE)

Object_co = TypeVar("Object_co", default=object, covariant=True)
"""What the objects of a review are read into."""

_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class _Part(BaseModel):
    """A part of a review; unknown fields are ignored, as new servers may send more."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="ignore",
        frozen=True,
        validate_by_alias=True,
        validate_by_name=True,
    )


class GroupVersionResource(_Part):
    """Which resource of the API the request goes to."""

    group: str = ""
    version: str = ""
    resource: str = ""

    def __str__(self) -> str:
        return f"{self.resource}.{self.version}.{self.group}".rstrip(".")


class UserInfo(_Part):
    """Who asks, as kube-apiserver authenticated them."""

    username: str = ""
    groups: Annotated[list[str], FailFast()] = Field(default_factory=list)


class Review(_Part, Generic[Object_co]):
    """One admission request.

    `object` is None on DELETE, `old_object` on CREATE. `name` is empty where the server will make
    it from metadata.generateName.
    """

    uid: str = Field(min_length=1, description="Names this call; echoed in the answer.")
    resource: GroupVersionResource = Field(description="The resource in the rule's version.")
    sub_resource: str = ""
    name: _Text = ""
    namespace: _Text = ""
    operation: Operation
    user_info: UserInfo = UserInfo()
    object: Object_co | None = None
    old_object: Object_co | None = None
    dry_run: bool | None = None


class AdmissionReview(_Part, Generic[Object_co]):
    """The envelope of a request. Its version is that in which the answer must be."""

    api_version: Literal["admission.k8s.io/v1", "admission.k8s.io/v1beta1"]
    kind: Literal["AdmissionReview"]
    request: Review[Object_co]


def parse_review(
    body: bytes | bytearray, model: type[AdmissionReview[Object_co]]
) -> AdmissionReview[Object_co]:
    """Read the body of a request; BadReviewError says what is wrong with it and where.

    Fields that the model does not name are skipped, those of objects too.
    """
    envelope = _read(body, model)
    if isinstance(envelope, BadReviewError):
        raise envelope
    review = envelope.request
    if review.operation in _WRITES and review.object is None:
        raise BadReviewError("/request/object", f"is required for {review.operation}")
    if review.operation is _UPDATE and review.old_object is None:
        raise BadReviewError("/request/oldObject", "is required for UPDATE")
    return envelope


def _read(
    body: bytes | bytearray, model: type[AdmissionReview[Object_co]]
) -> AdmissionReview[Object_co] | BadReviewError:
    """Return the review, or the error that says what is wrong with it.

    The error is returned, not raised: its context would keep pydantic's error alive, which has a
    copy of the bad values.
    """
    try:
        return model.model_validate_json(body, extra="ignore", by_alias=True, by_name=False)
    except ValidationError as error:
        return from_validation_error(error)
