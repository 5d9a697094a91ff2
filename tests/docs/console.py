"""Running the command blocks of a document and comparing what they print.

A program too, which needs nothing but Python: it runs the curl blocks of a document against a
server that listens already.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.docs.blocks import Block, Step, blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENTED_PORT: Final = "8443"
SECONDS: Final = 100.0
# ASCII's record separator: no command prints it.
_SEPARATOR: Final = "\x1e"
# helm and kubectl may log, now and then, that a watch which they ended has ended.
_WATCH_ENDED: Final = re.compile(r"[IWE][0-9]{4} [0-9:.]+ +[0-9]+ reflector\.go:[0-9]+\] .*ended.*")


def mismatch(step: Step, printed: str, port: str = DOCUMENTED_PORT) -> str:
    """Return what to tell the author where the output is another one, else the empty string.

    `port` is a pattern for what may stand in place of the documented port.
    """
    expected, actual = (_tidy(text) for text in (step.output, printed))
    # Dots alone on a line stand for lines, or for none: not every server has something to say.
    parts = re.split(r"^\.\.\.\n", f"{expected}\n", flags=re.MULTILINE)
    pattern = "(?:.*\n)?".join(re.escape(part).replace(re.escape("..."), ".*?") for part in parts)
    pattern = pattern.replace(DOCUMENTED_PORT, f"({DOCUMENTED_PORT}|{port})")
    if re.fullmatch(pattern, f"{actual}\n", re.DOTALL):
        return ""
    return f"$ {step.command}\nshould print\n{expected}\nbut prints\n{actual}"


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines() if not _WATCH_ENDED.fullmatch(line)]
    return "\n".join(lines).strip("\n")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return what a new user's shell has, and no more.

    curl shows no progress where its output goes to a terminal; here it is told so.
    """
    (home / ".curlrc").write_text("silent\nshow-error\n")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "COLUMNS": "100", **more}


def run_shell(script: str, folder: Path, environment: Mapping[str, str], seconds: float) -> str:
    """Run a script without input; return what it prints, errors included."""
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return done.stdout


def run(block: Block, folder: Path, environment: Mapping[str, str], port: int) -> str:
    """Run a block that ends by itself; return the first problem, or the empty string."""
    steps = block.steps
    script = "".join(
        f"{step.command.replace(DOCUMENTED_PORT, str(port))}\n"
        f"_status=$?; printf '{_SEPARATOR}%s{_SEPARATOR}' $_status; (exit $_status)\n"
        for step in steps
    )
    output = run_shell(script, folder, environment, SECONDS)
    parts = output.split(_SEPARATOR)
    printed, statuses = parts[:-1:2], parts[1::2]
    if len(printed) != len(steps):
        return f"the shell stopped early:\n{output}"
    for number, step in enumerate(steps):
        if problem := mismatch(step, printed[number], str(port)):
            return problem
        asked = number + 1 < len(steps) and steps[number + 1].command == "echo $?"
        if statuses[number] != "0" and not asked:
            return f"$ {step.command}\nends with status {statuses[number]}"
    return ""


def main() -> int:
    """Run the curl blocks of a document in the current folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=DOCUMENTED_PORT)
    parser.add_argument("document", type=Path)
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        for block in blocks(arguments.document, arguments.document.name):
            if not (block.language == "console" and block.text.startswith("$ curl ")):
                continue
            problem = run(block, Path.cwd(), environment(Path(home)), arguments.port)
            failed += bool(problem)
            print(f"{block.place}: {problem or 'prints what it says'}")  # noqa: T201
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
