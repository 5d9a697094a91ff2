"""What all parts of the object share: the wire's spelling, and how Go reads JSON into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Self, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


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

    @classmethod
    def from_wire(cls, json_value: object) -> Self:
        """Read decoded JSON as kube-apiserver reads a body; ValidationError where it cannot.

        A field in snake_case is an unknown one.
        """
        given = {} if json_value is None else json_value
        return cls.model_validate(given, by_alias=True, by_name=False)


@dataclass(frozen=True, slots=True)
class NullIsZero:
    """Reads null as the zero value of a type, as Go's `encoding/json` does.

    `only_error` is the pydantic error type of a type that can fail in one way only. With it, a
    union handles null, which for other values runs no Python code.
    """

    only_error: str | None = None

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Accept null besides the type, and replace it."""
        make: Callable[[], object] = get_origin(source) or source
        if self.only_error is not None:
            null = core_schema.no_info_after_validator_function(
                lambda _: make(), core_schema.none_schema()
            )
            return core_schema.union_schema(
                [handler(source), null], custom_error_type=self.only_error, mode="left_to_right"
            )
        return core_schema.no_info_after_validator_function(
            lambda value: make() if value is None else value,
            core_schema.nullable_schema(handler(source)),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the type alone, since clients should not write null."""
        described: JsonSchemaValue = handler(schema)["anyOf"][0]
        return described


Text = Annotated[str, NullIsZero("string_type")]


def without_empty(model: WireModel, fields: dict[str, object]) -> dict[str, object]:
    """Leave out what Go's `omitempty` leaves out; unknown fields stay as they came."""
    unknown = model.model_extra or {}
    return {
        name: value
        for name, value in fields.items()
        if name in unknown or value not in (None, "", {}, [])
    }
