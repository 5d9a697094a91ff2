"""Writes candidates as any user, and says what the server and its policies made of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic_core import from_json

from app.leasecandidate.spec import GROUP, RESOURCE
from devtools.parity.connection import Connection
from tests.cel_policies.writes import as_sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.leasecandidate.rules import Requester
    from devtools.controlplane import ControlPlane
    from tests.cel_policies.writes import Case, JsonObject

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


class Writer:
    """Writes candidates over a connection of its own, until its `with` ends."""

    def __init__(self, control_plane: ControlPlane) -> None:
        endpoint = control_plane.endpoint
        self._connection = Connection(
            endpoint.host, endpoint.port, control_plane.credentials.tls(), control_plane.token
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def write(self, case: Case, version: str = "v1beta1", *, dry_run: bool = True) -> Answer:
        """Create what has no old object, and update what has one."""
        metadata: JsonObject = dict(case.object["metadata"])
        target = f"/apis/{GROUP}/{version}/namespaces/{case.namespace}/{RESOURCE}"
        if case.old is None:
            method = "POST"
            metadata.pop("resourceVersion", None)
        else:
            method = "PUT"
            target += f"/{metadata['name']}"
        body = {"metadata": metadata, "spec": as_sent(case.object["spec"])}
        if dry_run:
            target += "?dryRun=All"
        response = self._connection.request(
            method, target, json.dumps(body).encode(), _impersonation(case.user)
        )
        answer: Any = from_json(response.body)
        return Answer(response.code, tuple(_of_policies(response.warnings)), answer)


def _impersonation(user: Requester) -> str:
    lines = [f"Impersonate-User: {user.username}"]
    lines += [f"Impersonate-Group: {group}" for group in sorted(user.groups)]
    return "".join(f"{line}\r\n" for line in lines)


def _of_policies(headers: Iterable[str]) -> list[str]:
    texts = [match["text"] for header in headers for match in _WARNING.finditer(header)]
    return [
        text[match.end() :].replace('\\"', '"').replace("\\\\", "\\")
        for text in texts
        if (match := _PREFIX.match(text)) is not None
    ]
