"""What a hook decides on a review: Allowed, Denied or Patched. A Verdict is always HTTP 200."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Allowed:
    """The write may go on.

    `misregistration` says why the hook had nothing to look at: it should not have been called.
    `defect` says what went wrong in the hook itself, for its operators.
    """

    warnings: tuple[str, ...] = ()
    misregistration: str = ""
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of `status.details.causes`."""

    reason: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The write is refused; kube-apiserver hands the status to its client as it is.

    Source of the fields: apimachinery `pkg/apis/meta/v1/types.go`, Status and StatusDetails.
    """

    code: int
    reason: str
    message: str
    group: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    causes: tuple[Cause, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplaceOperation:
    """The one JSON Patch operation that is used (RFC 6902): the value must be there already."""

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Patched:
    """The write may go on, changed."""

    operations: tuple[ReplaceOperation, ...]
    warnings: tuple[str, ...] = field(default=())


Verdict = Allowed | Denied | Patched
