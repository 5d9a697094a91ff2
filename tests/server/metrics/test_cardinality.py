"""However hostile the clients are, the number of series stays the same."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

from tests.server.metrics.requests import Request, samples_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.server.metrics import Metrics
    from tests.server.metrics.requests import ReadExample, Review, Send

MARK = "hostile"
ENVELOPE = '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":'


def attacks(example: Review, number: int) -> Iterator[Request]:
    """Yield requests with a value of the client's own in every place, different each time."""
    evil = f'{MARK}-{number}"}}\n\u2028\x1b[31m'
    for path in ("/validate", "/mutate"):
        for operation in ("CREATE", "UPDATE", "DELETE", "CONNECT"):
            review = copy.deepcopy(example)
            request = review["request"]
            request |= {"operation": operation, "uid": evil, "name": evil, "namespace": evil}
            request |= {"userInfo": {"username": evil, "groups": [evil]}, "dryRun": number % 2 == 0}
            request |= {"subResource": evil if number % 3 == 0 else ""}
            request["oldObject"] = copy.deepcopy(request["object"])
            request["object"]["spec"] |= {"strategy": evil, "leaseName": evil, evil: evil}  # type: ignore[index]
            request["object"]["metadata"] |= {"labels": {evil: evil}, "name": evil}  # type: ignore[index]
            yield Request(path, review)
            yield Request(path, review | {"apiVersion": evil})
            yield Request(path, {**review, "request": request | {"operation": evil}})
            group = {"group": evil, "version": evil, "resource": evil}
            yield Request(path, {**review, "request": request | {"resource": group}})
        start = json.dumps({"uid": evil, "operation": evil, "name": evil})[:-1]
        yield Request(path, (ENVELOPE + start + ',"x":"' + "<" * 65536).encode())
        yield Request(path, evil.encode())
        yield Request(path, headers={"content-type": f"text/{MARK}{number}"})
        yield Request(path, headers={"content-type": "application/json", MARK: str(number)})
        yield Request(path, method=f"{MARK}{number}".upper())
        yield Request(f"{path}/{MARK}{number}")
        yield Request(f"{path}?{MARK}={number}")


def test_hostile_clients_make_no_series(metrics: Metrics, send: Send, example: ReadExample) -> None:
    create = example("create-valid")

    def flood(first: int, count: int) -> set[str]:
        send(
            request for number in range(first, first + count) for request in attacks(create, number)
        )
        return set(samples_of(metrics))

    # Number 0 to 5 take each way through the code once: a dry run or not, a subresource or not.
    once = flood(0, 6)
    again = flood(6, 30)
    assert again == once
    assert not [series for series in again if MARK in series.lower()]
