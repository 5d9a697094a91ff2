from __future__ import annotations

import json

import pytest

from app.admission.status import status_body


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (400, "BadRequest"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (408, "Timeout"),
        (413, "RequestEntityTooLarge"),
        (415, "UnsupportedMediaType"),
        (418, "I'maTeapot"),
        (429, "TooManyRequests"),
        (431, "RequestHeaderFieldsTooLarge"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ],
)
def test_a_status_has_everything_that_client_go_reads(code: int, reason: str) -> None:
    assert json.loads(status_body(code, "because")) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "because",
        "reason": reason,
        "code": code,
    }
