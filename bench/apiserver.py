"""`make bench-apiserver`: what a write of a candidate costs a real kube-apiserver.

Three namespaces take turns: one where nothing of ours is in force, one for which the webhooks are
registered, and one to which the policies are bound. The durations are kube-apiserver's own.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Protocol

from prometheus_client.parser import text_string_to_metric_families

from app.cel_policies import KubeVersion, NamespaceScope
from app.cel_policies.policies import Part, policies
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import RulesConfiguration
from bench import page
from bench.machine import machine
from devtools.parity.controlplane import run_without_elections
from devtools.programs.binaries import find_binaries
from devtools.webhook import Registration, make_service, registered, serve, wait_until_called
from tests.suites.cluster.policies.installed import installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import httpx2

NOTHING: Final = "nothing"
WEBHOOKS: Final = "webhooks"
POLICIES: Final = "policies"
_CANDIDATES: Final = 20
_PLUGINS: Final = (
    "MutatingAdmissionPolicy",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
)


@dataclass(frozen=True)
class Total:
    """How many times something was done, and how many seconds that took in all."""

    count: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Total) -> Total:
        return Total(self.count + other.count, self.seconds + other.seconds)

    def __sub__(self, other: Total) -> Total:
        return Total(self.count - other.count, self.seconds - other.seconds)

    @property
    def mean(self) -> float:
        """Seconds for each time."""
        return self.seconds / self.count if self.count else 0.0


Totals = dict[str, Total]


def totals(exposition: str, resource: str = "leasecandidates") -> Totals:
    """Read the histograms of interest: updates of the resource, each webhook, the policies."""
    found: Totals = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            name, _, part = sample.name.rpartition("_")
            if part in {"sum", "count"} and (key := _key(name, sample.labels, resource)):
                value = Total(count=sample.value) if part == "count" else Total(0.0, sample.value)
                found[key] = found.get(key, Total()) + value
    return found


def _key(name: str, labels: dict[str, str], resource: str) -> str:
    match name:
        case "apiserver_request_duration_seconds":
            is_update = (labels["resource"], labels["verb"]) == (resource, "PUT")
            return "request" if is_update else ""
        case "apiserver_admission_webhook_admission_duration_seconds":
            name = labels["name"]
            return name if name.endswith(".leasegate.dev") else ""
        case "apiserver_admission_controller_admission_duration_seconds":
            is_update = labels["operation"] == "UPDATE" and labels["name"] in _PLUGINS
            return f"plugin {labels['name']}" if is_update else ""
        case _:
            return ""


@dataclass(frozen=True)
class Block:
    """The updates of one turn in one namespace, as the server and as the client saw them."""

    namespace: str
    totals: Totals
    latencies: tuple[float, ...]


class Writer:
    """Renews candidates of one namespace."""

    def __init__(self, api: httpx2.Client, namespace: str) -> None:
        self._api = api
        self.namespace = namespace
        self._path = f"/apis/coordination.k8s.io/v1beta1/namespaces/{namespace}/leasecandidates"
        self._stored: list[dict[str, Any]] = []

    def create(self) -> None:
        """Make the candidates."""
        for number in range(_CANDIDATES):
            spec = {
                "leaseName": "example",
                "binaryVersion": "1.36.0",
                "emulationVersion": "1.36.0",
                "strategy": "OldestEmulationVersion",
                "renewTime": moment(),
            }
            body = {"metadata": {"name": f"candidate-{number}"}, "spec": spec}
            self._stored.append(self._api.post(self._path, json=body).raise_for_status().json())

    def renew(self, times: int) -> Block:
        """Renew the candidates in turns, so many times in all."""
        before = scrape(self._api)
        latencies = []
        for number in range(times):
            candidate = self._stored[number % _CANDIDATES]
            candidate["spec"]["renewTime"] = moment()
            started = time.perf_counter()
            answer = self._api.put(
                f"{self._path}/{candidate['metadata']['name']}", json=candidate
            ).raise_for_status()
            latencies.append(time.perf_counter() - started)
            self._stored[number % _CANDIDATES] = answer.json()
        after = scrape(self._api)
        difference = {key: after[key] - before.get(key, Total()) for key in after}
        return Block(self.namespace, difference, tuple(latencies))


def moment() -> str:
    """Return the time as the API writes it."""
    return str(MicroTime.at(datetime.now(UTC)))


def scrape(api: httpx2.Client, resource: str = "leasecandidates") -> Totals:
    """Return what the server has measured so far."""
    return totals(api.get("/metrics").raise_for_status().text, resource)


def percentile(latencies: Iterable[float], percent: float) -> float:
    """Return the seconds within which so many of 100 were answered."""
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Renewing(Protocol):
    """Writes objects of one kind, again and again."""

    def create(self) -> None:
        """Make the objects."""

    def renew(self, times: int) -> Block:
        """Write them so many times."""


def in_turns(writers: Sequence[Renewing], rounds: int, updates: int) -> list[Block]:
    """Let each write in each round, another one first each time; the first round does not count."""
    blocks: list[Block] = []
    for writer in writers:
        writer.create()
    for number in range(rounds + 1):
        sys.stderr.write(f"bench-apiserver: round {number} of {rounds}\n")
        turn = number % len(writers)
        turns = [w.renew(updates) for w in [*writers[turn:], *writers[:turn]]]
        blocks += turns if number else []
    return blocks


def table(blocks: Sequence[Block]) -> str:
    """Return the figures as Markdown: means of each turn, and the median over the turns."""
    rows = [
        "| in force | request, by the server | more than nothing | seen by the client: p50 | p99 |",
        "|---|--:|--:|--:|--:|",
    ]
    base = median(_means(blocks, NOTHING, "request"))
    for namespace in (NOTHING, POLICIES, WEBHOOKS):
        request = median(_means(blocks, namespace, "request"))
        latencies = [s for b in blocks if b.namespace == namespace for s in b.latencies]
        p50, p99 = (percentile(latencies, percent) * 1e3 for percent in (50, 99))
        rows.append(
            f"| {namespace} | {request * 1e3:.2f} ms | {(request - base) * 1e3:+.2f} ms "
            f"| {p50:.2f} ms | {p99:.2f} ms |"
        )
    rows += ["", "| admission, by the server (mean) | nothing | policies | webhooks |"]
    rows += ["|---|--:|--:|--:|"]
    for key in sorted({key for block in blocks for key in block.totals} - {"request"}):
        means = [median(_means(blocks, name, key)) for name in (NOTHING, POLICIES, WEBHOOKS)]
        rows.append(f"| {key} | " + " | ".join(f"{mean * 1e3:.3f} ms" for mean in means) + " |")
    return "\n".join(rows)


def _means(blocks: Sequence[Block], namespace: str, key: str) -> list[float]:
    return [block.totals.get(key, Total()).mean for block in blocks if block.namespace == namespace]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-apiserver", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--updates", type=int, default=200, help="of a round and namespace")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        binaries = find_binaries(os.environ)
        plane = stack.enter_context(run_without_elections(binaries, folder / "control-plane"))
        api = stack.enter_context(plane.client())
        for name in (NOTHING, WEBHOOKS, POLICIES):
            api.post("/api/v1/namespaces", json={"metadata": {"name": name}}).raise_for_status()
        service = make_service(api, WEBHOOKS, folder)
        stack.enter_context(serve(service, folder, log_allows=0))
        stack.enter_context(registered(api, Registration([WEBHOOKS]), service))
        wait_until_called(api, WEBHOOKS)
        made = policies(
            RulesConfiguration(),
            KubeVersion.parse(plane.version),
            scope=NamespaceScope(only=(POLICIES,)),
            parts=[part for part in Part if part is not Part.RESERVED],
        )
        stack.enter_context(installed(plane, made.manifests))
        writers = [Writer(api, name) for name in (NOTHING, WEBHOOKS, POLICIES)]
        blocks = in_turns(writers, arguments.rounds, arguments.updates)
        version = plane.version
    text = (
        "## As kube-apiserver sees it\n\n"
        f"Kubernetes {version} with etcd on the same machine; heartbeats (PUT) by one client, "
        f"{arguments.rounds} rounds of {arguments.updates} in each namespace, in turns.\n"
        f"{machine()}.\n\n{table(blocks)}"
    )
    print(text)
    if arguments.write:
        page.write("apiserver", text)


if __name__ == "__main__":
    main()
