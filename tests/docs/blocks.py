"""The fenced blocks of a Markdown file, and the commands in them.

A block of commands is fenced as `console`. A line that begins with `$ ` is a command, `> `
continues it, and all other lines are what it prints, where `...` stands for anything, and alone on
a line for any lines or none. A command must succeed, unless the next one is `echo $?`. The commands
of a block share one shell.

A word after `console` names the one other place that runs the block: see SUITES.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUITES: Final = {
    "ci": ".ci/run runs these very lines",
    "cluster": "tests/suites/cluster runs them against a real control plane",
    "image": "tests/suites/image runs them in the checkout itself",
    "engine": "they need a container engine and an image registry, which no suite has",
    "node": "they wait for pods: tests/suites/node runs them on a real node",
}
_FENCE: Final = re.compile(r"(?P<indent> *)```(?P<language>\S*) *(?P<suite>.*)")
_SERVES: Final = re.compile(r"(make run|(\S*/)?leasegate serve)( (?!-h|--help)|$)")


@dataclass(frozen=True)
class Step:
    """One command and what it prints."""

    command: str
    output: str

    @property
    def serves(self) -> bool:
        """Whether the command is one that runs until it is stopped."""
        return _SERVES.match(self.command) is not None


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is its fence's, `suite` is empty where any machine can run it."""

    file: str
    line: int
    language: str
    suite: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def steps(self) -> list[Step]:
        """The commands of the block with their output."""
        steps: list[tuple[list[str], list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                steps.append(([line[2:]], []))
            elif not steps:
                raise ValueError(f"{self.place}: a console block begins with a `$ ` line")
            elif line.startswith("> ") and not steps[-1][1]:
                steps[-1][0].append(line[2:])
            else:
                steps[-1][1].append(line)
        return [Step("\n".join(command), "\n".join(output)) for command, output in steps]


def blocks(path: Path, name: str) -> Iterator[Block]:
    """Yield the fenced blocks of a file, whatever their language."""
    fence: re.Match[str] | None = None
    start, lines = 0, list[str]()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        match = _FENCE.fullmatch(line)
        if fence is None:
            if match is not None:
                fence, start, lines = match, number, []
        elif match is not None and not match["language"]:
            yield Block(name, start, fence["language"], fence["suite"].strip(), "\n".join(lines))
            fence = None
        else:
            lines.append(line.removeprefix(fence["indent"]))
    if fence is not None:
        raise ValueError(f"{name}:{start}: the fence is never closed")
