"""A server whose metrics somebody looks at."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from tests.reviews import RECORDED

if TYPE_CHECKING:
    from pathlib import Path

    from devtools.controlplane.ports import Endpoint


@dataclass(frozen=True, slots=True)
class ObservedServer:
    """Where reviews go, who vouches for it, and the operations port."""

    url: str
    ca: Path
    operations: Endpoint

    def send_recorded_reviews(self) -> None:
        """Send what was recorded from a live kube-apiserver to both webhooks, and something bad."""
        context = ssl.create_default_context(cafile=self.ca)
        headers = {"content-type": "application/json"}
        with httpx2.Client(base_url=self.url, verify=context) as client:
            for body in RECORDED.values():
                for path in ("/validate", "/mutate"):
                    client.post(path, content=body, headers=headers).raise_for_status()
            client.post("/validate", content=b"no review", headers=headers)
            client.get("/nowhere")

    def scrape(self, accept: str) -> httpx2.Response:
        """Fetch the metrics in the format that is asked for."""
        url = self.operations.url("http") + "/metrics"
        return httpx2.get(url, headers={"accept": accept}).raise_for_status()
