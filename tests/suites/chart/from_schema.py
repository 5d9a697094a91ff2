"""Values that a JSON schema allows, as far as values.schema.json uses schemas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]
Strategy = st.SearchStrategy[Any]

_PRINTABLE: Final = st.characters(min_codepoint=32, max_codepoint=126)
_LARGEST: Final = 100_000
# Strings that YAML takes for something else where nobody quotes them.
_WORDS: Final = ("true", "null", "y", "1234567", "1e5", "1.5", "2026-01-02")


@dataclass(frozen=True)
class FromSchema:
    """Makes strategies for parts of `root`; anyOf beside a type, not and pattern of keys are left.

    `instead` has the strategies of the paths whose schema does not say enough. Objects get any part
    of their properties.
    """

    root: Schema
    instead: Mapping[str, Strategy]

    def values(self, schema: Schema, path: str) -> Strategy:
        """Return the strategy for a part of the schema."""
        if path in self.instead:
            return self.instead[path]
        match schema:
            case {"$ref": str(reference)}:
                return self.values(self.root["definitions"][reference.rpartition("/")[2]], path)
            case {"enum": list(choices)}:
                return st.sampled_from(choices)
            case {"type": list(types)}:
                return st.one_of(*(self.values(schema | {"type": one}, path) for one in types))
            case {"type": str()}:
                return self._of_type(schema, path)
            case {"anyOf": list(choices)}:
                return st.one_of(*(self.values(choice, path) for choice in choices))
            case _:
                raise AssertionError(f"{path}: nothing is known of {schema}")

    def _of_type(self, schema: Schema, path: str) -> Strategy:
        match schema["type"]:
            case "object":
                return self._object(schema, path)
            case "array":
                return st.lists(self.values(schema["items"], f"{path}[]"), max_size=2)
            case "string":
                return self._string(schema)
            case "integer":
                return st.integers(schema.get("minimum"), schema.get("maximum", _LARGEST))
            case "number":
                least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
                return st.floats(
                    least,
                    schema.get("maximum", _LARGEST),
                    exclude_min="exclusiveMinimum" in schema,
                )
            case other:
                return {"boolean": st.booleans(), "null": st.none()}[other]

    def _object(self, schema: Schema, path: str) -> Strategy:
        if "properties" not in schema:
            names = {"type": "string"} | schema.get("propertyNames", {})
            keys = self.values(names, f"{path}{{}}")
            item = self.values(schema["additionalProperties"], f"{path}.*")
            return st.dictionaries(keys, item, max_size=2)
        fields = {
            name: self.values(item, f"{path}.{name}") for name, item in schema["properties"].items()
        }
        # Helm adds what is missing, but not to the items of a list.
        needed = set(schema.get("required", ())) if path.endswith("[]") else set()
        return st.fixed_dictionaries(
            {name: field for name, field in fields.items() if name in needed},
            optional={name: field for name, field in fields.items() if name not in needed},
        )

    def _string(self, schema: Schema) -> Strategy:
        if "pattern" not in schema:
            return st.text(_PRINTABLE, min_size=schema.get("minLength", 0), max_size=20)
        # Python's $ holds before a line feed at the end, too.
        exact = re.compile(schema["pattern"].replace("$", r"\Z"), re.ASCII)
        words = [word for word in _WORDS if exact.search(word)]
        others = st.from_regex(exact, alphabet=_PRINTABLE)
        return st.one_of(st.sampled_from(words), others) if words else others
