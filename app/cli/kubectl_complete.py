"""What `kubectl leasegate <TAB>` offers: kubectl runs `kubectl_complete-leasegate` and asks it.

The answer is that of cobra's `__complete`: a line for each word, with what it means behind a tab,
then a directive (kubectl `pkg/cmd/plugin_completion.go`, cobra `completions.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from click.shell_completion import ShellComplete

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

_WORDS: Final = 4
"""ShellCompDirectiveNoFileComp: nothing else fits."""

_FILES: Final = 0
"""ShellCompDirectiveDefault: where no word fits, files do."""


def answer(program: click.Command, words: Sequence[str]) -> str:
    """Return the answer; the last of `words` is begun, and may be empty."""
    *before, begun = words or ("",)
    found = ShellComplete(program, {}, "kubectl leasegate", "").get_completions(before, begun)
    lines = []
    for item in found:
        if item.type == "plain":
            said = (item.help or "").partition("\n")[0]
            lines.append(f"{item.value}\t{said}" if said else item.value)
    takes_files = any(item.type != "plain" for item in found)
    lines.append(f":{_FILES if takes_files else _WORDS}")
    return "\n".join(lines)
