"""What all parts of the object share: the wire's spelling, and how Go reads JSON into them."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from typing_extensions import override


class WireModel(BaseModel):
    """A model that is camelCase on the wire and snake_case in Python, and keeps unknown fields.

    Immutable; types are strict, since kube-apiserver converts none either.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="allow",
        frozen=True,
        strict=True,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )

    _names_on_the_wire: ClassVar[frozenset[str]] = frozenset()

    @override
    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        cls._names_on_the_wire = frozenset(map(to_camel, cls.model_fields))

    @classmethod
    def from_wire(cls, json_value: object) -> Self:
        """Read decoded JSON as kube-apiserver reads a body; ValidationError where it cannot.

        Null is the same as absent, and a field in snake_case is an unknown one.
        """
        try:
            return cls.model_validate(json_value, by_alias=True, by_name=False)
        except ValidationError:
            # Hardly any object has a null that matters, so only the others pay for looking.
            return cls.model_validate(cls.without_nulls(json_value), by_alias=True, by_name=False)

    @classmethod
    def without_nulls(cls, json_value: object) -> object:
        """Leave out the fields that are null: they read as absent ones (Go `encoding/json`).

        Unknown fields stay.
        """
        if not isinstance(json_value, dict):
            return {} if json_value is None else json_value
        known = cls._names_on_the_wire
        return {k: v for k, v in json_value.items() if v is not None or k not in known}


def without_empty(model: WireModel, fields: dict[str, object]) -> dict[str, object]:
    """Leave out what Go's `omitempty` leaves out; unknown fields stay as they came."""
    unknown = model.model_extra or {}
    return {
        name: value
        for name, value in fields.items()
        if name in unknown or value not in (None, "", {}, [])
    }
