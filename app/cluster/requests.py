"""Requests to the API server, with its errors as StoreError."""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx2
from lightkube.core.exceptions import ApiError, ConfigError

from app.pki.stores import StoreError, StoreProblem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FIELD_MANAGER: Final = "leasegate-certificates"
"""The owner of the fields that are written for certificates, as managedFields name it."""

_SECONDS: Final = 10.0
_PROBLEMS: Final = {
    HTTPStatus.CONFLICT: StoreProblem.CONFLICT,
    HTTPStatus.UNAUTHORIZED: StoreProblem.FORBIDDEN,
    HTTPStatus.FORBIDDEN: StoreProblem.FORBIDDEN,
}


@asynccontextmanager
async def api_errors(what: str) -> AsyncIterator[None]:
    """Turn whatever goes wrong with a request, or takes too long, into a StoreError.

    `what` begins its sentence, such as "cannot read the Secret NAMESPACE/NAME".
    """
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except ApiError as error:
        code, message = error.status.code or 0, error.status.message or str(error)
        problem = _PROBLEMS.get(HTTPStatus(code)) if code in set(HTTPStatus) else None
        if problem is None:
            problem = StoreProblem.REFUSED
            if code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == HTTPStatus.TOO_MANY_REQUESTS:
                problem = StoreProblem.UNREACHABLE
        raise StoreError(problem, f"{what}: {_one_line(message)}") from error
    except TimeoutError as error:
        raise StoreError(
            StoreProblem.UNREACHABLE, f"{what}: no answer within {_SECONDS:g} s"
        ) from error
    except (httpx2.HTTPError, httpx2.StreamError, ConfigError, ValueError, KeyError) as error:
        reason = _one_line(str(error)) or type(error).__name__
        raise StoreError(StoreProblem.UNREACHABLE, f"{what}: {reason}") from error


def is_not_found(error: ApiError) -> bool:
    """Whether the object does not exist."""
    return error.status.code == HTTPStatus.NOT_FOUND


def decoded(value: object) -> bytes:
    """Return the bytes of a Base64 value, none where it is malformed."""
    try:
        return b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]
