"""The request that every peer is sent: a heartbeat of 1.4 kB, which nearly all reviews are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_EXAMPLE: Final = Path(__file__).parents[1] / "examples" / "reviews" / "update-renews.json"


def heartbeat() -> bytes:
    """Return the example as kube-apiserver writes it, in one line, without managedFields.

    Those double its size where kubectl has written; candidates that write themselves have few.
    """
    review = json.loads(_EXAMPLE.read_text("utf-8"))
    for name in ("object", "oldObject"):
        del review["request"][name]["metadata"]["managedFields"]
    return json.dumps(review, separators=(",", ":")).encode()


def post(path: str, body: bytes) -> bytes:
    """Return the whole request, with the header fields that kube-apiserver sends."""
    head = (
        f"POST {path}?timeout=1s HTTP/1.1\r\n"
        "Host: leasegate.leasegate.svc:443\r\n"
        "User-Agent: kube-apiserver-admission\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Accept: application/json, */*\r\n"
        "Content-Type: application/json\r\n"
        "Accept-Encoding: gzip\r\n\r\n"
    )
    return head.encode() + body
