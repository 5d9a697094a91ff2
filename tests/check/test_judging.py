"""What time, namespace, exemptions and settings change in the judgement of a manifest."""

from __future__ import annotations

import pytest

from app.leasecandidate.rules import RuleSettings
from tests.check.manifests import NOW, judge, manifest
from tests.reviews import create

STORED = {"uid": "ee776f35", "resourceVersion": "7", "namespace": "shop", "name": "web-1"}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [(STORED, []), ({"name": "web-1"}, ["ping-time-not-from-server"])],
    ids=["stored", "written by hand"],
)
def test_the_ping_time_of_a_stored_object_is_that_of_the_server(
    metadata: dict[str, str], expected: list[str]
) -> None:
    found = judge(profile="strict").manifest(manifest(pingTime=NOW) | {"metadata": metadata})
    assert [each.rule for each in found.remarks] == expected


@pytest.mark.parametrize("time", ["2126-03-01T12:00:00.000000Z", "2020-03-01T12:00:00.000000Z"])
@pytest.mark.parametrize("profile", ["recommended", "strict"])
def test_times_are_not_judged_where_nobody_says_what_time_it_is(profile: str, time: str) -> None:
    value = manifest(renewTime=time)
    found = judge(None, profile=profile).manifest(value)
    assert (found.remarks, found.without_clock) == ((), True)
    found = judge(NOW, profile=profile).manifest(value)
    assert (len(found.remarks), found.without_clock) == (1, False)
    assert judge(None, profile="builtin").manifest(value).without_clock is False


def test_what_cannot_be_decoded_has_its_name_and_namespace() -> None:
    value = manifest(binaryVersion=1)
    value["metadata"] = {"name": "a", "namespace": "shop", "labels": {"x": 1}}
    found = judge().manifest(value)
    assert (found.namespace, found.name, found.sibling) == ("shop", "a", None)
    assert {each.field for each in found.remarks} == {"metadata.labels.x", "spec.binaryVersion"}


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
