"""Reading a review and the candidates in it, in one pass."""

from __future__ import annotations

from typing import Annotated, Final, Never

from pydantic import GetPydanticSchema, ValidationError
from pydantic_core import core_schema

from app.admission import AdmissionReview, BadReviewError, parse_review
from app.leasecandidate import LeaseCandidate
from app.webhooks.hook import is_judged

CandidateAdmissionReview = AdmissionReview[LeaseCandidate]
"""A review of what is done to a candidate."""

_Unread = Annotated[
    Never,
    GetPydanticSchema(
        lambda _type, _handler: core_schema.with_default_schema(
            core_schema.none_schema(), default=None, on_error="default"
        )
    ),
]
"""An object that is None whatever it is: no Python object is made of it, however large it is."""

# Bound here, since pydantic would make the class again for each review that needs it.
_ReviewWithoutObjects = AdmissionReview[_Unread]

_OBJECTS: Final = ("/request/object", "/request/oldObject")


def parse_candidates(body: bytes | bytearray) -> AdmissionReview[LeaseCandidate]:
    """Read the body of a request and the candidates in it; BadReviewError says what is wrong.

    Where nothing is judged (a DELETE, another resource), what is no candidate is left out.
    """
    try:
        return parse_review(body, CandidateAdmissionReview)
    except BadReviewError as error:
        if error.pointer.startswith(_OBJECTS) and (unread := _without_objects(body)) is not None:
            return unread
        raise


def _without_objects(body: bytes | bytearray) -> AdmissionReview[LeaseCandidate] | None:
    """Read a review that needs no objects, None where it is none."""
    try:
        read = _ReviewWithoutObjects.model_validate_json(
            body, extra="ignore", by_alias=True, by_name=False
        )
    except ValidationError:
        return None
    return None if is_judged(read.request) else read
