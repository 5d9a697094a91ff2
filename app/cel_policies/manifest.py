"""Kubernetes objects as plain data, and how they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Manifest = dict[str, object]
"""One object: JSON types only, keys in the order in which people write them."""

API_VERSION: Final = "admissionregistration.k8s.io/v1"
_WIDTH: Final = 100
# Longer texts are folded over several lines, and so are those that need quotes.
_LINE: Final = 70


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  yaml's signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_folded = text.isprintable() and (len(text) > _LINE or ": " in text)
    style = ">" if is_folded else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def manifest(kind: str, name: str, spec: Mapping[str, object]) -> Manifest:
    """Return an object of admissionregistration.k8s.io/v1."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": "leasegate"}},
        "spec": dict(spec),
    }


def render(manifests: Iterable[Manifest]) -> str:
    """Return one YAML stream, a document for each object; empty where there is none."""
    return "---\n".join(
        yaml.dump(entry, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
        for entry in manifests
    )
