"""`leasegate webhooks remove` and `test`, which the hooks of the chart run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster.api_server import Answer
from tests.cluster.commands import leasegate
from tests.cluster.store_checks import REGISTRATIONS

if TYPE_CHECKING:
    from tests.cluster.api_server import ApiServer

CREATED = "/leasecandidates"
CALLED = "kube-apiserver called leasegate, which answered as it should"
HINT = {"Warning": '299 - "spec.binaryVersion: did you mean \\"1.0.0\\"?"'}
DENIAL = "spec.leaseName: Invalid value (leasegate rule lease-name-not-dns)"


def denied() -> Answer:
    """Return what the validating webhook makes of the first candidate."""
    return Answer("POST", CREATED, 422, DENIAL, times=1)


def hinted() -> Answer:
    """Return what the mutating webhook makes of the second one."""
    return Answer("POST", CREATED, 201, body=b"{}", headers=HINT, times=1)


def test_both_configurations_are_removed_and_nothing_else(server: ApiServer) -> None:
    for kind in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"):
        for name in ("ours", "theirs"):
            server.put(f"{REGISTRATIONS}/{kind}/{name}", {})
    found = leasegate(server, "webhooks", "remove", "--name=ours")
    assert found.output == (
        "removed validatingwebhookconfigurations/ours\nremoved mutatingwebhookconfigurations/ours\n"
    )
    assert {path.rsplit("/", 1)[-1] for path in server.objects} == {"theirs"}
    again = leasegate(server, "webhooks", "remove", "--name=ours")
    assert (again.exit_code, again.output) == (0, "there is no webhook configuration ours\n")


@pytest.mark.parametrize(
    "body", [pytest.param(None, id="a Status"), pytest.param(b"no", id="text")]
)
def test_what_may_not_be_removed_is_one_line(server: ApiServer, body: bytes | None) -> None:
    server.answers = [Answer("DELETE", "ours", 403, "no", body=body)]
    found = leasegate(server, "webhooks", "remove", "--name=ours")
    assert found.exit_code == 2
    assert found.output == "Error: cannot delete validatingwebhookconfigurations/ours: no\n"


@pytest.mark.parametrize(
    ("answers", "exit_code", "words"),
    [
        pytest.param([denied(), hinted()], 0, CALLED, id="both were called"),
        pytest.param(
            [Answer("POST", CREATED, 201, body=b"{}", headers={"Warning": DENIAL}), hinted()],
            1,
            "leasegate did not mutate the candidate, which was let through",
            id="only the validating one, by a warning",
        ),
        pytest.param(
            [Answer("POST", CREATED, 201, body=b"{}")],
            1,
            "leasegate did not validate the candidate, which was let through; warnings: ''",
            id="none was called",
        ),
        pytest.param(
            [Answer("POST", CREATED, 500, "failed calling webhook: x509: unknown authority")],
            1,
            "which was refused: failed calling webhook: x509: unknown authority; look at",
            id="it cannot be called",
        ),
        pytest.param(
            [Answer("POST", CREATED, 404, 'namespaces "nowhere" not found')],
            1,
            'which was refused: namespaces "nowhere" not found',
            id="no such namespace",
        ),
    ],
)
def test_a_trial_says_whether_the_webhooks_are_called(
    server: ApiServer, answers: list[Answer], exit_code: int, words: str
) -> None:
    server.answers = answers
    found = leasegate(server, "webhooks", "test", "--namespace=default")
    assert words in found.output
    assert found.exit_code == exit_code
    written = [request for request in server.requests if not request.startswith("GET ")]
    assert written
    assert all("dryRun=All" in request for request in written)


def test_a_server_that_is_not_there_and_a_bad_kubeconfig_are_one_line(server: ApiServer) -> None:
    server.url = "https://127.0.0.1:1"
    found = leasegate(server, "webhooks", "test", "--namespace=default")
    assert found.exit_code == 2
    assert found.output.startswith("Error: the API server cannot be reached: ")
    server.ca.write_text("no certificate")
    found = leasegate(server, "webhooks", "remove", "--name=ours")
    assert found.exit_code == 2
    assert " cannot be used: " in found.output


@pytest.mark.parametrize(
    ("versions", "exit_code", "words"),
    [
        pytest.param((), 0, "nothing to check: the cluster does not serve lease", id="none"),
        pytest.param(
            ("v1",),
            1,
            "serves LeaseCandidate in v1, which this leasegate does not know, so it judges none",
            id="one that is not known",
        ),
        pytest.param(("v1alpha2",), 0, f"{CALLED}\n", id="an older one alone"),
        pytest.param(
            ("v1", "v1beta1"),
            0,
            f"{CALLED}; but the cluster serves LeaseCandidate in v1 and v1beta1; this leasegate "
            "does not know v1 and judges it as v1beta1",
            id="a newer one beside one that is known",
        ),
    ],
)
def test_the_versions_that_the_cluster_serves_decide_what_can_be_tried(
    server: ApiServer, versions: tuple[str, ...], exit_code: int, words: str
) -> None:
    server.versions = versions
    server.answers = [denied(), hinted()]
    found = leasegate(server, "webhooks", "test", "--namespace=default")
    assert words in found.output
    assert found.exit_code == exit_code
