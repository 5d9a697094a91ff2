"""One admission endpoint as an ASGI application: bytes -> Review -> Verdict -> bytes.

A decision is always HTTP 200. What is no decision is an HTTP error with a metav1.Status body, which
kube-apiserver treats as a failed call (failurePolicy).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from app.admission import BadReviewError, parse_review
from app.admission.recovery import recover
from app.admission.response import render
from app.admission.status import status_body
from app.server.answer import CLOSE, send_json
from app.server.body import ClientDisconnectedError, TooLarge, discard_rest, read_body
from app.webhooks import decide_oversized

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.server.observer import Observer
    from app.webhooks import Hook

_logger = structlog.stdlib.get_logger(__name__)


class AdmissionEndpoint:
    """Answers POSTs of AdmissionReviews with the verdicts of `hook`.

    `limit` is the largest body that is read, in bytes; a larger one is denied.
    """

    def __init__(self, webhook: str, hook: Hook, *, limit: int, observer: Observer) -> None:
        self._webhook = webhook
        self._hook = hook
        self._limit = limit
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name: value for name, value in scope["headers"] if name in _READ_HEADERS}
        if problem := _media_type_problem(headers):
            await _answer_unread(receive, send, 415, status_body(415, problem))
            self._observer.refused(self._webhook, scope, 415, problem)
            return
        try:
            body = await read_body(receive, self._limit, _declared_size(headers))
        except ClientDisconnectedError:
            return
        if isinstance(body, TooLarge):
            await self._answer_oversized(body, scope, receive, send)
            return
        await self._answer(body, scope, send)

    async def _answer(self, body: bytes | bytearray, scope: Scope, send: Send) -> None:
        started = time.perf_counter()
        try:
            review = parse_review(body)
            verdict = self._hook(review)
            answer = render(review.api_version, review.uid, verdict)
        except BadReviewError as error:
            await self._refuse(scope, send, 400, f"not a usable AdmissionReview: {error}")
            return
        except Exception:
            _logger.exception("review failed", webhook=self._webhook)
            problem = "leasegate failed on this review; its log says why"
            await self._refuse(scope, send, 500, problem)
            return
        await send_json(send, 200, answer)
        seconds = time.perf_counter() - started
        self._observer.decided(self._webhook, scope, review, verdict, seconds)

    async def _answer_oversized(
        self, body: TooLarge, scope: Scope, receive: Receive, send: Send
    ) -> None:
        start = recover(body.start)
        if start is None:
            problem = f"the body is larger than {self._limit} bytes and names no request"
            await _answer_unread(receive, send, 413, status_body(413, problem))
            self._observer.refused(self._webhook, scope, 413, problem)
            return
        verdict = decide_oversized(start, self._limit)
        answer = render(start.api_version, start.uid, verdict)
        await _answer_unread(receive, send, 200, answer)
        self._observer.oversized(self._webhook, scope, start, verdict)

    async def _refuse(self, scope: Scope, send: Send, code: int, message: str) -> None:
        await send_json(send, code, status_body(code, message))
        self._observer.refused(self._webhook, scope, code, message)


async def _answer_unread(receive: Receive, send: Send, code: int, answer: bytes) -> None:
    """Answer a body that was not read to its end, and close once the client has the answer."""
    await send_json(send, code, answer, [CLOSE], more=True)
    await discard_rest(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


_READ_HEADERS = frozenset({b"content-type", b"content-length", b"content-encoding"})


def _media_type_problem(headers: dict[bytes, bytes]) -> str:
    """Return why the body cannot be JSON; parameters such as charset do not matter."""
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        return "Content-Encoding is not supported; send the AdmissionReview uncompressed"
    content_type = headers.get(b"content-type", b"")
    if content_type == b"application/json":
        return ""
    media_type = content_type.partition(b";")[0].strip().lower()
    if media_type == b"application/json":
        return ""
    shown = media_type.decode("latin-1")[:64] or "nothing"
    return f"Content-Type must be application/json, not {shown}"


def _declared_size(headers: dict[bytes, bytes]) -> int | None:
    size = headers.get(b"content-length", b"")
    return int(size) if size.isdigit() else None
