"""Name formats of Kubernetes, with the messages that kube-apiserver gives.

Each function returns the messages for one value, none where it is fine. Lengths are in bytes of
UTF-8. Sources: apimachinery `pkg/util/validation/validation.go` and `pkg/api/validate/content`; the
former still calls bytes characters.
"""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED_PART: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE: Final = f"({_QUALIFIED_PART})?"
_CONFIG_KEY: Final = "[-._a-zA-Z0-9]+"

_PLAIN_PART: Final = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PLAIN_PATTERN: Final = re.compile(_PLAIN_PART)
_PREFIXED_PATTERN: Final = re.compile(rf"(?=[^/]{{1,253}}/){_SUBDOMAIN}/{_PLAIN_PART}")
_LABEL_PATTERN: Final = re.compile(_LABEL)
_DOTTED_PATTERN: Final = re.compile("[a-z0-9][-.a-z0-9]*+(?<![-.])")
_QUALIFIED_PART_PATTERN: Final = re.compile(_QUALIFIED_PART)
_LABEL_VALUE_PATTERN: Final = re.compile(_LABEL_VALUE)
_CONFIG_KEY_PATTERN: Final = re.compile(_CONFIG_KEY)

_LABEL_LENGTH: Final = 63
_SUBDOMAIN_LENGTH: Final = 253
_EMPTY: Final = "must be non-empty"


def _too_long(limit: int, unit: str = "bytes") -> str:
    return f"must be no more than {limit} {unit}"


def _format_message(rule: str, pattern: str, *examples: str) -> str:
    # Two spaces before "or": so the messages of kube-apiserver have it.
    quoted = "',  or '".join(examples)
    return f"{rule} (e.g. '{quoted}', regex used for validation is '{pattern}')"


def _is_subdomain(value: str) -> bool:
    """Match _SUBDOMAIN, which itself takes 250 bytes of memory for each label."""
    return _DOTTED_PATTERN.fullmatch(value) is not None and not (
        "." in value and (".." in value or ".-" in value or "-." in value)
    )


def _length(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))


_LABEL_MESSAGE: Final = _format_message(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character",
    _LABEL,
    "my-name",
    "123-abc",
)
_SUBDOMAIN_MESSAGE: Final = _format_message(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
    "'-' or '.', and must start and end with an alphanumeric character",
    _SUBDOMAIN,
    "example.com",
)
_QUALIFIED_PART_MESSAGE: Final = _format_message(
    "must consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character",
    _QUALIFIED_PART,
    "MyName",
    "my.name",
    "123-abc",
)
_LABEL_VALUE_MESSAGE: Final = _format_message(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character",
    _LABEL_VALUE,
    "MyValue",
    "my_value",
    "12345",
)
_CONFIG_KEY_MESSAGE: Final = _format_message(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    _CONFIG_KEY,
    "key.name",
    "KEY_NAME",
    "key-name",
)
_TOO_MANY_SLASHES: Final = (
    f"a valid label key {_QUALIFIED_PART_MESSAGE}"
    " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)


def dns_label(value: str) -> list[str]:
    """Check a DNS-1123 label, the format of a namespace's name."""
    if len(value) <= _LABEL_LENGTH and _LABEL_PATTERN.fullmatch(value):
        return []
    messages = []
    if _length(value) > _LABEL_LENGTH:
        messages.append(_too_long(_LABEL_LENGTH, "characters"))
    if not _LABEL_PATTERN.fullmatch(value):
        dotted = _is_subdomain(value)
        messages.append("must not contain dots" if dotted else _LABEL_MESSAGE)
    return messages


def dns_subdomain(value: str) -> list[str]:
    """Check a DNS-1123 subdomain, the format of a Lease's name."""
    if len(value) <= _SUBDOMAIN_LENGTH and _is_subdomain(value):
        return []
    messages = []
    if _length(value) > _SUBDOMAIN_LENGTH:
        messages.append(_too_long(_SUBDOMAIN_LENGTH))
    if not _is_subdomain(value):
        messages.append(_SUBDOMAIN_MESSAGE)
    return messages


def qualified_name(value: str) -> list[str]:
    """Check a qualified name (`IsQualifiedName`), the format of label keys and finalizers."""
    if _PLAIN_PATTERN.fullmatch(value) or _PREFIXED_PATTERN.fullmatch(value):
        # As nearly all are; there may be hundreds of thousands.
        return []
    parts = value.split("/", 2)
    messages: list[str] = []
    match parts:
        case [name]:
            pass
        case ["", name]:
            messages.append(f"prefix part {_EMPTY}")
        case [prefix, name]:
            messages.extend(f"prefix part {message}" for message in dns_subdomain(prefix))
        case _:
            return [_TOO_MANY_SLASHES]
    if not name:
        messages.append(f"name part {_EMPTY}")
    elif _length(name) > _LABEL_LENGTH:
        messages.append(f"name part {_too_long(_LABEL_LENGTH)}")
    if not _QUALIFIED_PART_PATTERN.fullmatch(name):
        messages.append(f"name part {_QUALIFIED_PART_MESSAGE}")
    return messages


def label_value(value: str) -> list[str]:
    """Check the value of a label."""
    if not value or _PLAIN_PATTERN.fullmatch(value):
        return []
    messages = []
    if _length(value) > _LABEL_LENGTH:
        messages.append(_too_long(_LABEL_LENGTH))
    if not _LABEL_VALUE_PATTERN.fullmatch(value):
        messages.append(_LABEL_VALUE_MESSAGE)
    return messages


def config_key(value: str) -> list[str]:
    """Check a ConfigMap key (`IsConfigMapKey`), the format of a LeaseCandidate's name."""
    if (
        len(value) <= _SUBDOMAIN_LENGTH
        and _CONFIG_KEY_PATTERN.fullmatch(value)
        and not value.startswith(".")
    ):
        return []
    messages = []
    if _length(value) > _SUBDOMAIN_LENGTH:
        messages.append(_too_long(_SUBDOMAIN_LENGTH, "characters"))
    if not _CONFIG_KEY_PATTERN.fullmatch(value):
        messages.append(_CONFIG_KEY_MESSAGE)
    if value in {".", ".."}:
        messages.append(f"must not be '{value}'")
    elif value.startswith(".."):
        messages.append("must not start with '..'")
    return messages


def path_segment(value: str) -> list[str]:
    """Check that a name can be a segment of a URL path."""
    if value in {".", ".."}:
        return [f"may not be '{value}'"]
    return path_segment_prefix(value)


def path_segment_prefix(value: str) -> list[str]:
    """Check that a text can be the beginning of a segment of a URL path."""
    return [f"may not contain '{part}'" for part in ("/", "%") if part in value]
