"""One admission endpoint as an ASGI application: bytes -> Review -> Verdict -> bytes.

A decision is always HTTP 200. What is no decision is an HTTP error with a metav1.Status body, which
kube-apiserver treats as a failed call (failurePolicy).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from app.admission import BadReviewError
from app.admission.recovery import recover
from app.admission.response import render
from app.admission.status import status_body
from app.http.answer import CLOSE, send_json
from app.server.body import ClientDisconnectedError, TooLarge
from app.server.body_memory import OverloadedError
from app.webhooks import decide_oversized, parse_candidates

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.http.answer import Header
    from app.server.body import BodyReader
    from app.server.observer import Observer
    from app.webhooks import Hook

_logger = structlog.stdlib.get_logger(__name__)


class AdmissionEndpoint:
    """Answers POSTs of AdmissionReviews with the verdicts of `hook`."""

    def __init__(self, webhook: str, hook: Hook, bodies: BodyReader, observer: Observer) -> None:
        self._webhook = webhook
        self._hook = hook
        self._bodies = bodies
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        deadline = self._bodies.deadline(scope)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if problem := _media_type_problem(headers):
            await self._refuse(scope, send, 415, problem, CLOSE)
            return
        try:
            declared_size = headers.get(b"content-length", b"")
            body = await self._bodies.read(scope, receive, declared_size, deadline)
        except ClientDisconnectedError:
            return
        except OverloadedError:
            await self._refuse(
                scope, send, 429, "too many large reviews at once", *self._when_again(deadline)
            )
        except TimeoutError:
            if self._bodies.clock() >= deadline:
                await self._refuse(scope, send, 504, _TOO_LATE, CLOSE)
            else:
                await self._refuse(scope, send, 408, "the body did not arrive in time", CLOSE)
        else:
            if isinstance(body, TooLarge):
                await self._answer_oversized(scope, send, body)
            else:
                await self._answer(scope, send, body, deadline)

    async def _answer(
        self, scope: Scope, send: Send, body: bytes | bytearray, deadline: float
    ) -> None:
        clock = self._bodies.clock
        started = clock()
        if started >= deadline:
            await self._refuse(scope, send, 504, _TOO_LATE)
            return
        try:
            envelope = parse_candidates(body)
            review = envelope.request
            verdict = self._hook(review)
            answer = render(envelope.api_version, review.uid, verdict)
        except BadReviewError as error:
            await self._refuse(scope, send, 400, f"not a usable AdmissionReview: {error}")
            return
        except Exception:
            _logger.exception("review failed", webhook=self._webhook)
            await self._refuse(
                scope, send, 500, "leasegate failed on this review; its log says why"
            )
            return
        seconds = clock() - started
        if started + seconds >= deadline:
            # kube-apiserver has gone by its failurePolicy: a decision would only seem to count.
            await self._refuse(scope, send, 504, _TOO_LATE)
            return
        await send_json(send, 200, answer)
        self._observer.decided(self._webhook, scope, review, verdict, seconds)

    async def _answer_oversized(self, scope: Scope, send: Send, body: TooLarge) -> None:
        start = recover(body.start)
        if start is None:
            problem = f"the review {body.problem} and names no request"
            await self._refuse(scope, send, 413, problem, CLOSE)
            return
        verdict = decide_oversized(start, body.problem)
        await send_json(send, 200, render(start.api_version, start.uid, verdict), [CLOSE])
        self._observer.oversized(self._webhook, scope, start, verdict)

    async def _refuse(
        self, scope: Scope, send: Send, code: int, message: str, *headers: Header
    ) -> None:
        """Answer with an HTTP error, and report it to the observer."""
        await send_json(send, code, status_body(code, message), headers)
        self._observer.refused(self._webhook, scope, code, message)

    def _when_again(self, deadline: float) -> list[Header]:
        """Return the headers of a 429: with Retry-After if the caller waits for three seconds more.

        client-go tries again after any Retry-After, even where that uses up the rest of its time.
        """
        patient = deadline - self._bodies.clock() >= _PATIENT_SECONDS
        return [CLOSE, _RETRY_AFTER] if patient else [CLOSE]


_TOO_LATE: Final = "there was no decision in time"
_PATIENT_SECONDS: Final = 3.0
_RETRY_AFTER: Final = (b"retry-after", b"1")


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
