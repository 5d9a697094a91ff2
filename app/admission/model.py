"""What the body of a request may be, with words for what is wrong with it, and its JSON schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field
from pydantic.alias_generators import to_camel

from app.admission.review import ApiVersion, JsonObject, Operation


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, validate_by_alias=True
    )


Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class GroupVersionResource(_Part):
    """Which resource of the API the request goes to."""

    group: str = ""
    version: str = ""
    resource: str = ""


class UserInfo(_Part):
    """Who asks, as kube-apiserver authenticated them."""

    username: str = ""
    groups: Annotated[list[str], FailFast()] = Field(default_factory=list)


class Review(_Part):
    """One admission request.

    `object` is None on DELETE, `old_object` on CREATE; both are plain JSON. `name` is empty where
    the server will make it from metadata.generateName.
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


class AdmissionReview(_Part):
    """The envelope of a request. Its version is that in which the answer must be."""

    api_version: ApiVersion
    kind: Literal["AdmissionReview"]
    request: Review
