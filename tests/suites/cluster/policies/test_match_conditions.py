"""On a real kube-apiserver, the registered conditions skip pure heartbeats and nothing else."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from app.cel_policies.scope import MATCH_CONSTRAINTS
from app.leasecandidate import MicroTime
from app.leasecandidate.rules.write import SERVER_USERNAME
from charts.generator import match_conditions
from devtools.controlplane import wait_for
from tests.cel_policies import writes
from tests.cel_policies.writes import Case
from tests.suites.cluster.policies.differential import stored_candidates
from tests.suites.cluster.policies.installed import ADMIN
from tests.suites.cluster.policies.recorder import LABEL, Recorder, recording
from tests.suites.cluster.policies.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devtools.controlplane import ControlPlane

GROUP = "/apis/admissionregistration.k8s.io/v1"
KINDS = {
    "mutatingwebhookconfigurations": ("/mutate", match_conditions.MUTATING),
    "validatingwebhookconfigurations": ("/validate", match_conditions.VALIDATING),
}
WRITES = 2000
STEPS = (
    timedelta(),
    timedelta(microseconds=1),
    timedelta(minutes=1),
    timedelta(minutes=30),
    timedelta(minutes=30, microseconds=1),
)


@contextmanager
def registered(control_plane: ControlPlane, recorder: Recorder) -> Iterator[None]:
    """Register the webhooks; an error in a condition refuses the write."""
    with control_plane.client() as api, Writer(control_plane) as writer:
        try:
            for kind, (path, conditions) in KINDS.items():
                webhook = {
                    "name": "conditions.leasegate.dev",
                    "clientConfig": recorder.client_config(path),
                    "rules": MATCH_CONSTRAINTS["resourceRules"],
                    "matchPolicy": "Equivalent",
                    "matchConditions": [condition.to_manifest() for condition in conditions],
                    "failurePolicy": "Fail",
                    "sideEffects": "None",
                    "timeoutSeconds": 10,
                    "admissionReviewVersions": ["v1"],
                }
                configuration = {"metadata": {"name": "conditions"}, "webhooks": [webhook]}
                answer = api.post(
                    f"/apis/admissionregistration.k8s.io/v1/{kind}", json=configuration
                )
                assert answer.status_code == 201, answer.text

            def is_in_force() -> bool:
                writer.write(labelled(new_candidate(), "canary"))
                return all("canary" in names for names in recorder.calls.values())

            wait_for(is_in_force, "the webhooks to be called", timeout=120)
            yield
        finally:
            for kind in KINDS:
                api.delete(f"{GROUP}/{kind}/conditions")

            def is_out_of_force() -> bool:
                recorder.calls = {path: set() for path in recorder.calls}
                writer.write(labelled(new_candidate(), "canary"))
                return not any(recorder.calls.values())

            wait_for(is_out_of_force, "the webhooks to be left alone", timeout=120)


def new_candidate() -> Case:
    spec = {"leaseName": "example", "binaryVersion": "1.0.0", "strategy": "example.com/a"}
    return Case("default", ADMIN, {"metadata": {"name": "new"}, "spec": spec})


def labelled(case: Case, name: str) -> Case:
    metadata = {**case.object["metadata"], "labels": {LABEL: name}}
    return replace(case, object={**case.object, "metadata": metadata})


def is_pure_heartbeat(case: Case) -> bool:
    """Say in Python what the condition says in CEL."""
    if case.old is None:
        return False
    new, old = (copy.deepcopy(entry) for entry in (case.object, case.old))
    times = [entry["spec"].pop("renewTime", None) for entry in (new, old)]
    finalizers = [entry["metadata"].get("finalizers", []) for entry in (new, old)]
    if new["spec"] != old["spec"] or finalizers[0] != finalizers[1]:
        return False
    if not all(time and "0001" <= time < "9999" for time in times):
        return False
    after, before = map(MicroTime.parse, times)
    return timedelta() <= after.since(before) <= timedelta(minutes=30)


def change(random: Random, stored: Case) -> Case:
    """Update a candidate; sometimes its versions are nearly right, mostly it is a heartbeat."""
    roll = random.random()
    if roll < 0.4:
        return writes.update(random, stored)
    new = copy.deepcopy(stored.object)
    if roll < 0.5:
        new["spec"] |= {
            name: value for name, value in writes.near_miss(random).items() if name != "leaseName"
        }
    time = new["spec"].get("renewTime")
    if time and "0001" <= time < "9999":
        step = timedelta(
            microseconds=random.choice((0, 1, 60_000_000, 1_800_000_000, 1_800_000_001))
        )
        new["spec"]["renewTime"] = str(MicroTime.parse(time) + step)
    return replace(stored, user=random.choice(writes.USERS), object=new, old=stored.object)


@pytest.mark.timeout(300)
def test_all_but_heartbeats_reach_the_webhooks(quiet_plane: ControlPlane) -> None:
    random = Random(5)
    stored = stored_candidates(quiet_plane, seed=30, count=100)
    wanted: dict[str, set[str]] = {"/mutate": set(), "/validate": set()}
    unmatched = 0
    with recording() as recorder, registered(quiet_plane, recorder):
        with Writer(quiet_plane) as writer:
            for number in range(WRITES):
                case = (
                    writes.create(random)
                    if number % 6 == 0
                    else change(random, random.choice(stored))
                )
                answer = writer.write(labelled(case, str(number)))
                is_valid = writes.passes_built_in_validation(case)
                assert answer.code == (422 if not is_valid else 200 if case.old else 201), answer
                if is_pure_heartbeat(case):
                    unmatched += 1
                    continue
                wanted["/mutate"].add(str(number))
                if is_valid and (case.old is None or case.user.username != SERVER_USERNAME):
                    wanted["/validate"].add(str(number))
        calls: Any = {path: names - {"canary"} for path, names in recorder.calls.items()}
    assert calls == wanted
    assert unmatched > 100
    assert len(wanted["/mutate"] - wanted["/validate"]) > 100
