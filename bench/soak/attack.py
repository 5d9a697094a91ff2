"""One attack, as a process of its own: good clients must not wait for a bad one's interpreter."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.load import client_context
from bench.soak.attacks import ATTACKS, Target

if TYPE_CHECKING:
    from bench.soak.attacks import Attack

_PAUSE: Final = 0.01
"""Seconds before a client that was sent away comes again."""


async def run(attack: Attack, target: Target, seconds: float) -> None:
    """Let all clients do it again and again."""
    loop = asyncio.get_running_loop()
    # A peer that resets what was not wanted any more is no news here.
    loop.set_exception_handler(lambda *_: None)

    async def one() -> None:
        while True:
            with suppress(OSError, EOFError):
                await attack.once(target)
            await asyncio.sleep(_PAUSE)

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as clients:
            for _ in range(attack.clients):
                clients.create_task(one())


def main() -> None:
    """Attack, and print what came of it as JSON: ATTACK PORT OPERATIONS-PORT CA SECONDS."""
    name, port, operations_port, ca, seconds = sys.argv[1:]
    target = Target(int(port), int(operations_port), client_context(Path(ca)))
    attack = next(attack for attack in ATTACKS if attack.name == name)
    asyncio.run(run(attack, target, float(seconds)))
    print(json.dumps({"done": target.done, "wrong": target.wrong}))


if __name__ == "__main__":
    main()
