"""Apply our own JSON patch in process, to see what kube-apiserver will get from it.

A patch that does not apply fails the user's request with HTTP 500, even under failurePolicy Ignore
(apiserver `pkg/admission/plugin/webhook/mutating/dispatcher.go`), so none is sent untried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonpatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.admission.verdict import ReplaceOperation


class PatchDoesNotApplyError(ValueError):
    """A patch that cannot be applied to the object it was made for."""


def apply(obj: dict[str, object], operations: Iterable[ReplaceOperation]) -> dict[str, object]:
    """Return a changed copy of the JSON object `obj`."""
    steps = [{"op": "replace", "path": step.path, "value": step.value} for step in operations]
    try:
        patched: dict[str, object] = jsonpatch.JsonPatch(steps).apply(obj)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        # Without the library's message, which may hold the whole object.
        paths = ", ".join(step["path"] for step in steps)
        raise PatchDoesNotApplyError(f"{type(error).__name__} in {paths}") from None
    return patched
