"""The webhook as kube-apiserver calls it: by a Service, whatever way a candidate is written."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from app.leasecandidate import MicroTime
from devtools.webhook import EXACT, NAMESPACE, ONLY

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from devtools.controlplane import Process

GROUP = "coordination.k8s.io"
LEADING_V = {"binaryVersion": "v1.36.0"}
DENIED_BY = "(leasegate rule renew-time-in-future)"
FUTURE = {"renewTime": "2100-01-02T03:04:05.000000Z"}


def spec(**change: str) -> dict[str, str]:
    """Return a spec that is right and alive, but for a change."""
    usual = {
        "leaseName": "example",
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.35.0",
        "strategy": "OldestEmulationVersion",
        "renewTime": str(MicroTime.at(datetime.now(UTC))),
    }
    return usual | change


def collection(namespace: str = NAMESPACE, version: str = "v1beta1") -> str:
    return f"/apis/{GROUP}/{version}/namespaces/{namespace}/leasecandidates"


@dataclass(frozen=True)
class Way:
    """One way to write a candidate named `name` with some fields of the spec changed."""

    id: str
    write: Callable[[httpx2.Client, str, dict[str, str]], httpx2.Response]
    exists: bool


def post(api: httpx2.Client, name: str, change: dict[str, str]) -> httpx2.Response:
    return api.post(collection(), json={"metadata": {"name": name}, "spec": spec(**change)})


def put(api: httpx2.Client, name: str, change: dict[str, str]) -> httpx2.Response:
    stored = api.get(f"{collection()}/{name}")
    body: dict[str, Any] = stored.json() if stored.is_success else {"metadata": {"name": name}}
    body["spec"] = body.get("spec", spec()) | change
    return api.put(f"{collection()}/{name}", json=body)


def patch(content_type: str) -> Callable[[httpx2.Client, str, dict[str, str]], httpx2.Response]:
    def write(api: httpx2.Client, name: str, change: dict[str, str]) -> httpx2.Response:
        body: object = {"spec": change}
        if content_type == "application/json-patch+json":
            body = [
                {"op": "add", "path": f"/spec/{field}", "value": value}
                for field, value in change.items()
            ]
        return api.patch(
            f"{collection()}/{name}",
            content=json.dumps(body),
            headers={"Content-Type": content_type},
        )

    return write


def apply(api: httpx2.Client, name: str, change: dict[str, str]) -> httpx2.Response:
    body = {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "LeaseCandidate",
        "metadata": {"name": name},
        "spec": spec(**change),
    }
    return api.patch(
        f"{collection()}/{name}?fieldManager=tests&force=true",
        content=json.dumps(body),
        headers={"Content-Type": "application/apply-patch+yaml"},
    )


WAYS = [
    Way("create", post, exists=False),
    Way("a PUT that creates", put, exists=False),
    Way("a server-side apply that creates", apply, exists=False),
    Way("update", put, exists=True),
    Way("merge patch", patch("application/merge-patch+json"), exists=True),
    Way("strategic merge patch", patch("application/strategic-merge-patch+json"), exists=True),
    Way("JSON patch", patch("application/json-patch+json"), exists=True),
    Way("server-side apply", apply, exists=True),
]


@pytest.fixture(params=WAYS, ids=[way.id for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


@pytest.fixture
def name(webhook: Process, api: httpx2.Client, way: Way) -> str:
    """Return a name that is taken where the way changes what exists."""
    name = f"{way.id.lower().replace(' ', '-')}-{secrets.token_hex(4)}"
    if way.exists:
        post(api, name, {}).raise_for_status()
    assert webhook.running
    return name


def warnings(answer: httpx2.Response) -> str:
    return "\n".join(answer.headers.get_list("Warning")).replace('\\"', '"')


def causes(answer: httpx2.Response) -> list[str]:
    return [cause["message"] for cause in answer.json()["details"]["causes"]]


def test_a_leading_v_is_repaired_and_said_however_it_is_written(
    api: httpx2.Client, way: Way, name: str
) -> None:
    answer = way.write(api, name, LEADING_V)
    assert answer.is_success, answer.text
    assert 'changed "v1.36.0" to "1.36.0"' in warnings(answer)
    assert api.get(f"{collection()}/{name}").json()["spec"]["binaryVersion"] == "1.36.0"


def test_a_rule_of_ours_denies_however_it_is_written(
    api: httpx2.Client, way: Way, name: str
) -> None:
    answer = way.write(api, name, FUTURE)
    assert answer.status_code == 422, answer.text
    (cause,) = causes(answer)
    assert cause.endswith(DENIED_BY)
    assert answer.json()["details"]["name"] == name
    stored = api.get(f"{collection()}/{name}")
    assert stored.status_code == (200 if way.exists else 404)
    assert "2100" not in stored.text


def test_what_is_right_is_stored_without_a_word_of_ours(
    api: httpx2.Client, way: Way, name: str
) -> None:
    change = {"renewTime": spec()["renewTime"]}
    answer = way.write(api, name, change)
    assert answer.is_success, answer.text
    assert "leasegate" not in warnings(answer)
    assert "changed" not in warnings(answer)
    assert api.get(f"{collection()}/{name}").json()["spec"] == spec(**change)


@pytest.mark.usefixtures("webhook")
def test_a_generated_name_is_in_the_denial(api: httpx2.Client) -> None:
    body = {"metadata": {"generateName": "generated-"}, "spec": spec(**FUTURE)}
    details = api.post(collection(), json=body).json()["details"]
    assert details["name"].startswith("generated-")
    assert len(details["name"]) == len("generated-") + 5


@pytest.mark.usefixtures("webhook")
def test_a_leading_v_is_repaired_under_a_generated_name(api: httpx2.Client) -> None:
    body = {"metadata": {"generateName": "generated-"}, "spec": spec(**LEADING_V)}
    answer = api.post(collection(), json=body)
    assert answer.status_code == 201
    assert answer.json()["spec"]["binaryVersion"] == "1.36.0"


@pytest.mark.usefixtures("webhook")
@pytest.mark.parametrize(("change", "code"), [(LEADING_V, 201), (FUTURE, 422)])
def test_a_dry_run_gets_the_same_answer_and_stores_nothing(
    api: httpx2.Client, change: dict[str, str], code: int
) -> None:
    body = {"metadata": {"name": "dry-run"}, "spec": spec(**change)}
    assert api.post(f"{collection()}?dryRun=All", json=body).status_code == code
    assert api.get(f"{collection()}/dry-run").status_code == 404


@pytest.mark.usefixtures("webhook")
@pytest.mark.parametrize("version", ["v1beta1", "v1alpha2"])
def test_both_api_versions_are_seen(api: httpx2.Client, version: str) -> None:
    body = {"metadata": {"name": f"of-{version}"}, "spec": spec(**LEADING_V)}
    answer = api.post(collection(version=version), json=body)
    assert answer.json()["apiVersion"] == f"{GROUP}/{version}"
    assert answer.json()["spec"]["binaryVersion"] == "1.36.0"


@pytest.mark.usefixtures("webhook")
def test_a_delete_passes(api: httpx2.Client) -> None:
    post(api, "deleted", {}).raise_for_status()
    assert api.delete(f"{collection()}/deleted").status_code == 200


@pytest.mark.usefixtures("webhook")
def test_another_namespace_is_left_alone(api: httpx2.Client, namespace: str) -> None:
    body = {"metadata": {"name": "a"}, "spec": spec(**FUTURE)}
    assert api.post(collection(namespace), json=body).status_code == 201


@pytest.mark.parametrize("listed", sorted(ONLY))
@pytest.mark.parametrize("written", sorted(ONLY))
@pytest.mark.usefixtures("webhook")
def test_one_version_in_the_rules_catches_both(
    api: httpx2.Client, listed: str, written: str
) -> None:
    path = collection(ONLY[listed], written)
    body: dict[str, Any] = {"metadata": {"name": f"of-{written}"}}
    refused = api.post(path, json=body | {"spec": spec(**LEADING_V, **FUTURE)})
    assert causes(refused)[0].endswith(DENIED_BY)
    stored = api.post(path, json=body | {"spec": spec(**LEADING_V)}).json()
    assert stored["apiVersion"] == f"{GROUP}/{written}"
    assert stored["spec"]["binaryVersion"] == "1.36.0"
    one = f"{path}/of-{written}"
    refused = api.put(one, json=stored | {"spec": spec(**FUTURE)})
    assert causes(refused)[0].endswith(DENIED_BY)
    changed = api.put(one, json=stored | {"spec": spec(binaryVersion="v1.37.0")}).json()
    assert changed["spec"]["binaryVersion"] == "1.37.0"


@pytest.mark.parametrize(("written", "code"), [("v1beta1", 422), ("v1alpha2", 201)])
@pytest.mark.usefixtures("webhook")
def test_with_exact_instead_of_equivalent_the_other_version_is_not_judged(
    api: httpx2.Client, written: str, code: int
) -> None:
    body = {"metadata": {"name": f"exact-{written}"}, "spec": spec(**FUTURE)}
    assert api.post(collection(EXACT, written), json=body).status_code == code
