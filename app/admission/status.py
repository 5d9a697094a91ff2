"""metav1.Status, the body of every answer that is no decision.

kube-apiserver shows the message of such a body to its user word for word (client-go `rest`,
`Result.Error`); of any other body it shows next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no decision: Kubernetes' reason, and what it means here."""

    reason: str
    meaning: str


REFUSALS: Final = {
    400: Refusal("BadRequest", "not HTTP, not JSON, or not a usable AdmissionReview"),
    403: Refusal("Forbidden", "a client certificate with none of the names that may call"),
    404: Refusal("NotFound", "a path that is neither /validate nor /mutate"),
    405: Refusal("MethodNotAllowed", "a method other than POST"),
    408: Refusal("Timeout", "a header or body that did not arrive in time"),
    413: Refusal("RequestEntityTooLarge", "a body over the limit that does not name its request"),
    415: Refusal("UnsupportedMediaType", "not application/json, or a compressed body"),
    429: Refusal("TooManyRequests", "no memory for this body; Retry-After where there is time"),
    431: Refusal("RequestHeaderFieldsTooLarge", "a header or trailer over its limits"),
    500: Refusal("InternalError", "a defect of leasegate; its log says which"),
    503: Refusal("ServiceUnavailable", "shutting down, or the connection ends: try again at once"),
    504: Refusal("Timeout", "no decision within the time that the caller waits"),
    505: Refusal("HTTPVersionNotSupported", "a version of HTTP other than 1.0 and 1.1"),
}
"""Every HTTP status code of an answer that is no decision."""


def status_body(code: int, message: str) -> bytes:
    """Return a Status of failure with the HTTP status code `code`."""
    return to_json(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason_of(code),
            "code": code,
        }
    )


def reason_of(code: int) -> str:
    """Return the reason that Kubernetes has for a status code, else HTTP's own phrase."""
    refusal = REFUSALS.get(code)
    return refusal.reason if refusal else HTTPStatus(code).phrase.replace(" ", "")
