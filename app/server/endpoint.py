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
from app.http.answer import send_json
from app.server.body import BodyReader, ClientDisconnectedError, TooLarge
from app.server.body_memory import OverloadedError
from app.server.exchange import Exchange
from app.webhooks import decide_oversized, parse_candidates

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.server.body import Body
    from app.server.intake import Intake
    from app.server.observer import Observer
    from app.webhooks import Hook

_logger = structlog.stdlib.get_logger(__name__)


class AdmissionEndpoint:
    """Answers POSTs of AdmissionReviews with the verdicts of `hook`."""

    def __init__(self, webhook: str, hook: Hook, intake: Intake, observer: Observer) -> None:
        self._webhook = webhook
        self._hook = hook
        self._intake = intake
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        deadline = self._intake.deadline(scope)
        exchange = Exchange(self._webhook, scope, receive, send, self._observer, deadline)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if problem := _media_type_problem(headers):
            await exchange.refuse_unread(415, problem)
            return
        try:
            declared_size = headers.get(b"content-length", b"")
            body = await self._intake.begin(scope, receive, declared_size, deadline)
            if isinstance(body, BodyReader):
                async with self._intake.rest(body, deadline) as whole:
                    await self._answer(exchange, whole)
            else:
                await self._answer(exchange, body)
        except ClientDisconnectedError:
            return
        except OverloadedError:
            await self._shed(exchange)
        except TimeoutError:
            await self._give_up(exchange)

    async def _answer(self, exchange: Exchange, body: Body) -> None:
        if isinstance(body, TooLarge):
            await self._answer_oversized(exchange, body)
            return
        clock = self._intake.clock
        started = clock()
        if started >= exchange.deadline:
            await exchange.refuse(504, _TOO_LATE)
            return
        try:
            envelope = parse_candidates(body)
            review = envelope.request
            verdict = self._hook(review)
            answer = render(envelope.api_version, review.uid, verdict)
        except BadReviewError as error:
            await exchange.refuse(400, f"not a usable AdmissionReview: {error}")
            return
        except Exception:
            _logger.exception("review failed", webhook=self._webhook)
            await exchange.refuse(500, "leasegate failed on this review; its log says why")
            return
        seconds = clock() - started
        if started + seconds >= exchange.deadline:
            # kube-apiserver has gone by its failurePolicy: a decision would only seem to count.
            await exchange.refuse(504, _TOO_LATE)
            return
        await send_json(exchange.send, 200, answer)
        self._observer.decided(self._webhook, exchange.scope, review, verdict, seconds)

    async def _answer_oversized(self, exchange: Exchange, body: TooLarge) -> None:
        limit = self._intake.limits.body_bytes
        start = recover(body.start)
        if start is None:
            problem = f"the body is larger than {limit} bytes and names no request"
            await exchange.refuse_unread(413, problem)
            return
        verdict = decide_oversized(start, limit)
        await exchange.answer_unread(200, render(start.api_version, start.uid, verdict))
        self._observer.oversized(self._webhook, exchange.scope, start, verdict)

    async def _shed(self, exchange: Exchange) -> None:
        """Refuse for want of memory; have the caller try again where it still waits for long.

        client-go tries again after any Retry-After, though that may use up all of its time.
        """
        patient = exchange.deadline - self._intake.clock() >= _PATIENT_SECONDS
        headers = [_RETRY_AFTER] if patient else []
        await exchange.refuse_unread(429, "too many large reviews at once", *headers)

    async def _give_up(self, exchange: Exchange) -> None:
        if self._intake.clock() >= exchange.deadline:
            await exchange.refuse_unread(504, _TOO_LATE)
        else:
            await exchange.refuse_unread(408, "the body did not arrive in time")


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
