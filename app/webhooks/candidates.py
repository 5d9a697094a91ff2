"""Reading the candidates in a review: with it in one pass, or one by one where need be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationError

from app.admission import AdmissionReview, Review, parse_envelope
from app.admission.bad_review import from_validation_error
from app.admission.review import JsonObject, require_objects
from app.leasecandidate import LeaseCandidate

Candidate = Annotated[LeaseCandidate | JsonObject, Field(union_mode="left_to_right")]
CandidateReview = Review[Candidate]
"""A review whose objects are candidates, or plain JSON where they were not read as such yet."""

_Envelope = AdmissionReview[Candidate]


def parse_candidates(body: bytes | bytearray) -> _Envelope:
    """Read the body of a request and the candidates in it; BadReviewError where it is no review.

    An object that is no candidate, or has a null in place of an absent field, stays plain JSON:
    whether that matters depends on the rest of the review. `read_candidate` tells. Of candidates,
    unknown fields and what is in managedFields are left out, a quarter of the work.
    """
    try:
        envelope = _Envelope.model_validate_json(body, by_alias=True, by_name=False, extra="ignore")
    except ValidationError:
        # Reads the same, with words for what is wrong.
        return parse_envelope(body)
    require_objects(envelope.request)
    return envelope


def read_candidate(value: Candidate | None, pointer: str) -> LeaseCandidate:
    """Return the candidate at `pointer` of the review; BadReviewError says what is wrong in it."""
    if isinstance(value, LeaseCandidate):
        return value
    try:
        return LeaseCandidate.from_wire(value)
    except ValidationError as error:
        raise from_validation_error(error, pointer) from None
