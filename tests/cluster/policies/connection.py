"""One keep-alive connection to kube-apiserver, for one thread.

The standard library's client takes a third of the time of an ordinary HTTP client, and two cores
are all there is for the server and for us.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http.client import HTTPSConnection
from typing import TYPE_CHECKING, Any, Final, Self

from tests.policy.writes import as_sent

if TYPE_CHECKING:
    from app.leasecandidate.rules import Requester
    from tests.cluster.controlplane import ControlPlane
    from tests.policy.writes import Case, JsonObject

_WARNING: Final = re.compile(r'299 \S+ "(?P<text>(?:[^"\\]|\\.)*)"')
_PREFIX: Final = re.compile(r"Validation failed for ValidatingAdmissionPolicy '.*?' .*?: ")


@dataclass(frozen=True)
class Answer:
    """What the server said: `warnings` are those of policies, without the policy's name."""

    code: int
    warnings: tuple[str, ...]
    body: JsonObject

    @property
    def spec(self) -> JsonObject:
        """The spec of the object that would be stored."""
        spec: JsonObject = self.body["spec"]
        return spec

    @property
    def message(self) -> str:
        """Why the write was refused."""
        return str(self.body["message"])


class Connection:
    """Writes candidates, as any user; nothing is stored unless `dry_run` is false."""

    def __init__(self, control_plane: ControlPlane) -> None:
        endpoint = control_plane.endpoint
        self._connection = HTTPSConnection(
            endpoint.host, endpoint.port, context=control_plane.credentials.tls(), timeout=60
        )
        self._token = control_plane.token

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def write(self, case: Case, version: str = "v1beta1", *, dry_run: bool = True) -> Answer:
        """Create what has no old object, and update what has one."""
        metadata: JsonObject = dict(case.object["metadata"])
        target = f"/apis/coordination.k8s.io/{version}/namespaces/{case.namespace}/leasecandidates"
        if case.old is None:
            method = "POST"
            metadata.pop("resourceVersion", None)
        else:
            method = "PUT"
            target += f"/{metadata['name']}"
        body = {"metadata": metadata, "spec": as_sent(case.object["spec"])}
        if dry_run:
            target += "?dryRun=All"
        return self._request(method, target, json.dumps(body).encode(), case.user)

    def _request(self, method: str, target: str, body: bytes, user: Requester) -> Answer:
        self._connection.putrequest(method, target)
        self._connection.putheader("Authorization", f"Bearer {self._token}")
        self._connection.putheader("Content-Type", "application/json")
        self._connection.putheader("Content-Length", str(len(body)))
        self._connection.putheader("Impersonate-User", user.username)
        for group in sorted(user.groups):
            self._connection.putheader("Impersonate-Group", group)
        self._connection.endheaders(body)
        response = self._connection.getresponse()
        answer: Any = json.loads(response.read())
        warnings = response.headers.get_all("Warning", [])
        return Answer(response.status, tuple(_of_policies(warnings)), answer)


def _of_policies(headers: list[str]) -> list[str]:
    texts = [match["text"] for header in headers for match in _WARNING.finditer(header)]
    return [
        text[match.end() :].replace('\\"', '"').replace("\\\\", "\\")
        for text in texts
        if (match := _PREFIX.match(text)) is not None
    ]
