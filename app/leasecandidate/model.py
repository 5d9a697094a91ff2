"""What all parts of the object share: the wire's spelling, and how Go reads JSON into them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


def _null_is_empty(value: object) -> object:
    return "" if value is None else value


KubernetesString = Annotated[str, BeforeValidator(_null_is_empty, json_schema_input_type=str)]
"""A string field: JSON null reads as the empty string, as `encoding/json` has it."""


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


def without_empty(model: WireModel, fields: dict[str, object]) -> dict[str, object]:
    """Leave out what Go's `omitempty` leaves out; unknown fields stay as they came."""
    unknown = model.model_extra or {}
    return {
        name: value
        for name, value in fields.items()
        if name in unknown or value not in (None, "", {}, [])
    }
