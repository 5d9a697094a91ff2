"""Reading a review and the candidates in it, in one pass and no more of them than is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from pydantic import ConfigDict, Field, ValidationError, with_config
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from app.admission import AdmissionReview, Review, parse_envelope
from app.admission.bad_review import from_validation_error
from app.admission.review import JsonObject, require_objects
from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, ObjectMeta

if TYPE_CHECKING:
    from app.leasecandidate.model import WireModel


def _json_of(model: type[WireModel], **parts: type[JsonObject]) -> type[JsonObject]:
    """Return what reads the fields of a model into a dict, as the model would, or not at all.

    A dict takes a third of the time of a model, which has defaults, and notes what was set.
    """
    fields = {
        to_camel(name): parts.get(name, field.rebuild_annotation())
        for name, field in model.model_fields.items()
    }
    json = TypedDict(model.__name__, fields, total=False)  # type: ignore[misc]
    return cast("type[JsonObject]", with_config(ConfigDict(strict=True))(json))


_CandidateJson = _json_of(
    LeaseCandidate, metadata=_json_of(ObjectMeta), spec=_json_of(LeaseCandidateSpec)
)
CandidateReview = Review[JsonObject]
"""A review whose objects are candidates, as JSON: see `parse_candidates`."""

if TYPE_CHECKING:
    _Envelope = AdmissionReview[JsonObject]
else:
    _Envelope = AdmissionReview[
        Annotated[_CandidateJson | JsonObject, Field(union_mode="left_to_right")]
    ]


def parse_candidates(body: bytes | bytearray) -> _Envelope:
    """Read the body of a request and the candidates in it; BadReviewError where it is no review.

    A candidate is a dict of those fields that the model has, with values in the model's types; of
    managedFields, only their number is read. An object that is no candidate, or has a null in place
    of an absent field, stays plain JSON: whether that matters depends on the rest of the review.
    """
    try:
        envelope = _Envelope.model_validate_json(body)
    except ValidationError:
        # Reads the same, with words for what is wrong.
        return parse_envelope(body)
    require_objects(envelope.request)
    return envelope


def read_candidate(value: JsonObject | None, pointer: str) -> LeaseCandidate:
    """Return the candidate at `pointer` of the review; BadReviewError says what is wrong in it."""
    try:
        return LeaseCandidate.from_wire(value)
    except ValidationError as error:
        raise from_validation_error(error, pointer) from None
