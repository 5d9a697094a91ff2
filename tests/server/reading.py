"""An endpoint whose clock and client are the test's."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.admission import Allowed
from app.server.body import BodyReader
from app.server.endpoint import AdmissionEndpoint
from app.server.limits import ReviewLimits
from tests.reviews import RECORDED
from tests.server.running import Recorder

if TYPE_CHECKING:
    from starlette.types import Message

    from app.admission import Review, Verdict

BODY = RECORDED["validate-update-renews"]
LARGE = BODY[:-1] + b" " * 200_000 + BODY[-1:]
LIMITS = ReviewLimits(seconds=10, body_seconds=3.5, body_bytes=len(LARGE), memory_bytes=1)


@dataclass
class Clock:
    """Real time, and what the test adds to it."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@dataclass
class Client:
    """One request: what it sends is put in by the test, what it gets is kept."""

    query: bytes = b""
    length: int | None = len(BODY)
    age: float = 0.0
    with_body: bool = False
    sends: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    got: list[Message] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def start(self, endpoint: AdmissionEndpoint) -> None:
        headers = [(b"content-type", b"application/json")]
        if self.length is not None:
            headers.append((b"content-length", b"%d" % self.length))
        state = {"arrived": time.monotonic() - self.age, "body_arrived": self.with_body}
        scope = {"type": "http", "headers": headers, "query_string": self.query, "state": state}

        async def keep(message: Message) -> None:
            self.got.append(message)

        self.task = asyncio.create_task(endpoint(scope, self.sends.get, keep))

    def send(self, body: bytes, *, more: bool = False) -> None:
        self.sends.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def leave(self) -> None:
        self.sends.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> tuple[int, dict[bytes, bytes], dict[str, object]]:
        """Return the answer once it is whole."""
        assert self.task is not None
        await self.task
        start, *bodies = self.got
        body = json.loads(b"".join(message["body"] for message in bodies))
        return start["status"], dict(start["headers"]), body


@dataclass
class Scene:
    """An endpoint whose hook takes as long as the test says."""

    limits: ReviewLimits = LIMITS
    hook_seconds: float = 0.0
    clock: Clock = field(default_factory=Clock)
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        self.bodies = BodyReader(self.limits, self.clock)
        self.endpoint = AdmissionEndpoint("validate", self.hook, self.bodies, self.recorder)

    def hook(self, _review: Review[object]) -> Verdict:
        self.clock.ahead += self.hook_seconds
        return Allowed()

    async def begin(self, client: Client) -> Client:
        client.start(self.endpoint)
        await settle()
        return client


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
