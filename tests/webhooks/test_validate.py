"""The validating hook: what is denied, in which words, and what is not looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from app.admission import Allowed, Denied, Review
from app.admission.bad_review import BadReviewError
from app.admission.response import render
from tests.hooks import validate
from tests.leasecandidate.strategies import Json, candidates
from tests.reviews import RECORDED, create, encode, read_review, update

if TYPE_CHECKING:
    from app.leasecandidate import LeaseCandidate

NOT_A_VERSION = "must be a valid semantic version"


def read(review: Json) -> Review[LeaseCandidate]:
    return read_review(encode(review))


def denial(review: Json) -> Denied:
    verdict = validate(read(review))
    assert isinstance(verdict, Denied)
    return verdict


def fields(denied: Denied) -> list[tuple[str, str]]:
    return [(cause.reason.removeprefix("FieldValue"), cause.field) for cause in denied.causes]


@pytest.mark.parametrize("name", [name for name in RECORDED if name.startswith("validate-")])
def test_what_kube_apiserver_itself_let_through_is_allowed(name: str) -> None:
    assert validate(read_review(RECORDED[name])) == Allowed()


def test_one_cause_reads_as_kube_apiserver_says_it() -> None:
    denied = denial(create({"strategy": "other"}))
    assert denied.code == 422
    assert denied.reason == "Invalid"
    assert denied.message == (
        'LeaseCandidate.coordination.k8s.io "a-2" is invalid: spec.strategy.strategy: '
        'Unsupported value: "other": supported values: "OldestEmulationVersion"'
    )
    assert (denied.group, denied.kind, denied.name) == (
        "coordination.k8s.io",
        "LeaseCandidate",
        "a-2",
    )
    assert denied.uid == "56ca7043-e70d-4d68-bba3-287b60fe5aa8"


def test_several_causes_are_all_told_at_once_in_kube_apiserver_s_order() -> None:
    denied = denial(
        update(
            {
                "leaseName": "",
                "binaryVersion": "v1.33.0",
                "emulationVersion": "1.34",
                "strategy": "a/b/",
            }
        )
    )
    assert fields(denied) == [
        ("Required", "spec.leaseName"),
        ("Invalid", "spec.emulationVersion"),
        ("Invalid", "spec.binaryVersion"),
        ("Invalid", "spec.strategy.strategy"),
        ("Invalid", "spec.leaseName"),
    ]
    assert denied.message.startswith(
        'LeaseCandidate.coordination.k8s.io "a-1" is invalid: [spec.leaseName: Required value, '
        f'spec.emulationVersion: Invalid value: "1.34": {NOT_A_VERSION}, '
    )
    assert denied.message.endswith('spec.leaseName: Invalid value: "": field is immutable]')


def test_a_cause_is_given_once() -> None:
    review = update()
    review["request"]["object"]["metadata"]["uid"] = "other"
    denied = denial(review)
    assert fields(denied) == [("Invalid", "metadata.uid")]
    assert denied.message.count("metadata.uid") == 1
    assert "[" not in denied.message


def test_a_lease_name_cannot_change() -> None:
    assert fields(denial(update({"leaseName": "other"}))) == [("Invalid", "spec.leaseName")]


def test_a_defect_that_is_stored_already_is_still_denied() -> None:
    review = update({"binaryVersion": "v1.33.0", "emulationVersion": None, "strategy": "a/b"})
    review["request"]["oldObject"]["spec"] = review["request"]["object"]["spec"]
    assert fields(denial(review)) == [("Invalid", "spec.binaryVersion")]


def test_a_name_that_needs_quotes_is_quoted() -> None:
    review = create()
    review["request"]["object"]["metadata"]["name"] = 'a"\n<b>'
    assert denial(review).message.startswith(
        'LeaseCandidate.coordination.k8s.io "a\\"\\n<b>" is invalid: metadata.name: '
    )


def test_a_long_message_is_cut_and_every_cause_is_whole() -> None:
    strategy = "x" * 5000 + "/" + "!" * 5000
    denied = denial(create({"strategy": strategy}))
    status = json.loads(render("admission.k8s.io/v1", "u", denied))["response"]["status"]
    assert len(status["message"].encode()) <= 4096
    assert status["message"].endswith("...")
    causes = status["details"]["causes"]
    assert len(causes) == 3
    assert all(strategy in cause["message"] for cause in causes)


@pytest.mark.parametrize("operation", ["DELETE", "CONNECT"])
@pytest.mark.parametrize("object_", [None, {}, {"spec": {"binaryVersion": 5}}], ids=json.dumps)
def test_an_operation_that_writes_nothing_is_allowed_unread(operation: str, object_: Any) -> None:  # noqa: ANN401
    review = create(operation=operation)
    review["request"]["object"] = object_
    review["request"]["oldObject"] = {"spec": []}
    assert validate(read(review)) == Allowed()


@pytest.mark.parametrize(
    ("review", "pointer"),
    [
        (create({"binaryVersion": 1.33}), "/request/object/spec/binaryVersion"),
        (create({"renewTime": "2026-11-22T07:00:00Z"}), "/request/object/spec/renewTime"),
        (create(object={"spec": []}), "/request/object/spec"),
        (create(object={"metadata": {"name": 1}}), "/request/object/metadata/name"),
        (update(oldObject={"spec": {"strategy": {}}}), "/request/oldObject/spec/strategy"),
        (
            update(oldObject={"metadata": {"labels": {"a/b": 1}}}),
            "/request/oldObject/metadata/labels/a~1b",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_object_that_kube_apiserver_could_not_have_sent_is_no_decision(
    review: Json, pointer: str
) -> None:
    with pytest.raises(BadReviewError) as refused:
        validate(read(review))
    assert refused.value.pointer == pointer


def test_the_stored_object_of_a_create_is_not_looked_at() -> None:
    review = create()
    review["request"]["oldObject"] = {"spec": {"leaseName": "other"}}
    assert validate(read(review)) == Allowed()


@pytest.mark.parametrize("version", ["v1beta1", "v1alpha2"])
def test_both_versions_of_the_api_are_known(version: str) -> None:
    review = create({"leaseName": ""})
    review["request"]["resource"]["version"] = version
    assert fields(denial(review)) == [("Required", "spec.leaseName")]


@given(candidates)
def test_a_denial_has_causes_and_an_allow_has_none(wire: Json) -> None:
    review = create()
    review["request"]["object"] = wire
    verdict = validate(read(review))
    if isinstance(verdict, Denied):
        assert verdict.causes
        assert verdict.name == wire["metadata"]["name"]
        assert all(cause.field.startswith(("spec.", "metadata.")) for cause in verdict.causes)
        assert all(cause.message in verdict.message for cause in verdict.causes)
    else:
        assert verdict == Allowed()
