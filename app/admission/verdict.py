"""What a hook decides on a review: Allowed, Denied or Patched. A Verdict is always HTTP 200."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a review violates, and the action that followed."""

    rule: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What every verdict can say besides its decision.

    `warnings` go to the client, `audit_annotations` into the server's audit log; `findings` and
    `defect` (what went wrong in the hook itself) are for our own records.
    """

    warnings: tuple[str, ...] = ()
    audit_annotations: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    defect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed(Remarks):
    """The write may go on.

    `misregistration` says why the hook had nothing to look at: it should not have been called.
    """

    misregistration: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of `status.details.causes`."""

    reason: str
    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied(Remarks):
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


@dataclass(frozen=True, slots=True)
class ReplaceOperation:
    """The one JSON Patch operation that is used (RFC 6902): the value must be there already."""

    path: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched(Remarks):
    """The write may go on, changed."""

    operations: tuple[ReplaceOperation, ...]


Verdict = Allowed | Denied | Patched

DECISIONS: Final[dict[type[Verdict], str]] = {
    Allowed: "allowed",
    Denied: "denied",
    Patched: "patched",
}
"""The word for each kind of verdict, in the log and in metrics."""
