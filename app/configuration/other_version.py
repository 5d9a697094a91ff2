"""What a file of another version may hold that this one does not know: rules and their settings.

A pod of the old version may start while the file is that of the new one, in the middle of an
upgrade or where a rollback left the file. If it ended then, nobody would be left to answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate.rules import RULES, RuleSettings

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

_IDS: Final = frozenset(rule.id for rule in RULES)
_SETTINGS: Final = frozenset(
    name for key, field in RuleSettings.model_fields.items() for name in (key, field.alias)
)


def without_unknown(rules: Mapping[str, object]) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """Return the `rules:` part without ids and settings that nothing here has, and their paths.

    An exemption from such rules alone goes as a whole: without ids it would be one from all rules.
    What has another form than it should is left for whoever validates it.
    """
    kept, left_out = dict(rules), list[str]()
    for part, known in (("actions", _IDS), ("settings", _SETTINGS)):
        if isinstance(given := rules.get(part), dict):
            kept[part] = {key: value for key, value in given.items() if not _is_unknown(key, known)}
            left_out += [f"rules.{part}.{key}" for key in given if _is_unknown(key, known)]
    if isinstance(exemptions := rules.get("exemptions"), list):
        pairs = [_exemption(one, f"rules.exemptions[{n}]") for n, one in enumerate(exemptions)]
        kept["exemptions"] = [one for one, _ in pairs if one is not None]
        left_out += [path for _, paths in pairs for path in paths]
    return kept, tuple(left_out)


def _exemption(given: object, path: str) -> tuple[object, list[str]]:
    """Return what is left of an exemption, None where nothing is, and what is left out."""
    if not isinstance(given, dict) or not isinstance(ids := given.get("rules"), list):
        return given, []
    unknown = [name for name in ids if _is_unknown(name, _IDS)]
    known = [name for name in ids if not _is_unknown(name, _IDS)]
    left = None if unknown and not known else given | {"rules": known}
    return left, [f"{path}.rules.{name}" for name in unknown]


def _is_unknown(name: object, known: Container[str | None]) -> bool:
    return isinstance(name, str) and name not in known
