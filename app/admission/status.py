"""metav1.Status, the body of every answer that is no decision.

kube-apiserver shows the message of such a body to its user word for word (client-go `rest`,
`Result.Error`); of any other body it shows next to nothing.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from pydantic_core import to_json

_REASONS: Final = {
    400: "BadRequest",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "Timeout",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


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
    return _REASONS.get(code) or HTTPStatus(code).phrase.replace(" ", "")
