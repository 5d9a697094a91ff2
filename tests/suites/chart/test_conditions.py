"""The conditions and policies of a release, compiled and evaluated as kube-apiserver does it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Requester
from tests.cel_policies import cel
from tests.cel_policies.writes import Case
from tests.suites.chart.conftest import of_kind, only

if TYPE_CHECKING:
    from tests.suites.chart.conftest import Manifest, Render

NOW = MicroTime.parse("2026-01-02T03:04:05.678901Z")
CONTROLLER = Requester("system:apiserver", frozenset({"system:masters"}))
SCHEDULER = Requester("system:kube-scheduler", frozenset({"system:authenticated"}))
CONFIGURATIONS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


def later(**step: int) -> str:
    return str(NOW + timedelta(**step))


def update(user: Requester = SCHEDULER, /, **new: object) -> Case:
    """Renew a candidate after a minute, with other changes; ... takes a field away."""
    spec = {
        "leaseName": "example",
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.35.0",
        "strategy": "OldestEmulationVersion",
        "pingTime": str(NOW),
        "renewTime": str(NOW),
    }
    changed = {"renewTime": later(minutes=1), **new}
    after = {key: value for key, value in (spec | changed).items() if value is not ...}
    metadata = {"name": "c", "namespace": "team-a"}
    return Case(
        "team-a", user, {"metadata": metadata, "spec": after}, {"metadata": metadata, "spec": spec}
    )


def stored_without_renew_time(value: object) -> Case:
    case = update()
    assert case.old is not None
    spec = {**case.old["spec"], "renewTime": value}
    if value is ...:
        del spec["renewTime"]
    return replace(case, old={**case.old, "spec": spec})


def called(manifests: list[Manifest], case: Case) -> list[str]:
    """Return the paths that are called; RuntimeError where a condition errs."""
    paths = []
    for kind in CONFIGURATIONS:
        (webhook,) = only(manifests, kind)["webhooks"]
        held = [
            cel.holds(condition["expression"], cel.values_of(case))
            for condition in webhook.get("matchConditions", ())
        ]
        if all(held):
            paths.append(webhook["clientConfig"]["service"]["path"])
    return paths


BOTH = ["/validate", "/mutate"]
CASES = [
    pytest.param(update(), [], id="a heartbeat"),
    pytest.param(update(renewTime=str(NOW)), [], id="nothing changes"),
    pytest.param(update(renewTime=later(minutes=30)), [], id="30 minutes later"),
    pytest.param(update(CONTROLLER, renewTime=later(minutes=1)), [], id="the same by the server"),
    pytest.param(
        update(CONTROLLER, pingTime=later(seconds=1)), ["/mutate"], id="a ping of kube-apiserver"
    ),
    pytest.param(update(pingTime=later(seconds=1)), BOTH, id="a ping by somebody else"),
    pytest.param(replace(update(CONTROLLER), old=None), BOTH, id="CREATE, whoever it is"),
    pytest.param(replace(update(), old=None), BOTH, id="CREATE"),
    pytest.param(update(renewTime=None), BOTH, id="renewTime null"),
    pytest.param(update(renewTime=...), BOTH, id="renewTime absent"),
    pytest.param(stored_without_renew_time(None), BOTH, id="stored renewTime null"),
    pytest.param(stored_without_renew_time(...), BOTH, id="stored renewTime absent"),
    pytest.param(update(renewTime="0000-01-01T00:00:00.000000Z"), BOTH, id="year 0000"),
    pytest.param(update(renewTime="9999-12-31T23:59:59.999999Z"), BOTH, id="year 9999"),
    pytest.param(
        update(renewTime=later(minutes=30, microseconds=1)), BOTH, id="more than 30 minutes later"
    ),
    pytest.param(update(renewTime=later(microseconds=-1)), BOTH, id="renewTime backwards"),
    pytest.param(update(pingTime=None), BOTH, id="pingTime null"),
    pytest.param(update(pingTime=...), BOTH, id="pingTime absent"),
    pytest.param(update(leaseName="other"), BOTH, id="another leaseName"),
    pytest.param(update(binaryVersion="v1.36.0"), BOTH, id="a leading v"),
    pytest.param(update(emulationVersion=...), BOTH, id="emulationVersion absent"),
    pytest.param(update(strategy="example.com/a"), BOTH, id="another strategy"),
]


@pytest.mark.parametrize(("case", "paths"), CASES)
def test_only_heartbeats_and_pings_are_skipped(
    render: Render, case: Case, paths: list[str]
) -> None:
    assert called(render(), case) == paths


def test_without_skipping_all_is_called(render: Render) -> None:
    manifests = render({"webhooks": {"skipHeartbeats": False}})
    assert called(manifests, update()) == BOTH


def test_a_condition_of_ones_own_is_added(render: Render) -> None:
    mine = {"name": "mine", "expression": "request.userInfo.username != 'tester'"}
    manifests = render({"webhooks": {"matchConditions": [mine]}})
    tester = Requester("tester", frozenset())
    assert called(manifests, update(tester, leaseName="other")) == []
    assert called(manifests, update(leaseName="other")) == BOTH
    assert called(manifests, update()) == []


def test_every_condition_of_every_release_compiles(render: Render, example: Manifest) -> None:
    manifests = render(example)
    for kind in CONFIGURATIONS:
        for webhook in only(manifests, kind)["webhooks"]:
            names = [condition["name"] for condition in webhook["matchConditions"]]
            assert len(names) == len(set(names))
    assert called(manifests, replace(update(), old=None)) == BOTH


def create(namespace: str, lease: str, user: Requester = SCHEDULER) -> Case:
    spec = {"leaseName": lease, "binaryVersion": "1.0.0", "strategy": "example.com/forged"}
    spec["renewTime"] = str(NOW)
    return Case(namespace, user, {"metadata": {"name": "c", "namespace": namespace}, "spec": spec})


@pytest.mark.parametrize(
    ("case", "refused"),
    [
        pytest.param(create("kube-node-lease", "node-1"), True, id="the heartbeat of a node"),
        pytest.param(
            create("kube-system", "leader-election-controller"), True, id="the controller's own"
        ),
        pytest.param(create("kube-system", "apiserver-abc"), True, id="the identity of a server"),
        pytest.param(create("kube-system", "kube-scheduler"), False, id="kube-scheduler"),
        pytest.param(create("team-a", "apiserver-abc"), False, id="the same name elsewhere"),
    ],
)
def test_the_default_policy_refuses_leases_that_are_not_up_for_election(
    render: Render, case: Case, *, refused: bool
) -> None:
    (policy,) = of_kind(render(), "ValidatingAdmissionPolicy")
    messages = cel.messages(policy, case)
    assert bool(messages) is refused
    assert all(message.endswith("(leasegate rule reserved-target)") for message in messages)


def test_every_policy_of_every_release_can_be_evaluated(render: Render, example: Manifest) -> None:
    for policy in of_kind(render(example), "ValidatingAdmissionPolicy"):
        assert cel.messages(policy, create("team-a", "example")) == []
