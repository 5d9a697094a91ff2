"""A replica of the previous version, run by its own code in a process of its own.

The code comes out of the history of this repository. What it reads and writes is the fake cluster
of the test, over a pipe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import pytest

from app.pki.stores import StoreError
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pki.replicas import Setting

PREVIOUS = "ab1e93e"

SCRIPT = """
import asyncio, json, logging, sys
from base64 import b64decode, b64encode
import structlog
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
from app.cluster.stores import StoredSecret, StoreError, StoreProblem, WebhookConfiguration
from app.pki.lifetimes import Lifetimes
from app.pki.rotation_changes import Workshop
from app.pki.self_managed import Clock, SelfManagedCertificates, Stores
from app.pki.secret_state import leaf_of, read_authorities

def ask(**question):
    print(json.dumps(question), flush=True)
    return json.loads(sys.stdin.readline())

def encoded(data):
    return {key: b64encode(value).decode() for key, value in data.items()}

def stored(answer):
    if "conflict" in answer:
        raise StoreError(StoreProblem.CONFLICT, "somebody was faster")
    return StoredSecret({k: b64decode(v) for k, v in answer["data"].items()}, answer["version"])

class Secret:
    async def read(self):
        return stored(ask(ask="read the Secret"))
    async def write(self, data, version):
        return stored(ask(ask="write the Secret", data=encoded(data), version=version))

class Bundles:
    async def read(self):
        found = ask(ask="read the bundles")
        return [WebhookConfiguration(kind, "leasegate", "1", {"webhook": b64decode(pem)})
                for kind, pem in found.items()]
    async def publish(self, configuration, bundle):
        ask(ask="publish", kind=configuration.kind, bundle=b64encode(bundle).decode())

class Holder:
    pair = None
    def serve(self, pair, authority_not_after=None):
        self.pair = pair

holder, now = Holder(), 0.0
clock = Clock(lambda: now, lambda: now)
workshop = Workshop(names=["leasegate.x.svc"], lifetimes=Lifetimes())
stores = Stores(secret=Secret(), bundles=Bundles())
one = SelfManagedCertificates(sys.argv[1], stores, workshop, holder, clock=clock)
for line in sys.stdin:
    told = json.loads(line)
    now = told["now"]
    done = None
    if told["do"] == "step":
        try:
            done = asyncio.run(one.step())
        except StoreError:
            done = True
    elif told["do"] == "leave":
        asyncio.run(one.leave())
    leaf = holder.pair.certificate_pem.decode() if holder.pair else ""
    print(json.dumps({"done": done, "problem": one.problem(), "leaf": leaf}), flush=True)
"""


@dataclass
class PreviousReplica:
    """It does a step when it is told to."""

    setting: Setting
    reads: IO[str]
    writes: IO[str]
    leaf: str = ""
    problem: str | None = "not started"

    def do(self, what: str = "step") -> bool:
        """Let it do something; tell whether something was done."""
        self._tell({"do": what, "now": self.setting.now})
        while True:
            said = json.loads(self.writes.readline())
            if "ask" not in said:
                self.leaf = said["leaf"]
                self.problem = said["problem"]
                return bool(said["done"])
            self._tell(self._answer(said))

    def settle(self) -> None:
        for _ in range(30):
            if not self.do():
                return
        raise AssertionError("there was always something more to do")

    def _tell(self, what: dict[str, Any]) -> None:
        self.reads.write(json.dumps(what) + "\n")
        self.reads.flush()

    def _answer(self, said: dict[str, Any]) -> dict[str, Any]:
        secret, bundles = self.setting.secret, self.setting.bundles
        match said["ask"]:
            case "read the bundles":
                return {kind: b64encode(pem).decode() for kind, pem in bundles.bundles.items()}
            case "publish":
                bundles.bundles[said["kind"]] = b64decode(said["bundle"])
                bundles.published += 1
                return {}
            case "write the Secret":
                try:
                    data = {key: b64decode(value) for key, value in said["data"].items()}
                    secret.put(data, said["version"])
                except StoreError:
                    return {"conflict": True}
        held = {key: b64encode(value).decode() for key, value in secret.data.items()}
        return {"data": held, "version": str(secret.version) if secret.version else ""}


def previous_code(folder: Path) -> Path:
    """Unpack the code of the previous version; the test fails where the history lacks it."""
    packed = subprocess.run(
        ["git", "archive", PREVIOUS, "app"], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.fail(
            f"this clone lacks the commit {PREVIOUS}, the previous version; fetch the whole history"
        )
    subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
    return folder


@contextmanager
def previous_replica(setting: Setting, code: Path, name: str) -> Iterator[PreviousReplica]:
    """Start a replica of the previous version; it ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", SCRIPT, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PYTHONPATH": str(code)},
        cwd=code,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield PreviousReplica(setting, process.stdin, process.stdout)
        finally:
            process.stdin.close()
