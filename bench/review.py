"""The requests that every peer is sent: creates, updates that change something, heartbeats."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

_EXAMPLES: Final = Path(__file__).parents[1] / "examples" / "reviews"
_CANDIDATES: Final = 100
_BETWEEN: Final = timedelta(minutes=5)
_TIME: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
_SECONDS: Final = "%Y-%m-%dT%H:%M:%SZ"


def creates(count: int = 1000, *, start: int = 0) -> list[bytes]:
    """Return the creates of so many candidates, each renewed now.

    Each is what kube-apiserver sent of a kube-controller-manager.
    """
    example = _example("create-by-kube-controller-manager")
    now = datetime.now(UTC)
    return [_encoded(_create(example, number, now)) for number in range(start, start + count)]


def changes(count: int = 1000, *, start: int = 0) -> list[bytes]:
    """Return so many updates that renew a candidate and give it another strategy and label."""
    example = _example("update-heartbeat-by-kube-scheduler")
    return [_encoded(_change(example, number)) for number in range(start, start + count)]


def heartbeats(count: int = 1000, *, start: int = 0) -> list[bytes]:
    """Return so many updates that renew one of 100 candidates, which take turns.

    Each is what kube-apiserver sent of a kube-scheduler that renews itself, managedFields included.
    """
    example = _example("update-heartbeat-by-kube-scheduler")
    return [_encoded(_update(example, number)) for number in range(start, start + count)]


def _example(name: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads((_EXAMPLES / f"{name}.json").read_text("utf-8"))
    return example


def _encoded(review: dict[str, Any]) -> bytes:
    return json.dumps(review, separators=(",", ":")).encode()


def _create(example: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    review = deepcopy(example)
    request = review["request"]
    request["uid"] = f"{request['uid'][:-8]}{number:08d}"
    request["name"] = name = f"{request['name']}-{number:06d}"
    metadata = request["object"]["metadata"]
    metadata["name"] = name
    metadata["uid"] = f"{request['uid'][:-8]}{number:08d}"
    metadata["creationTimestamp"] = now.strftime(_SECONDS)
    request["object"]["spec"]["renewTime"] = (now - timedelta(microseconds=number)).strftime(_TIME)
    return review


def _change(example: dict[str, Any], number: int) -> dict[str, Any]:
    review = _update(example, number)
    for field, revision in (("oldObject", number), ("object", number + 1)):
        candidate = review["request"][field]
        candidate["metadata"]["labels"] = {"example.com/revision": f"r{revision}"}
        candidate["spec"]["strategy"] = f"example.com/strategy-{revision}"
    return review


def _update(example: dict[str, Any], number: int) -> dict[str, Any]:
    candidate, turn = number % _CANDIDATES, number // _CANDIDATES
    review = deepcopy(example)
    request = review["request"]
    request["uid"] = f"{request['uid'][:-8]}{number:08d}"
    request["name"] = name = f"{request['name']}-{candidate:03d}"
    created = datetime.fromisoformat(request["object"]["metadata"]["creationTimestamp"])
    created += timedelta(seconds=candidate)
    renewed = datetime.fromisoformat(request["oldObject"]["spec"]["renewTime"])
    renewed += timedelta(seconds=candidate, microseconds=candidate) + turn * _BETWEEN
    for field, time in (("oldObject", renewed), ("object", renewed + _BETWEEN)):
        metadata = request[field]["metadata"]
        metadata["managedFields"][0]["time"] = time.strftime(_SECONDS)
        metadata["name"] = name
        metadata["uid"] = f"{metadata['uid'][:-4]}{candidate:04d}"
        metadata["resourceVersion"] = str(1000 + number)
        metadata["creationTimestamp"] = created.strftime(_SECONDS)
        request[field]["spec"]["renewTime"] = time.strftime(_TIME)
    return review


def post(path: str, body: bytes) -> bytes:
    """Return the whole request, with the header fields that kube-apiserver sends."""
    head = (
        f"POST {path}?timeout=10s HTTP/1.1\r\n"
        "Host: leasegate.leasegate.svc:443\r\n"
        "User-Agent: kube-apiserver-admission\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Accept: application/json, */*\r\n"
        "Content-Type: application/json\r\n"
        "Accept-Encoding: gzip\r\n\r\n"
    )
    return head.encode() + body
