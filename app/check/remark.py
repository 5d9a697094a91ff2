"""A remark on one object: a violation of a rule, or what was found before any rule was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.leasecandidate.rules import Action
from app.leasecandidate.spec import VERSIONS

if TYPE_CHECKING:
    from app.check.location import Path
    from app.leasecandidate.rules import Violation


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject of remarks that is no rule. Its id is kebab-case, and no rule has the same."""

    id: str
    title: str
    why: str
    action: Action


NOT_DECODED: Final = Topic(
    "not-decoded",
    "kube-apiserver cannot read the object",
    "A value has the wrong type or format; the request ends with HTTP 400.",
    Action.DENY,
)
UNKNOWN_FIELD: Final = Topic(
    "unknown-field",
    "The object has a field that LeaseCandidates do not have",
    "kubectl has such an object refused; for other clients the field gets lost.",
    Action.DENY,
)
DUPLICATE_KEY: Final = Topic(
    "duplicate-key",
    "A key stands twice in an object",
    "kubectl takes the last one without a word; what was meant stands nowhere.",
    Action.WARN,
)
NOT_SUBMITTED: Final = Topic(
    "not-submitted",
    "kube-apiserver ends the request before it validates the object",
    "Name, namespace, version or resourceVersion do not fit what the request is about.",
    Action.DENY,
)
LEADING_V: Final = Topic(
    "leading-v",
    "A version has a leading v",
    "kube-apiserver refuses it; where the mutating webhook strips it, what is stored differs from "
    "what was applied.",
    Action.WARN,
)
NEAR_MISS: Final = Topic(
    "near-miss",
    "A text is nearly a version",
    "The mutating webhook does not change it, but says what was probably meant.",
    Action.WARN,
)
NOT_SERVED: Final = Topic(
    "not-served",
    "No server knows the object's apiVersion and kind",
    "It is meant as a LeaseCandidate, but no supported kube-apiserver takes it as it stands; what "
    "else is said of it is what it would be told in v1beta1.",
    Action.DENY,
)
NOT_CHECKED: Final = Topic(
    "not-checked",
    "The object belongs to another API group or resource",
    f"leasegate knows LeaseCandidate of coordination.k8s.io in {' and '.join(VERSIONS)} only.",
    Action.WARN,
)
TOPICS: Final = (
    NOT_DECODED,
    UNKNOWN_FIELD,
    DUPLICATE_KEY,
    NOT_SUBMITTED,
    LEADING_V,
    NEAR_MISS,
    NOT_SERVED,
    NOT_CHECKED,
)


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark on an object.

    `rule` is the id of a rule or topic. `path` leads from the object to the value that the remark
    is about; `field` is the same as dotted text, empty where it is about the whole object. `reason`
    is that of a cause. `is_added` says that an added rule made it, which ratchets.
    """

    rule: str
    action: Action
    path: Path
    field: str
    message: str
    reason: str = ""
    is_added: bool = False


def about(topic: Topic, field: str, message: str, path: Path = ()) -> Remark:
    """Return a remark on a topic; its path is that of its field where none is given."""
    return Remark(topic.id, topic.action, path or path_of(field), field, message)


def of_violation(violation: Violation) -> Remark:
    """Return what a rule found."""
    error = violation.error
    return Remark(
        violation.rule.id,
        violation.action,
        path_of(error.field),
        error.field,
        violation.message,
        error.reason.value,
        is_added=not violation.rule.built_in,
    )


def path_of(field: str) -> Path:
    """Return the path that a dotted field means: `spec.leaseName`."""
    return tuple(field.split(".")) if field else ()
