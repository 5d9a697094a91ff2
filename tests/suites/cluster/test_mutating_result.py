"""What the server stores after our patch is what we say that it stores."""

from __future__ import annotations

import secrets
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec
from app.leasecandidate.normalize import normalize
from app.leasecandidate.rules import Profile, RulesConfiguration, Ruleset, Write
from app.leasecandidate.submission import Destination, submit
from devtools.parity import versions
from devtools.webhook import NAMESPACE

if TYPE_CHECKING:
    import httpx2

DESTINATION = Destination("v1beta1", NAMESPACE)
COLLECTION = f"/apis/coordination.k8s.io/v1beta1/namespaces/{NAMESPACE}/leasecandidates"
BUILT_IN = Ruleset(RulesConfiguration(profile=Profile.BUILTIN))
WRITES = 500
STORED = 100
LONGEST = 200  # Longer versions are denied by a rule of ours.


def candidate(random: Random, name: str) -> dict[str, Any]:
    """Make a candidate most of whose versions begin with a v."""
    spec = {
        "leaseName": "example",
        "binaryVersion": _version(random),
        "strategy": random.choice((versions.STRATEGY, "example.com/custom")),
        "renewTime": "2026-01-02T03:04:05.678901Z",
    }
    if random.random() < 0.8:
        spec["emulationVersion"] = _version(random)
    return {"metadata": {"name": name}, "spec": spec}


def _version(random: Random) -> str:
    text = random.choice(("1.33.0", "1.36.3", versions.version(random)))
    return random.choice(("v", "v", "v", "vv", "V", ""))[:LONGEST] + text[:LONGEST]


def said(body: dict[str, Any]) -> tuple[int, object]:
    """Return what we say becomes of a creation: the causes, or the spec that is stored."""
    given = LeaseCandidate.from_wire(body)
    rewrites, _ = normalize(given.spec)
    names = {info.alias: name for name, info in LeaseCandidateSpec.model_fields.items()}
    spec = given.spec.model_copy(update={names[step.field]: step.new for step in rewrites})
    submitted = submit(given.model_copy(update={"spec": spec}), DESTINATION)
    assert isinstance(submitted, LeaseCandidate)
    found = BUILT_IN.evaluate(Write(submitted)).violations
    if found:
        return 422, [(violation.error.field, violation.error.message) for violation in found]
    return 201, spec.model_dump()


def answered(answer: httpx2.Response) -> tuple[int, object]:
    body = answer.json()
    if answer.status_code == 201:
        return 201, body["spec"]
    causes = body.get("details", {}).get("causes", ())
    return answer.status_code, [(cause["field"], cause["message"]) for cause in causes]


@pytest.mark.usefixtures("webhook")
def test_the_server_stores_what_we_say_after_our_patch(
    api: httpx2.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = secrets.randbelow(2**32)
    with capsys.disabled():
        print(f"\nmutating: seed {seed}")  # noqa: T201  to make the same again
    codes = set()
    for number in range(WRITES):
        body = candidate(Random(f"{seed}:{number}"), f"mutated-{number}")
        really = number < STORED
        answer = api.post(COLLECTION if really else f"{COLLECTION}?dryRun=All", json=body)
        assert answered(answer) == said(body), body
        codes.add(answer.status_code)
        if really and answer.status_code == 201:
            path = f"{COLLECTION}/mutated-{number}"
            assert (201, api.get(path).json()["spec"]) == said(body)
            api.delete(path).raise_for_status()
    assert codes == {201, 422}
