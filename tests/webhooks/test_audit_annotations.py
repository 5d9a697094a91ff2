"""What the server's audit log keeps: keys that it takes, and the same for the same write."""

from __future__ import annotations

import json

import pytest

from app.admission import Allowed
from app.admission.response import render
from app.leasecandidate.name_format import qualified_name
from app.leasecandidate.rules import Evaluation, RulesConfiguration, Ruleset, Write
from app.webhooks.validating import audit_annotations, verdict_of
from tests.leasecandidate.rules.case import at, candidate, create, update

EXEMPTION = {"reason": "restores", "users": ["velero"]}
CONFIGURATION = {"actions": {"version-gap": "Audit"}, "exemptions": [EXEMPTION]}


def annotated(write: Write) -> dict[str, str]:
    ruleset = Ruleset(RulesConfiguration.model_validate(CONFIGURATION))
    return dict(verdict_of(write.candidate, ruleset.evaluate(write)).audit_annotations)


CASES = {
    "a denial": (
        create(leaseName="Web", renewTime=None),
        {
            "decision": "denied",
            "violations": "lease-name-not-dns=Deny,renew-time-missing=Warn",
        },
    ),
    "two causes of one rule": (
        create(binaryVersion="1", emulationVersion="1"),
        {
            "decision": "denied",
            "violations": "emulation-version-format=Deny,binary-version-format=Deny,"
            "emulation-version-required=Deny",
        },
    ),
    "a warning": (
        create(renewTime=at(days=-1)),
        {"decision": "allowed", "violations": "renew-time-stale=Warn"},
    ),
    "a record": (
        create(binaryVersion="1.99.0"),
        {"decision": "allowed", "violations": "version-gap=Audit"},
    ),
    "an exemption": (
        create(leaseName="Web", renewTime=None, by="velero"),
        {
            "decision": "allowed",
            "exempted": "lease-name-not-dns (restores); renew-time-missing (restores)",
        },
    ),
    "rules that cannot judge": (
        create(siblings=None),
        {
            "decision": "allowed",
            "skipped": "strategy-conflict,strategy-conflict-lower,strategy-takeover",
        },
    ),
    "nothing to remark": (create(), {}),
    "a heartbeat": (update(candidate(renewTime=at(minutes=-5)), candidate()), {}),
}


@pytest.mark.parametrize(("write", "expected"), CASES.values(), ids=CASES)
def test_the_audit_log_gets(write: Write, expected: dict[str, str]) -> None:
    assert annotated(write) == expected


@pytest.mark.parametrize(("write", "expected"), CASES.values(), ids=CASES)
def test_the_same_write_gives_the_same_again(write: Write, expected: dict[str, str]) -> None:
    assert annotated(write) == annotated(write) == expected


def test_every_key_is_one_that_the_server_takes() -> None:
    everything = Evaluation(
        violations=Ruleset(RulesConfiguration()).evaluate(create(leaseName="")).violations,
        skipped=("x",),
        exempted=(("x", "y"),),
    )
    keys = [key for key, _ in audit_annotations(everything, denied=True)]
    assert keys == ["decision", "violations", "exempted", "skipped"]
    for key in keys:
        assert len(key) <= 63
        assert "/" not in key
        assert qualified_name(f"validate.leasegate.dev/{key}") == []


def test_annotations_reach_the_answer() -> None:
    answer = render("admission.k8s.io/v1", "1", Allowed(audit_annotations=(("decision", "x"),)))
    assert json.loads(answer)["response"]["auditAnnotations"] == {"decision": "x"}
