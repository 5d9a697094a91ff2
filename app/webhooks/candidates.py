"""Reading a review and the candidates in it, in one pass and no more of them than is asked for."""

from __future__ import annotations

from typing import Final

from msgspec.json import Decoder
from pydantic import ValidationError

from app.admission import AdmissionReview, Review, parse_quickly
from app.admission.bad_review import from_validation_error
from app.admission.review import JsonObject
from app.leasecandidate import LeaseCandidate
from app.webhooks.candidate_json import LeaseCandidateJson

CandidateReview = Review[LeaseCandidateJson | JsonObject]
"""A review whose objects are candidates, as JSON: see `parse_candidates`."""

_decode: Final = Decoder(AdmissionReview[LeaseCandidateJson]).decode


def parse_candidates(body: bytes | bytearray) -> AdmissionReview[LeaseCandidateJson | JsonObject]:
    """Read the body of a request and the candidates in it; BadReviewError where it is no review.

    Where an object is no candidate, or has a null in place of an absent field, they are plain JSON:
    whether that matters depends on the rest of the review.
    """
    return parse_quickly(body, _decode)


def read_candidate(value: LeaseCandidateJson | JsonObject | None, pointer: str) -> LeaseCandidate:
    """Return the candidate at `pointer` of the review; BadReviewError says what is wrong in it."""
    fields = value.fields() if isinstance(value, LeaseCandidateJson) else value
    try:
        return LeaseCandidate.from_wire(fields)
    except ValidationError as error:
        raise from_validation_error(error, pointer) from None
