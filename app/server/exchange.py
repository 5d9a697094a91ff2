"""One request to an admission endpoint, and the ways to answer it without a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.admission.status import status_body
from app.http.answer import CLOSE, send_json
from app.server.body import discard_rest

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.http.answer import Header
    from app.server.observer import Observer


@dataclass(slots=True)
class Exchange:
    """A request as ASGI has it; `deadline` is the time of the intake's clock for its answer."""

    webhook: str
    scope: Scope
    receive: Receive
    send: Send
    observer: Observer
    deadline: float

    async def refuse(self, code: int, message: str) -> None:
        """Say why there is no decision, after the body was read."""
        await send_json(self.send, code, status_body(code, message))
        self.observer.refused(self.webhook, self.scope, code, message)

    async def refuse_unread(self, code: int, message: str, *headers: Header) -> None:
        """Say why there is no decision, before the body was read to its end."""
        await self.answer_unread(code, status_body(code, message), *headers)
        self.observer.refused(self.webhook, self.scope, code, message)

    async def answer_unread(self, code: int, answer: bytes, *headers: Header) -> None:
        """Answer, and close once the client has the answer."""
        await send_json(self.send, code, answer, [CLOSE, *headers], more=True)
        await discard_rest(self.receive)
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})
