"""A check says what the server would say of the same write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from app.admission import Denied, Patched, parse_review
from app.admission.patch import apply
from app.check.judge import Judge
from app.leasecandidate import LeaseCandidate, MicroTime
from app.leasecandidate.names import config_key, dns_label
from app.leasecandidate.normalize import normalize
from app.leasecandidate.rules import Action, Profile, RulesConfiguration, Ruleset, RuleSettings
from app.leasecandidate.submission import Destination, submit
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook, mutate
from tests.check.manifests import NOW, judge, manifest, place, rules, run, stream
from tests.hooks import NOW as RECORDED_AT
from tests.leasecandidate.cases import expand, section
from tests.leasecandidate.rules.table import CASES
from tests.reviews import RECORDED, create, update

if TYPE_CHECKING:
    from pathlib import Path

    from app.check.remark import Remark
    from tests.leasecandidate.rules.case import RuleCase

STRICT = RulesConfiguration(profile=Profile.STRICT)
CREATES = [
    case
    for case in CASES
    if case.write.old is None
    and not case.write.siblings
    # A time of the year 10000 cannot be written down again.
    and "beyond all calendars" not in case.sentence
]


def said(remarks: tuple[Remark, ...]) -> list[tuple[str, str, str]]:
    return [(each.rule, each.action.value, f"{each.field}: {each.message}") for each in remarks]


def wire(case: RuleCase) -> dict[str, Any]:
    candidate: dict[str, Any] = json.loads(case.write.candidate.model_dump_json(by_alias=True))
    return candidate | {"apiVersion": "coordination.k8s.io/v1beta1", "kind": "LeaseCandidate"}


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.rule}: {case.sentence}") for case in CREATES]
)
def test_a_manifest_gets_what_the_rules_say_of_its_create(case: RuleCase) -> None:
    configuration = RulesConfiguration(
        profile=Profile.BUILTIN,
        actions={case.rule: Action.AUDIT},
        settings=case.write.settings,
    )
    assert case.write.now is not None
    found = Judge(configuration, case.write.now, "default").manifest(wire(case))
    fields = [remark.field for remark in found.remarks if remark.rule == case.rule]
    alone = case.rule == "ping-time-not-from-server" and case.write.candidate.spec.ping_time
    # Nobody is known to write a manifest.
    assert fields == (["spec.pingTime"] if alone else list(case.fields))


def reaches_validation(value: dict[str, Any]) -> bool:
    """Whether neither the mutating side nor the server changes a candidate before that."""
    candidate = LeaseCandidate.from_wire(value)
    namespace = candidate.metadata.namespace
    unchanged = submit(candidate, Destination("v1beta1", namespace)) == candidate
    return bool(namespace) and unchanged and not normalize(candidate.spec)[0]


VALIDATED = [
    (case, value)
    for case in section("derived", "validation")
    for value in [manifest() | {"metadata": expand(case["metadata"]), "spec": expand(case["spec"])}]
    if case.get("op") != "UPDATE" and reaches_validation(value)
]


@pytest.mark.parametrize(
    ("case", "value"), [pytest.param(*row, id=row[0]["name"]) for row in VALIDATED]
)
def test_a_manifest_gets_the_causes_of_the_server(
    case: dict[str, Any], value: dict[str, Any]
) -> None:
    found = judge(profile="builtin").manifest(value).remarks
    causes = [(each.reason, each.field) for each in found if each.action is Action.DENY]
    expected = [(error["type"], error["field"]) for error in case["errors"]]
    assert list(dict.fromkeys(causes)) == list(dict.fromkeys(expected))


def test_most_of_the_shared_cases_reach_validation() -> None:
    assert len(VALIDATED) > 40


def serve(review: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the rules that deny and that warn when both hooks have been asked."""
    clock = ServerClock(lambda: RECORDED_AT)
    clock.observe_api_date(RECORDED_AT)
    ruleset = Ruleset(STRICT)
    hook = ValidatingHook(lambda: ruleset, clock, NoSiblingSource())
    asked = parse_review(json.dumps(review).encode())
    first = mutate(asked)
    if isinstance(first, Patched):
        assert asked.object is not None
        asked = asked.model_copy(update={"object": apply(asked.object, first.operations)})
    if asked.object is not None:
        metadata = asked.object["metadata"]
        assert isinstance(metadata, dict)
        metadata.setdefault("name", "generated")
    verdict = hook(asked)
    actions = {finding.rule: finding.action for finding in verdict.findings}
    denied = {rule for rule, action in actions.items() if action == "Deny"}
    assert bool(denied) is isinstance(verdict, Denied)
    return denied, {rule for rule, action in actions.items() if action == "Warn"}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_review_gets_the_verdict_of_the_hooks(name: str) -> None:
    review = json.loads(RECORDED[name])
    found = Judge(STRICT, MicroTime.at(RECORDED_AT), "default").review(review)
    ours = [remark for remark in found.remarks if remark.rule != "leading-v"]
    denied = {remark.rule for remark in ours if remark.action is Action.DENY}
    warned = {remark.rule for remark in ours if remark.action is Action.WARN}
    assert (denied, warned) == serve(review)


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        pytest.param(create(), [], id="a good CREATE"),
        pytest.param(
            create({"binaryVersion": "v1.33.0"}), ["leading-v"], id="a leading v is no denial"
        ),
        pytest.param(
            update({"leaseName": "Not DNS", "renewTime": "2026-11-22T07:05:00.000000Z"}),
            ["lease-name-immutable"],
            id="an UPDATE is one",
        ),
        pytest.param(
            create(userInfo={"username": "system:apiserver"}, operation="DELETE"),
            [],
            id="a DELETE is always allowed",
        ),
        pytest.param(
            create({"pingTime": NOW}, userInfo={"username": "system:apiserver"}),
            [],
            id="the server may ping",
        ),
        pytest.param(
            create({"pingTime": NOW}), ["ping-time-not-from-server"], id="others may not ping"
        ),
        pytest.param(
            create(resource={"group": "apps", "version": "v1", "resource": "deployments"}),
            ["not-checked"],
            id="another resource is not checked",
        ),
    ],
)
def test_a_review_is_judged_for_who_asks_what(review: dict[str, Any], expected: list[str]) -> None:
    found = judge("2026-11-22T07:10:00.000000Z").review(review)
    assert [remark.rule for remark in found.remarks] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(manifest(), [], id="a good one"),
        pytest.param(manifest(version="v1alpha2"), [], id="the other version"),
        pytest.param(
            manifest(version="v1alpha1"),
            [
                (
                    "not-checked",
                    "Warn",
                    (
                        "apiVersion: leasegate did not check this: "
                        "it knows LeaseCandidate in v1beta1 and v1alpha2"
                    ),
                )
            ],
            id="a version with another schema",
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            stream({"apiVersion": "v1", "kind": "List", "items": [manifest("a"), manifest("b")]}),
            (2, 0),
            id="a List",
        ),
        pytest.param(
            stream(
                {
                    "apiVersion": "coordination.k8s.io/v1beta1",
                    "kind": "LeaseCandidateList",
                    "items": [{"metadata": {"name": "a"}, "spec": manifest()["spec"]}],
                }
            ),
            (1, 0),
            id="a list whose items have no kind",
        ),
        pytest.param(
            stream({"kind": "List", "items": [{"kind": "List", "items": [manifest()]}]}),
            (1, 0),
            id="a list in a list",
        ),
        pytest.param(
            stream({"apiVersion": "v1", "kind": "Secret"}, manifest(), ["x"], "x", 5),
            (1, 4),
            id="other kinds",
        ),
        pytest.param(
            stream({"apiVersion": "example.com/v1", "kind": "LeaseCandidate"}, {"kind": "List"}),
            (0, 2),
            id="a kind of the same name, and no list",
        ),
        pytest.param(stream({"apiVersion": 1, "kind": []}), (0, 1), id="kinds of other types"),
        pytest.param(stream(create()), (1, 0), id="an AdmissionReview"),
        pytest.param("", (0, 0), id="nothing"),
    ],
)
def test_candidates_are_found_and_the_rest_is_counted(
    tmp_path: Path, text: str, expected: tuple[int, int]
) -> None:
    report = run(tmp_path, text, by=judge("2026-03-01T12:00:00.000000Z", profile="builtin"))
    assert (report.candidates, report.skipped) == expected
    assert report.problems == []
    assert report.exit_code() == 0


def test_a_finding_names_file_document_line_and_column(tmp_path: Path) -> None:
    text = """\
# one
apiVersion: v1
kind: Secret
---
apiVersion: v1
kind: List
items:
- apiVersion: coordination.k8s.io/v1beta1
  kind: LeaseCandidate
  metadata: {name: web-1}
  spec:
    leaseName: "Not DNS"
    binaryVersion: 1.33.0
    strategy: example.com/x
"""
    report = run(tmp_path, "", text)
    assert [(place(each), each.rule) for each in report.findings] == [
        (("1.yaml", 2, 12, 16), "lease-name-not-dns"),
        (("1.yaml", 2, 12, 5), "renew-time-missing"),
    ]
    assert {(each.namespace, each.name) for each in report.findings} == {("default", "web-1")}
    assert (report.candidates, report.denied, report.skipped, report.files) == (1, 1, 1, 2)
    assert report.exit_code() == 1


def test_a_finding_in_a_review_points_into_its_object(tmp_path: Path) -> None:
    review = create({"leaseName": "Not DNS"})
    text = json.dumps(review, indent=1)
    report = run(tmp_path, text, by=judge("2026-11-22T07:10:00.000000Z"))
    (finding,) = report.findings
    line = text.split("\n")[finding.line - 1]
    assert line.strip().startswith('"leaseName": "Not DNS"')
    assert line[finding.column - 1 :].startswith('"Not DNS"')


def test_a_key_that_stands_twice_in_a_candidate_is_a_warning(tmp_path: Path) -> None:
    text = stream(manifest()) + "\n---\na: 1\na: 2\n"
    doubled = text.replace('"leaseName": "web"', '"leaseName": "x",\n  "leaseName": "web"')
    report = run(tmp_path, doubled)
    assert rules(report) == ["duplicate-key"]
    assert report.findings[0].field == "spec.leaseName"
    assert "leaseName" in doubled.split("\n")[report.findings[0].line - 1]
    assert (report.exit_code(), report.exit_code(strict=True)) == (0, 1)


@pytest.mark.parametrize(
    ("review", "words"),
    [
        pytest.param({"request": {}}, "/request/uid is required", id="without a uid"),
        pytest.param({"request": {"uid": 5}}, "/request/uid must be a string", id="a wrong type"),
        pytest.param({}, "/request is required", id="without a request"),
        pytest.param(
            {"request": create({"renewTime": 5})["request"]},
            "/request/object/spec/renewTime must be",
            id="an object that cannot be read",
        ),
    ],
)
def test_what_is_no_review_is_unusable_input(
    tmp_path: Path, review: dict[str, Any], words: str
) -> None:
    head = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
    report = run(tmp_path, stream(head | review))
    (problem,) = report.problems
    assert words in problem.message
    assert problem.line is not None
    assert report.exit_code() == 2


def test_settings_of_the_configuration_count() -> None:
    settings = RuleSettings(max_minor_version_gap=0)
    found = judge(settings=settings).manifest(manifest(binaryVersion="1.34.0"))
    assert [remark.rule for remark in found.remarks] == ["version-gap"]
