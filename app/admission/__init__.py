"""The AdmissionReview protocol, for any resource: bytes -> Review, Verdict -> bytes.

Nothing here knows what a LeaseCandidate is. Source: kubernetes/api `admission/v1/types.go` and what
kube-apiserver does with an answer (apiserver `pkg/admission/plugin/webhook`).
"""

from app.admission.bad_review import BadReviewError
from app.admission.review import AdmissionReview, Operation, Review, parse_review
from app.admission.verdict import (
    Allowed,
    Cause,
    Denied,
    Finding,
    Patched,
    ReplaceOperation,
    Verdict,
)

__all__ = [
    "AdmissionReview",
    "Allowed",
    "BadReviewError",
    "Cause",
    "Denied",
    "Finding",
    "Operation",
    "Patched",
    "ReplaceOperation",
    "Review",
    "Verdict",
    "parse_review",
]
