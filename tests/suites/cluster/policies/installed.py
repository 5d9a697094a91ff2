"""Policies in force on a real kube-apiserver, for the time of a `with`.

The server takes up a changed policy within about a second. That it has is seen by canaries, which
are created last: the watch of each kind delivers in order.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from app.cel_policies import NamespaceScope
from app.cel_policies.manifest import manifest
from app.cel_policies.mutating import mutating_binding
from app.cel_policies.scope import MATCH_CONSTRAINTS
from app.leasecandidate.rules import Requester
from devtools.controlplane import wait_for
from tests.cel_policies.writes import Case
from tests.suites.cluster.policies.writer import Answer, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx2

    from app.cel_policies import Manifest
    from devtools.controlplane import ControlPlane

ADMIN: Final = Requester("admin", frozenset({"system:masters"}))
_GROUP: Final = "/apis/admissionregistration.k8s.io/v1"
_PLURALS: Final = {
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
    "MutatingAdmissionPolicy": "mutatingadmissionpolicies",
    "MutatingAdmissionPolicyBinding": "mutatingadmissionpolicybindings",
}
_SECONDS: Final = 30.0


@contextmanager
def installed(control_plane: ControlPlane, policies: Sequence[Manifest]) -> Iterator[None]:
    """Have the policies in force; afterwards they are gone, and out of force."""
    name = f"canary-{uuid.uuid4().hex[:10]}"
    is_mutating = any(str(policy["kind"]).startswith("Mutating") for policy in policies)
    everything = [*policies, *_validating_canary(name)]
    if is_mutating:
        everything += _mutating_canary(name)

    def state() -> set[str]:
        with Writer(control_plane) as writer:
            return _signs_of_life(writer.write(_written_by_canary(name)))

    alive = {"validating", "mutating"} if is_mutating else {"validating"}
    with control_plane.client() as api:
        try:
            for policy in everything:
                created = api.post(_url(policy), json=policy)
                assert created.status_code == 201, created.text
            wait_for(lambda: state() == alive, "the policies to be in force", _SECONDS)
            yield
        finally:
            for policy in everything:
                _remove(api, policy)
            wait_for(lambda: not state(), "the policies to be out of force", _SECONDS)


def failing_closed(policies: Sequence[Manifest]) -> list[Manifest]:
    """Return the policies with failurePolicy Fail, so that an error in CEL cannot hide."""
    return [
        {**policy, "spec": {**spec, "failurePolicy": "Fail"}}
        if "failurePolicy" in (spec := _spec(policy))
        else policy
        for policy in policies
    ]


def _spec(policy: Manifest) -> dict[str, Any]:
    spec: Any = policy["spec"]
    assert isinstance(spec, dict)
    return spec


def _url(policy: Manifest) -> str:
    return f"{_GROUP}/{_PLURALS[str(policy['kind'])]}"


def _remove(api: httpx2.Client, policy: Manifest) -> None:
    metadata: Any = policy["metadata"]
    answer = api.delete(f"{_url(policy)}/{metadata['name']}")
    assert answer.status_code in {200, 404}, answer.text


def _written_by_canary(name: str) -> Case:
    spec = {
        "leaseName": name,
        "binaryVersion": "1.0.0",
        "strategy": "example.com/canary",
        "renewTime": "2026-01-02T03:04:05.678901Z",
    }
    return Case("default", ADMIN, {"metadata": {"name": name}, "spec": spec})


def _signs_of_life(answer: Answer) -> set[str]:
    signs = {"validating"} if "canary" in answer.warnings else set()
    labels = answer.body["metadata"].get("labels", {}) if answer.code == 201 else {}
    return signs | ({"mutating"} if labels.get("canary") else set())


def _matching(name: str) -> dict[str, object]:
    only_canaries = {"name": "is-the-canary", "expression": f"object.metadata.name == '{name}'"}
    return {"matchConstraints": MATCH_CONSTRAINTS, "matchConditions": [only_canaries]}


def _validating_canary(name: str) -> list[Manifest]:
    validation = {"expression": "false", "message": "canary"}
    policy = {**_matching(name), "validations": [validation]}
    binding = {"policyName": name, "validationActions": ["Warn"]}
    return [
        manifest("ValidatingAdmissionPolicy", name, policy),
        manifest("ValidatingAdmissionPolicyBinding", name, binding),
    ]


def _mutating_canary(name: str) -> list[Manifest]:
    labels = "Object{metadata: Object.metadata{labels: {'canary': 'sings'}}}"
    mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": labels}}
    policy = {**_matching(name), "reinvocationPolicy": "Never", "mutations": [mutation]}
    return [
        manifest("MutatingAdmissionPolicy", name, policy),
        mutating_binding(name, NamespaceScope()),
    ]
