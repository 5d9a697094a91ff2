"""Reviews that a wrong webhook configuration sends: allowed, with a warning that names it."""

from __future__ import annotations

import pytest

from app.admission import Allowed, Denied
from app.admission.recovery import ReviewStart
from app.admission.review import GroupVersionResource
from app.webhooks import Hook, decide_oversized, mutate
from tests.hooks import validate
from tests.reviews import Json, create, encode, read_review

GROUP = "coordination.k8s.io"
WRONG = [
    pytest.param("", "v1", "pods", "", "pods.v1", id="another group"),
    pytest.param(GROUP, "v1", "leases", "", f"leases.v1.{GROUP}", id="another resource"),
    pytest.param(
        GROUP, "v1alpha1", "leasecandidates", "", f"leasecandidates.v1alpha1.{GROUP}", id="too old"
    ),
    pytest.param(
        GROUP, "v1", "leasecandidates", "", f"leasecandidates.v1.{GROUP}", id="a future version"
    ),
    pytest.param(
        "example.com",
        "v1beta1",
        "leasecandidates",
        "",
        "leasecandidates.v1beta1.example.com",
        id="the same resource of another group",
    ),
    pytest.param(GROUP, "v1beta1", "leasecandidates", "status", "/status", id="a subresource"),
    pytest.param(GROUP, "v1beta1", "leasecandidates", "scale", "/scale", id="another subresource"),
    pytest.param("", "", "", "", "", id="nothing"),
]
every_wrong_one = pytest.mark.parametrize(
    ("group", "version", "resource", "sub_resource", "named"), WRONG
)


def assert_named(verdict: object, named: str) -> None:
    assert isinstance(verdict, Allowed)
    (warning,) = verdict.warnings
    assert warning == verdict.misregistration
    assert named in warning
    assert "did not check" in warning
    assert "webhook configuration" in warning
    assert "v1beta1 and v1alpha2" in warning
    assert len(warning) <= 256


@pytest.mark.parametrize("hook", [validate, mutate], ids=["validate", "mutate"])
@pytest.mark.parametrize("operation", ["CREATE", "UPDATE", "DELETE", "CONNECT"])
@every_wrong_one
def test_a_review_of_something_else_is_allowed_unread_with_a_warning(
    hook: Hook,
    operation: str,
    group: str,
    version: str,
    resource: str,
    sub_resource: str,
    named: str,
) -> None:
    review = create(
        object={"spec": "of another kind"},
        operation=operation,
        resource={"group": group, "version": version, "resource": resource},
        subResource=sub_resource,
    )
    review["request"]["oldObject"] = {"spec": "of another kind"}
    assert_named(hook(read_review(encode(review))), named)


@every_wrong_one
def test_a_large_one_is_allowed_too(
    group: str, version: str, resource: str, sub_resource: str, named: str
) -> None:
    asked = GroupVersionResource(group=group, version=version, resource=resource)
    start = ReviewStart("v", "u", "CREATE", "n", sub_resource, asked)
    assert_named(decide_oversized(start, "is large"), named)


@pytest.mark.parametrize(
    "request_resource",
    [None, {"group": GROUP, "version": "v1", "resource": "leasecandidates"}],
    ids=["nothing", "a future version"],
)
def test_what_the_client_asked_for_does_not_matter(request_resource: Json | None) -> None:
    """kube-apiserver converts to the version of the rule (matchPolicy Equivalent)."""
    review = create({"leaseName": ""})
    review["request"]["requestResource"] = request_resource
    assert isinstance(validate(read_review(encode(review))), Denied)


@pytest.mark.parametrize(
    ("operation", "denied"),
    [("CREATE", True), ("UPDATE", True), ("DELETE", False), ("CONNECT", False), ("", True)],
)
def test_a_large_candidate_is_denied_where_it_is_written_or_where_nobody_knows(
    operation: str, *, denied: bool
) -> None:
    asked = GroupVersionResource(group=GROUP, version="v1beta1", resource="leasecandidates")
    for resource in (asked, None):
        verdict = decide_oversized(ReviewStart("v", "u", operation, "n", "", resource), "is large")
        if denied:
            assert isinstance(verdict, Denied)
            assert (verdict.code, verdict.reason) == (413, "RequestEntityTooLarge")
            assert "the admission review is large, so" in verdict.message
            assert (verdict.group, verdict.kind, verdict.name) == (GROUP, "LeaseCandidate", "n")
        else:
            assert verdict == Allowed()
