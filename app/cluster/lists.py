"""Lists and watches of whole collections, as the JSON that the API server sends."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

import httpx2
import msgspec

from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from httpx2 import Client

CHUNK: Final = 500
"""Objects of one page, as kubectl asks for."""

_SECONDS: Final = 30.0
_WATCH_SECONDS: Final = 300


class ReadError(LeasegateError):
    """What cannot be read, as one sentence. `code` is the HTTP status, 0 where there was none."""

    def __init__(self, sentence: str, code: int = 0) -> None:
        super().__init__(sentence)
        self.code = code


class _Metadata(msgspec.Struct):
    resource_version: str = msgspec.field(default="", name="resourceVersion")
    continue_: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


def pages(client: Client, path: str, **selectors: str) -> Iterator[tuple[bytes, str]]:
    """Yield the pages of a list, each with the resourceVersion from which a watch goes on.

    `selectors` are parameters of the request, such as fieldSelector. Raises ReadError.
    """
    parameters = {**selectors, "limit": str(CHUNK)}
    while True:
        with _errors("list", path):
            answer = client.get(path, params=parameters, timeout=_SECONDS)
        content = _checked(answer, "list", path)
        try:
            metadata = msgspec.json.decode(content, type=_Page).metadata
        except msgspec.DecodeError:
            raise ReadError(f"cannot list {_Target.of(path)}: the answer is no list") from None
        yield content, metadata.resource_version
        if not metadata.continue_:
            return
        parameters["continue"] = metadata.continue_


def get(client: Client, path: str) -> bytes | None:
    """Return one object, None where it does not exist. Raises ReadError."""
    with _errors("get", path):
        answer = client.get(path, timeout=_SECONDS)
    return None if answer.status_code == HTTPStatus.NOT_FOUND else _checked(answer, "get", path)


def events(client: Client, path: str, version: str, **selectors: str) -> Generator[bytes]:
    """Yield the events of a watch, one JSON object each, until the server ends it (5 min).

    Raises ReadError.
    """
    parameters = {
        **selectors,
        "watch": "true",
        "resourceVersion": version,
        "timeoutSeconds": str(_WATCH_SECONDS),
    }
    timeout = httpx2.Timeout(_SECONDS, read=_WATCH_SECONDS + _SECONDS)
    with (
        _errors("watch", path),
        client.stream("GET", path, params=parameters, timeout=timeout) as answer,
    ):
        if answer.status_code != HTTPStatus.OK:
            answer.read()
            _checked(answer, "watch", path)
        for line in answer.iter_lines():
            yield line.encode()


@dataclass(frozen=True, slots=True)
class _Target:
    """What a path names: a resource, its namespace (empty for all), and one name, if any."""

    resource: str
    namespace: str = ""
    name: str = ""

    @classmethod
    def of(cls, path: str) -> Self:
        _, _, _, *parts = path.strip("/").split("/")
        match parts:
            case ["namespaces", namespace, resource, *name]:
                return cls(resource, namespace, "".join(name))
            case _:
                return cls(parts[0])

    def __str__(self) -> str:
        if self.name:
            return f"{self.resource} {self.namespace}/{self.name}"
        where = f"namespace {self.namespace}" if self.namespace else "all namespaces"
        return f"{self.resource} in {where}"


@contextmanager
def _errors(verb: str, path: str) -> Iterator[None]:
    try:
        yield
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ReadError(f"cannot {verb} {_Target.of(path)}: {reason}") from None


def _checked(answer: httpx2.Response, verb: str, path: str) -> bytes:
    code = answer.status_code
    if code == HTTPStatus.OK:
        return answer.content
    what = f"{verb} {_Target.of(path)}"
    if code == HTTPStatus.FORBIDDEN:
        resource = _Target.of(path).resource
        raise ReadError(
            f"you may not {what}; it takes the verb {verb} on {resource}.coordination.k8s.io (the "
            "chart's ClusterRole leasegate-reader has it)",
            code,
        )
    if code == HTTPStatus.UNAUTHORIZED:
        raise ReadError(f"cannot {what}: the API server does not know who you are", code)
    raise ReadError(f"cannot {what}: the API server answers {code}: {_message(answer)}", code)


def _message(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return " ".join(answer.text.split())[:200] or answer.reason_phrase
