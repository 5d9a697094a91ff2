"""Part of `make bench-apiserver`: what the policy `lease-holder` costs a write of a Lease.

Three kinds of write take turns: in the namespace that the policy leaves out, in another one with a
holder, as all leaders write, and there without one, which the policy then adds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from app.cel_policies import KubeVersion
from app.cel_policies.policies import Part, policies
from app.leasecandidate.rules import RulesConfiguration
from app.leasecandidate.spec import NODE_LEASES
from bench import page
from bench.apiserver import Block, Total, in_turns, moment, percentile, scrape
from bench.machine import machine
from devtools.parity.controlplane import run_without_elections
from devtools.programs.binaries import find_binaries
from tests.suites.cluster.policies.installed import installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx2

_RESOURCE: Final = "leases"
_PLUGIN: Final = "plugin MutatingAdmissionPolicy"


@dataclass(frozen=True)
class Kind:
    """A kind of write."""

    title: str
    namespace: str
    holder: str | None


KINDS: Final = (
    Kind("without the policy", NODE_LEASES, "a"),
    Kind("with it, a holder is named", "with", "a"),
    Kind("with it, none is named", "with", None),
)


class Renewals:
    """Renews one Lease."""

    def __init__(self, api: httpx2.Client, kind: Kind, number: int) -> None:
        self._api = api
        self._kind = kind
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{kind.namespace}/leases"
        self._name = f"lease-{number}"
        self._stored: dict[str, Any] = {}

    def create(self) -> None:
        """Make the Lease."""
        body = {"metadata": {"name": self._name}, "spec": self._spec()}
        self._stored = self._api.post(self._path, json=body).raise_for_status().json()

    def renew(self, times: int) -> Block:
        """Renew it so many times."""
        before = scrape(self._api, _RESOURCE)
        latencies = []
        for _ in range(times):
            self._stored["spec"] = self._spec()
            started = time.perf_counter()
            answer = self._api.put(f"{self._path}/{self._name}", json=self._stored)
            latencies.append(time.perf_counter() - started)
            self._stored = answer.raise_for_status().json()
        after = scrape(self._api, _RESOURCE)
        difference = {key: after[key] - before.get(key, Total()) for key in after}
        return Block(self._kind.title, difference, tuple(latencies))

    def _spec(self) -> dict[str, object]:
        return {
            "holderIdentity": self._kind.holder,
            "leaseDurationSeconds": 15,
            "renewTime": moment(),
        }


def table(blocks: Sequence[Block]) -> str:
    """Return the figures as Markdown: the median over the turns of their means."""
    heading = (
        "| writes of a Lease | request, by the server | more | of it MutatingAdmissionPolicy "
        "| seen by the client: p50 | p99 |"
    )
    rows = [heading, "|---|--:|--:|--:|--:|--:|"]
    base = _median(blocks, KINDS[0], "request")
    for kind in KINDS:
        request, plugin = (_median(blocks, kind, key) for key in ("request", _PLUGIN))
        latencies = [
            s for block in blocks if block.namespace == kind.title for s in block.latencies
        ]
        p50, p99 = (percentile(latencies, percent) * 1e3 for percent in (50, 99))
        rows.append(
            f"| {kind.title} | {request * 1e3:.2f} ms | {(request - base) * 1e3:+.2f} ms "
            f"| {plugin * 1e3:.3f} ms | {p50:.2f} ms | {p99:.2f} ms |"
        )
    return "\n".join(rows)


def _median(blocks: Sequence[Block], kind: Kind, key: str) -> float:
    found = [block for block in blocks if block.namespace == kind.title]
    return median(block.totals.get(key, Total()).mean for block in found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.leases", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--updates", type=int, default=200, help="of a round and kind")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        binaries = find_binaries(os.environ)
        plane = stack.enter_context(run_without_elections(binaries, folder / "control-plane"))
        api = stack.enter_context(plane.client())
        for name in sorted({kind.namespace for kind in KINDS}):
            answer = api.post("/api/v1/namespaces", json={"metadata": {"name": name}})
            # kube-apiserver makes that of nodes itself.
            if answer.status_code != HTTPStatus.CONFLICT:
                answer.raise_for_status()
        made = policies(
            RulesConfiguration(), KubeVersion.parse(plane.version), parts=[Part.LEASE_HOLDER]
        )
        stack.enter_context(installed(plane, made.manifests))
        writers = [Renewals(api, kind, number) for number, kind in enumerate(KINDS)]
        blocks = in_turns(writers, arguments.rounds, arguments.updates)
        version = plane.version
    text = (
        "### What the policy on holders costs a Lease\n\n"
        f"Kubernetes {version}, `policies.leaseHolder` alone; renewals (PUT) by one client, "
        f"{arguments.rounds} rounds of {arguments.updates} of each kind, in turns.\n"
        f"{machine()}.\n\n{table(blocks)}"
    )
    print(text)
    if arguments.write:
        page.write("leases", text)


if __name__ == "__main__":
    main()
