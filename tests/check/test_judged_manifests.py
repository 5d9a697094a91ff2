"""What is said of a manifest, and what namespace, exemptions and settings change in that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.leasecandidate.names import config_key, dns_label
from app.leasecandidate.rules import RuleSettings
from tests.check.manifests import NOW, judge, manifest
from tests.reviews import create

if TYPE_CHECKING:
    from app.check.remark import Remark


def said(remarks: tuple[Remark, ...]) -> list[tuple[str, str, str]]:
    return [(each.rule, each.action.value, f"{each.field}: {each.message}") for each in remarks]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(manifest(), [], id="a good one"),
        pytest.param(manifest(version="v1alpha2"), [], id="the other version"),
        pytest.param(
            manifest(version="v1alpha1"),
            [
                (
                    "not-served",
                    "Deny",
                    (
                        "apiVersion: only Kubernetes 1.31 served v1alpha1; "
                        "write coordination.k8s.io/v1beta1"
                    ),
                )
            ],
            id="a version that no supported server has",
        ),
        pytest.param(
            manifest(binaryVersion="v1.33.0"),
            [
                (
                    "leading-v",
                    "Warn",
                    (
                        'spec.binaryVersion: "v1.33.0" would be stored as "1.33.0": '
                        'versions have no leading "v"'
                    ),
                )
            ],
            id="a leading v",
        ),
        pytest.param(
            manifest(binaryVersion="1.33", emulationVersion=None, strategy="example.com/x"),
            [
                (
                    "near-miss",
                    "Warn",
                    (
                        'spec.binaryVersion: "1.33" is not a semantic version; '
                        'did you mean "1.33.0"?'
                    ),
                ),
                (
                    "binary-version-format",
                    "Deny",
                    'spec.binaryVersion: Invalid value: "1.33": must be a valid semantic version',
                ),
            ],
            id="a near miss",
        ),
        pytest.param(
            manifest(binaryVersion=1.33, emulationVersion=True),
            [
                (
                    "not-decoded",
                    "Deny",
                    "spec.binaryVersion: must be a string, not a number; put it in quotes",
                ),
                (
                    "not-decoded",
                    "Deny",
                    "spec.emulationVersion: must be a string, not a boolean; put it in quotes",
                ),
            ],
            id="numbers and booleans for texts",
        ),
        pytest.param(
            manifest(strategy=["x"]),
            [("not-decoded", "Deny", "spec.strategy: must be a string, not an array")],
            id="a list for a text",
        ),
        pytest.param(
            manifest(renewTime="2026-03-01T12:00:00Z"),
            [
                (
                    "not-decoded",
                    "Deny",
                    (
                        "spec.renewTime: must be an RFC 3339 time with six fraction digits, "
                        'like "2026-01-02T03:04:05.000000Z"'
                    ),
                )
            ],
            id="a time without fraction",
        ),
        pytest.param(
            manifest() | {"metadata": "x"},
            [("not-decoded", "Deny", "metadata: must be a JSON object, not a string")],
            id="a text for an object",
        ),
        pytest.param(
            manifest(binaryversion="1.33.0", lease_name="web", foo=1) | {"status": {}},
            [
                ("unknown-field", "Deny", "status: there is no such field; remove it"),
                (
                    "unknown-field",
                    "Deny",
                    "spec.binaryversion: there is no such field; did you mean binaryVersion?",
                ),
                (
                    "unknown-field",
                    "Deny",
                    "spec.lease_name: there is no such field; did you mean leaseName?",
                ),
                ("unknown-field", "Deny", "spec.foo: there is no such field; remove it"),
            ],
            id="fields that there are not",
        ),
        pytest.param(
            manifest(renewTime="0001-01-01T00:00:00.000000Z"),
            [
                (
                    "renew-time-missing",
                    "Warn",
                    (
                        "spec.renewTime: Required value: without it the candidate takes part in no "
                        "election and is deleted; set it to the current time "
                        "(leasegate rule renew-time-missing)"
                    ),
                )
            ],
            id="the zero time is none",
        ),
        pytest.param(
            manifest() | {"metadata": {"generateName": "web-"}}, [], id="a name to be generated"
        ),
        pytest.param(
            manifest()
            | {
                "metadata": {
                    "name": "web-1",
                    "resourceVersion": "1",
                    "uid": "x",
                    "creationTimestamp": None,
                    "managedFields": [],
                    "selfLink": "/x",
                }
            },
            [],
            id="what kubectl get -o yaml prints",
        ),
        pytest.param(
            manifest() | {"metadata": {"name": "a/b", "namespace": "No"}},
            [
                (
                    "metadata-format",
                    "Deny",
                    f'metadata.name: Invalid value: "a/b": {config_key("a/b")[0]}',
                ),
                (
                    "metadata-format",
                    "Deny",
                    f'metadata.namespace: Invalid value: "No": {dns_label("No")[0]}',
                ),
            ],
            id="metadata that no object can have",
        ),
    ],
)
def test_a_manifest_is_judged(value: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert said(judge().manifest(value).remarks) == expected


def test_a_manifest_has_the_namespace_that_is_given() -> None:
    reserved = judge(namespace="kube-node-lease")
    assert [each.rule for each in reserved.manifest(manifest()).remarks] == ["reserved-target"]
    elsewhere = manifest()
    elsewhere["metadata"]["namespace"] = "shop"
    found = reserved.manifest(elsewhere)
    assert (found.namespace, found.remarks) == ("shop", ())


def test_exemptions_cover_manifests_of_their_namespaces_and_reviews_of_their_users() -> None:
    exempting = judge(
        "2026-11-22T07:10:00.000000Z",
        exemptions=[
            {"reason": "old", "namespaces": ["default"], "rules": ["renew-time-missing"]},
            {"reason": "tool", "users": ["admin"], "rules": ["ping-time-not-from-server"]},
        ],
    )
    written = exempting.manifest(manifest(renewTime=None, pingTime=NOW))
    assert [each.rule for each in written.remarks] == ["ping-time-not-from-server"]
    assert written.exempted == 1
    reviewed = exempting.review(create({"pingTime": NOW}))
    assert (reviewed.remarks, reviewed.exempted) == ((), 1)


def test_settings_of_the_configuration_count() -> None:
    settings = RuleSettings(max_minor_version_gap=0)
    found = judge(settings=settings).manifest(manifest(binaryVersion="1.34.0"))
    assert [remark.rule for remark in found.remarks] == ["version-gap"]
