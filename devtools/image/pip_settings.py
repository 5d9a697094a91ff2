"""How pip is set up on this machine, for the pip of the build; nothing of it gets into a layer."""

import ast
import configparser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LEFT_OUT = frozenset({"cache-dir", "log", "require-virtualenv", "user", "target", "prefix"})
"""What would lead pip out of the build."""


@dataclass(frozen=True)
class PipSettings:
    """A pip.conf, and the files and folders of this machine that it names."""

    text: str
    paths: tuple[Path, ...]


def pip_settings(listed: str, environ: Mapping[str, str]) -> PipSettings:
    """Read the output of ``pip config list``; the environment goes before files, as for pip.

    pip takes its certificates from ``REQUESTS_CA_BUNDLE`` as well, and so does this.
    """
    options = {("global", "cert"): bundle} if (bundle := environ.get("REQUESTS_CA_BUNDLE")) else {}
    in_environment = dict[tuple[str, str], str]()
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        kept = in_environment if section == ":env:" else options
        if option not in LEFT_OUT:
            section = "global" if section == ":env:" else section
            kept[section, option] = str(ast.literal_eval(value))
    options |= in_environment
    parser = configparser.RawConfigParser()
    for (section, option), value in sorted(options.items()):
        if not parser.has_section(section):
            parser.add_section(section)
        parser.set(section, option, value)
    lines = [
        line
        for section in parser.sections()
        for line in (
            f"[{section}]",
            *(
                f"{option} = {value.replace(chr(10), ' ')}"
                for option, value in parser[section].items()
            ),
        )
    ]
    words = [word for value in options.values() for word in value.split()]
    paths = dict.fromkeys(Path(word) for word in words if word.startswith("/"))
    return PipSettings("\n".join([*lines, ""]), tuple(path for path in paths if path.exists()))
