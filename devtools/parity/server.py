"""What the real kube-apiserver says: each question is a dry run, which stores nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from app.leasecandidate.spec import GROUP, RESOURCE
from devtools.parity.connection import Connection
from devtools.parity.question import Answer, Cause
from devtools.parity.wordings import as_answered_now, minor

if TYPE_CHECKING:
    from app.leasecandidate.submission import Destination
    from devtools.controlplane import ControlPlane
    from devtools.parity.question import JsonObject, Question

_DRY_RUN: Final = "?dryRun=All&fieldValidation=Ignore"
_ACCEPTED: Final = (200, 201)
_INVALID: Final = 422
# What the server makes itself, or leaves out when it really stores.
_NOT_COMPARED: Final = frozenset({"managedFields", "resourceVersion", "selfLink"})
_MADE_FOR_NEW: Final = frozenset({"uid", "creationTimestamp"})


class Server:
    """Asks a control plane over a connection of its own: one for each thread."""

    def __init__(self, control_plane: ControlPlane) -> None:
        endpoint = control_plane.endpoint
        self._minor = minor(control_plane.version)
        self._connection = Connection(
            endpoint.host, endpoint.port, control_plane.credentials.tls(), control_plane.token
        )

    def ask(self, question: Question) -> Answer:
        """Return the server's answer to one question, as the newest minor gives it."""
        answer = self._ask(question)
        return as_answered_now(self._minor, answer, new=question.stored is None)

    def _ask(self, question: Question) -> Answer:
        destination = question.destination
        response = self._connection.request(
            "PUT" if destination.name else "POST",
            _path(destination) + _DRY_RUN,
            json.dumps(question.body).encode(),
        )
        answer: dict[str, Any] = from_json(response.body)
        code = response.code
        if code in _ACCEPTED:
            made = _NOT_COMPARED if question.stored else _NOT_COMPARED | _MADE_FOR_NEW
            return Answer(200, answer["metadata"]["name"], stored=_stored(answer, made))
        details = answer.get("details") or {}
        if code != _INVALID:
            return Answer(code)
        causes = (
            Cause(cause.get("reason", ""), cause.get("field", ""), cause.get("message", ""))
            for cause in details.get("causes", ())
        )
        return Answer(code, details.get("name", ""), tuple(causes))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def create(self, obj: JsonObject) -> JsonObject:
        """Really store an object, and return it as it is stored."""
        return self._write("POST", _target(obj, named=False), obj)

    def delete(self, obj: JsonObject) -> JsonObject:
        """Really delete an object; return what is left while finalizers hold it back."""
        return self._write("DELETE", _target(obj, named=True), {})

    def remove(self, obj: dict[str, Any]) -> None:
        """Really delete an object, whatever its finalizers."""
        released = obj | {"metadata": obj["metadata"] | {"finalizers": []}}
        self._write("PUT", _target(obj, named=True), released)
        if "deletionTimestamp" not in obj["metadata"]:
            self.delete(obj)

    def _write(self, method: str, target: str, body: JsonObject) -> JsonObject:
        response = self._connection.request(method, target, json.dumps(body).encode())
        answer: JsonObject = from_json(response.body)
        if response.code not in _ACCEPTED:
            raise AssertionError(f"{method} {target}: {response.code} {answer}")
        return answer


def _path(destination: Destination) -> str:
    collection = (
        f"/apis/{GROUP}/{destination.version}/namespaces/{destination.namespace}/{RESOURCE}"
    )
    return f"{collection}/{destination.name}" if destination.name else collection


def _target(obj: dict[str, Any], *, named: bool) -> str:
    meta = obj["metadata"]
    path = f"/apis/{obj['apiVersion']}/namespaces/{meta['namespace']}/{RESOURCE}"
    return f"{path}/{meta['name']}" if named else path


def _stored(answer: JsonObject, left_out: frozenset[str]) -> JsonObject:
    meta = answer["metadata"]
    assert isinstance(meta, dict)
    return {
        "spec": answer["spec"],
        "metadata": {name: value for name, value in meta.items() if name not in left_out},
    }
