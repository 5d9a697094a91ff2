"""Reads the configuration file. An unknown key is an error, which names the nearest known one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import yaml
from pydantic import ValidationError

from app.configuration.other_version import without_unknown
from app.configuration.problems import explain, nearest
from app.errors import LeasegateError, reason
from app.leasecandidate.rules import RulesConfiguration

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

_PARTS: Final = ("process", "rules")
_SIZE_LIMIT: Final = 1024 * 1024


class ConfigurationError(LeasegateError, ValueError):
    """A configuration that cannot be used: one sentence that says what to change."""


@dataclass(frozen=True, slots=True)
class Document:
    """A configuration file that was read.

    `process` holds the plain values by key (camelCase names of flags), not checked yet: the
    command that has the flags does that. `digest` is the SHA-256 of the content in hex, empty
    where there is no file; `is_empty` says that the file has no content. `left_out` are paths of
    what this version does not know, where that is tolerated.
    """

    process: Mapping[str, object] = field(default_factory=dict)
    rules: RulesConfiguration = field(default_factory=RulesConfiguration)
    digest: str = ""
    is_empty: bool = False
    left_out: tuple[str, ...] = ()


class _Loader(yaml.SafeLoader):
    """A loader for which a key that stands twice is an error, and Off is a word as in YAML 1.2."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002  yaml's signature
    ) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                line = key_node.start_mark.line + 1
                raise ConfigurationError(f"line {line}: the key {key!r} stands twice; remove one")
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)


def read_document(path: Path, *, tolerant: bool = False) -> Document:
    """Read the file; ConfigurationError names it and says what is wrong.

    `tolerant` leaves out ids of rules, and settings, that this version does not know.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot read the configuration {path}: {reason(error)}") from None
    try:
        return parse_document(content, tolerant=tolerant)
    except ConfigurationError as error:
        raise ConfigurationError(f"the configuration {path} cannot be used: {error}") from None


def parse_document(content: bytes, *, tolerant: bool = False) -> Document:
    """Read the content of a configuration file; an empty one means all defaults."""
    if len(content) > _SIZE_LIMIT:
        raise ConfigurationError(f"it is larger than {_SIZE_LIMIT} bytes")
    tree = _load(content)
    is_empty = tree is None
    tree = {} if is_empty else tree
    if not isinstance(tree, dict):
        raise ConfigurationError("it must be a mapping with the keys process and rules")
    for key in tree:
        if key not in _PARTS:
            raise ConfigurationError(f"there is no key {key!r}{nearest(str(key), _PARTS)}")
    process = tree.get("process") or {}
    if not isinstance(process, dict):
        raise ConfigurationError("process must be a mapping")
    given = tree.get("rules") or {}
    left_out: tuple[str, ...] = ()
    if tolerant and isinstance(given, dict):
        given, left_out = without_unknown(given)
    try:
        rules = RulesConfiguration.model_validate(given)
    except ValidationError as error:
        raise ConfigurationError(f"rules{explain(error, RulesConfiguration)}") from None
    return Document(process, rules, hashlib.sha256(content).hexdigest(), is_empty, left_out)


def _load(content: bytes) -> object:
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506  a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigurationError(f"{where}it is not YAML: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError("it is not YAML in UTF-8") from None
