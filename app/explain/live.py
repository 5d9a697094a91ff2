"""The Leases and candidates of a cluster: read once, or followed."""

from __future__ import annotations

import queue
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

import msgspec

from app.cluster.lists import ReadError, events, get, pages
from app.cluster.stored_candidates import NotServedError, candidate_pages
from app.explain.objects import ObjectError, Stored, read
from app.explain.snapshot import CONTROLLER, Snapshot
from app.leasecandidate.spec import GROUP, NODE_LEASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpx2 import Client

_LEASES: Final = f"/apis/{GROUP}/v1"


class LiveObjects:
    """Reads and follows the objects of one namespace, of all namespaces where it is empty.

    Then the server leaves out the Leases of nodes.
    """

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        others = {"fieldSelector": f"metadata.namespace!={NODE_LEASES}"}
        self._selectors = {} if namespace else others
        self._versions: dict[str, str] = {}

    def snapshot(self) -> Snapshot:
        """Return what is stored now. Raises ReadError.

        There are no candidates where the cluster does not serve LeaseCandidate.
        """
        snapshot = Snapshot()
        within = f"/namespaces/{self._namespace}" if self._namespace else ""
        path = f"{_LEASES}{within}/leases"
        for content, version in pages(self._client, path, **self._selectors):
            _add(content, snapshot)
            self._versions[path] = version
        with suppress(NotServedError):
            for path, content, version in candidate_pages(
                self._client, self._namespace, **self._selectors
            ):
                _add(content, snapshot)
                self._versions[path] = version
        self._add_controller(snapshot)
        return snapshot

    def _add_controller(self, snapshot: Snapshot) -> None:
        """Add the Lease that says who runs the elections, if this user may read it."""
        if self._namespace in {"", CONTROLLER.namespace}:
            snapshot.knows_controller = True
            return
        namespace, name = CONTROLLER
        try:
            content = get(self._client, f"{_LEASES}/namespaces/{namespace}/leases/{name}")
        except ReadError:
            return
        snapshot.knows_controller = True
        if content is not None:
            _add(content, snapshot)

    def follow(self, snapshot: Snapshot, changed: Callable[[], None]) -> None:
        """Keep `snapshot` up to date, and call `changed` after each burst of events.

        Also calls it every second, since verdicts depend on the time. Ends with an error of a watch
        (ReadError), or one that `changed` raises.
        """
        arrived: queue.Queue[bytes | ReadError] = queue.Queue()
        for path, version in self._versions.items():
            threading.Thread(target=self._watch, args=(path, version, arrived), daemon=True).start()
        while True:
            for found in _burst(arrived):
                if isinstance(found, ReadError):
                    raise found
                _apply(found, snapshot)
            changed()

    def _watch(self, path: str, version: str, arrived: queue.Queue[bytes | ReadError]) -> None:
        try:
            while True:
                with closing(events(self._client, path, version, **self._selectors)) as lines:
                    for line in lines:
                        arrived.put(line)
                        version = _version(line) or version
        except ReadError as error:
            arrived.put(error)
        except RuntimeError:
            return  # the client was closed: nobody listens any more


def _burst(arrived: queue.Queue[bytes | ReadError]) -> Iterator[bytes | ReadError]:
    """Yield what arrives within a second, and then all that has arrived already."""
    try:
        yield arrived.get(timeout=1)
        while True:
            yield arrived.get_nowait()
    except queue.Empty:
        return


class _Metadata(msgspec.Struct):
    resource_version: str = msgspec.field(default="", name="resourceVersion")


class _Object(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _Event(msgspec.Struct):
    type: str
    object: msgspec.Raw


def _version(line: bytes) -> str:
    event = msgspec.json.decode(line, type=_Event)
    if event.type == "ERROR":
        raise ReadError("the watch ended: the API server does not go on from here; start anew")
    return msgspec.json.decode(event.object, type=_Object).metadata.resource_version


def _apply(line: bytes, snapshot: Snapshot) -> None:
    event = msgspec.json.decode(line, type=_Event)
    for found in _usable(event.object):
        (snapshot.remove if event.type == "DELETED" else snapshot.add)(found)


def _add(content: bytes, snapshot: Snapshot) -> None:
    for found in _usable(content):
        snapshot.add(found)


def _usable(content: bytes | msgspec.Raw) -> Iterator[Stored]:
    """Yield the objects that can be read; only dates outside the calendar cannot."""
    try:
        for found in read(content):
            if not isinstance(found, ObjectError):
                yield found
    except ObjectError:
        return
