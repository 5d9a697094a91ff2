"""What is wrong with a configuration, in one sentence: where, what, and the nearest known key."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import ValidationError


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the path of the first problem, then the problem: `.profile: must be ...`."""
    details = error.errors(include_url=False)[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in details["loc"])
    match details["type"]:
        case "extra_forbidden":
            known = _keys(model, details["loc"][:-1])
            problem = f"there is no such key{nearest(str(details['loc'][-1]), known)}"
        case "value_error":
            problem = str(details.get("ctx", {}).get("error", details["msg"]))
        case "enum":
            problem = f"must be {details.get('ctx', {}).get('expected')}"
        case "model_type" | "dict_type" | "model_attributes_type":
            problem = "must be a mapping"
        case "missing":
            problem = "must be given"
        case _:
            message = details["msg"]
            problem = message[:1].lower() + message[1:]
    return f"{path}: {problem}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` with the most similar known word, whatever its likeness."""
    matches = get_close_matches(word, list(known), n=1, cutoff=0)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def _keys(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """Return the keys that the model at `path` below `model` knows."""
    for part in path:
        if isinstance(part, int):
            continue
        for name, field in model.model_fields.items():
            if part in (name, field.alias):
                inner = _model_in(field.annotation)
                if inner is not None:
                    model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that an annotation such as tuple[Model, ...] holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
