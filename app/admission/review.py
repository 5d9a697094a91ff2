"""One admission request as kube-apiserver sends it, in admission.k8s.io/v1 or v1beta1.

Source: kubernetes/api `admission/v1/types.go`. The two versions have the same shape; an answer is
given in the version that was asked. Unknown fields are ignored, as new servers may send more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    PrivateAttr,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from app.admission.bad_review import BadReviewError, from_validation_error

ApiVersion = Literal["admission.k8s.io/v1", "admission.k8s.io/v1beta1"]


class Operation(StrEnum):
    """What is done to the object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, validate_by_alias=True
    )


Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
JsonObject = dict[str, object]


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


class Review(_Part):
    """One admission request.

    `object` is None on DELETE, `old_object` on CREATE; both stay plain JSON here.
    `name` is empty where the server will make it from metadata.generateName.
    """

    uid: str = Field(min_length=1, description="Names this call; echoed in the answer.")
    resource: GroupVersionResource = Field(description="The resource in the rule's version.")
    sub_resource: str = ""
    name: Text = ""
    namespace: Text = ""
    operation: Operation
    user_info: UserInfo = UserInfo()
    object: JsonObject | None = None
    old_object: JsonObject | None = None
    dry_run: bool | None = None

    _api_version: ApiVersion = PrivateAttr(default="admission.k8s.io/v1")

    @property
    def api_version(self) -> ApiVersion:
        """The version of the envelope, in which the answer must be; the object has its own."""
        return self._api_version

    def asked_in(self, api_version: ApiVersion) -> Self:
        """Take note of the version of the envelope."""
        self._api_version = api_version
        return self


class AdmissionReview(_Part):
    """The envelope of a request."""

    api_version: ApiVersion
    kind: Literal["AdmissionReview"]
    request: Review


def parse_review(body: bytes | bytearray) -> Review:
    """Read the body of a request; BadReviewError says what is wrong with it and where."""
    try:
        envelope = AdmissionReview.model_validate_json(body)
    except ValidationError as error:
        raise from_validation_error(error, "") from None
    review = envelope.request.asked_in(envelope.api_version)
    _require_objects(review)
    return review


def _require_objects(review: Review) -> None:
    if review.operation in (Operation.CREATE, Operation.UPDATE) and review.object is None:
        raise BadReviewError("/request/object", f"is required for {review.operation}")
    if review.operation is Operation.UPDATE and review.old_object is None:
        raise BadReviewError("/request/oldObject", "is required for UPDATE")
