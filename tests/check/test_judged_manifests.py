"""What is said of a manifest, and of one that no server knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.leasecandidate.name_format import config_key, dns_label
from tests.check.manifests import judge, manifest

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
            manifest(binaryVersion=1.33, leaseName="Not DNS", foo=1, renewTime=5),
            [
                (
                    "not-decoded",
                    "Deny",
                    "spec.renewTime: must be a string, not a number; put it in quotes",
                ),
                (
                    "not-decoded",
                    "Deny",
                    "spec.binaryVersion: must be a string, not a number; put it in quotes",
                ),
                ("unknown-field", "Deny", "spec.foo: there is no such field; remove it"),
                (
                    "lease-name-not-dns",
                    "Deny",
                    (
                        'spec.leaseName: Invalid value: "Not DNS": no Lease can have this name; '
                        "use a DNS-1123 subdomain of at most 253 characters "
                        "(leasegate rule lease-name-not-dns)"
                    ),
                ),
            ],
            id="everything at once, and nothing of what could not be read",
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


def named(**head: Any) -> dict[str, Any]:  # noqa: ANN401
    value = manifest(leaseName="Not DNS") | head
    return {key: part for key, part in value.items() if part is not None}


SERVED = "write coordination.k8s.io/v1beta1"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(named(apiVersion=None), f"apiVersion: is missing; {SERVED}", id="none"),
        pytest.param(named(apiVersion=""), f"apiVersion: is missing; {SERVED}", id="empty"),
        pytest.param(named(apiVersion=1), f"apiVersion: is missing; {SERVED}", id="a number"),
        pytest.param(
            named(apiVersion="v1"),
            f'apiVersion: no server has LeaseCandidate in "v1"; {SERVED}',
            id="that of Pods",
        ),
        pytest.param(
            named(apiVersion="coordination.k8s.io/v1"),
            f'apiVersion: no server has LeaseCandidate in "coordination.k8s.io/v1"; {SERVED}',
            id="that of Leases",
        ),
        pytest.param(
            named(apiVersion="coordination/v1beta1"),
            f'apiVersion: no server has LeaseCandidate in "coordination/v1beta1"; {SERVED}',
            id="half of the group",
        ),
        pytest.param(
            named(apiVersion="coordination.k8s.io/v1alpha1"),
            f"apiVersion: only Kubernetes 1.31 served v1alpha1; {SERVED}",
            id="v1alpha1",
        ),
        pytest.param(
            named(kind="leasecandidate"),
            'kind: no server has "leasecandidate"; write LeaseCandidate',
            id="a kind in lower case",
        ),
    ],
)
def test_what_no_server_knows_is_denied_and_judged_all_the_same(
    value: dict[str, Any], message: str
) -> None:
    found = judge().manifest(value).remarks
    assert said(found)[0] == ("not-served", "Deny", message)
    assert [each.rule for each in found[1:]] == ["lease-name-not-dns"]


def test_a_kind_of_the_same_name_in_another_group_is_not_checked() -> None:
    found = judge().manifest(named(apiVersion="example.com/v1")).remarks
    assert [(each.rule, each.action.value) for each in found] == [("not-checked", "Warn")]


def test_preferred_strategies_became_one() -> None:
    (found,) = judge().manifest(manifest(preferredStrategies=["x/y"])).remarks
    assert (found.rule, "give it as strategy" in found.message) == ("unknown-field", True)
