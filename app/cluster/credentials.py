"""Bearer tokens that do not last: from a file that is written anew, or from a plugin.

An exec plugin is a program that prints an ExecCredential (`client.authentication.k8s.io`, v1 and
v1beta1), which is how managed clusters log people in. Source: client-go
`plugin/pkg/client/auth/exec/exec.go`.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2
import msgspec
from msgspec import Struct
from typing_extensions import override

from app.cluster.tls import load_client_certificate
from app.errors import LeasegateError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable, Generator

    from app.cluster.kubeconfig import Cluster, ExecPlugin

VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_MODES: Final = ("Never", "IfAvailable", "Always")
_EXTENSION: Final = "client.authentication.k8s.io/exec"
_FILE_LASTS: Final = timedelta(minutes=1)
_PLUGIN_SECONDS: Final = 60.0
_UNAUTHORIZED: Final = 401


class CredentialError(LeasegateError, httpx2.RequestError):
    """Credentials that cannot be had: one sentence."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A token, empty where a certificate stands in for it, and until when it is good."""

    token: str
    until: datetime | None = None


class RefreshedCredential(httpx2.Auth):
    """Sends the token that `fetch` returned, and asks for another after its end, or a 401."""

    def __init__(self, fetch: Callable[[], Credential]) -> None:
        self._fetch = fetch
        self._credential: Credential | None = None
        self._lock = threading.Lock()

    @override
    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        used = self._get(None)
        response = yield _authorized(request, used)
        if response.status_code == _UNAUTHORIZED:
            yield _authorized(request, self._get(used))

    @override
    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        # In a thread, since a plugin may take its time.
        used = await asyncio.to_thread(self._get, None)
        response = yield _authorized(request, used)
        if response.status_code == _UNAUTHORIZED:
            yield _authorized(request, await asyncio.to_thread(self._get, used))

    def _get(self, refused: Credential | None) -> Credential:
        """Return the one that is good now, but not `refused`. Fetched once for all who wait."""
        with self._lock:
            found = self._credential
            is_over = found is None or (found.until is not None and datetime.now(UTC) > found.until)
            if found is None or is_over or found is refused:
                found = self._credential = self._fetch()
            return found


def _authorized(request: httpx2.Request, credential: Credential) -> httpx2.Request:
    if credential.token:
        request.headers["Authorization"] = f"Bearer {credential.token}"
    return request


def from_file(path: str) -> Credential:
    """Read a token, such as kubelet keeps one for a pod. Raises CredentialError."""
    try:
        token = Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CredentialError(f"tokenFile {path} cannot be read: {reason}") from None
    return Credential(token, datetime.now(UTC) + _FILE_LASTS)


class _Status(Struct, rename="camel"):
    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None


class _ExecCredential(Struct, rename="camel"):
    api_version: str = ""
    status: _Status | None = None


class ExecCredentials:
    """Runs the plugin. A client certificate that it prints goes into `context`.

    Raises ValueError for a plugin that is described wrongly; a call raises CredentialError.
    """

    def __init__(self, plugin: ExecPlugin, cluster: Cluster, context: ssl.SSLContext) -> None:
        mode = plugin.interactive_mode
        if plugin.api_version not in VERSIONS:
            raise ValueError(
                f"exec.apiVersion {plugin.api_version!r} is not supported; {' and '.join(VERSIONS)}"
                " are"
            )
        if not mode and plugin.api_version == VERSIONS[0]:
            raise ValueError("exec.interactiveMode must be given: Never, IfAvailable or Always")
        if mode and mode not in _MODES:
            raise ValueError(f"exec.interactiveMode {mode!r} must be Never, IfAvailable or Always")
        self._plugin = plugin
        self._cluster = cluster
        self._context = context

    def __call__(self) -> Credential:
        """Run it and return what it printed."""
        printed = self._run(interactive=self._is_interactive())
        try:
            found = msgspec.json.decode(printed, type=_ExecCredential)
        except msgspec.MsgspecError as error:
            raise self._error(f"did not print an ExecCredential: {error}") from None
        if found.api_version != self._plugin.api_version:
            raise self._error(
                f"printed apiVersion {found.api_version!r}, not {self._plugin.api_version!r}"
            )
        status = found.status or _Status()
        certificate, key = status.client_certificate_data, status.client_key_data
        if not (status.token or (certificate and key)):
            raise self._error("printed neither a token nor a client certificate with its key")
        if certificate and key:
            self._load(certificate, key)
        return Credential(status.token, status.expiration_timestamp)

    def _load(self, certificate: str, key: str) -> None:
        try:
            load_client_certificate(self._context, certificate.encode(), key.encode())
        except (OSError, ValueError) as error:
            raise self._error(f"printed a client certificate that is none: {error}") from None

    def _is_interactive(self) -> bool:
        mode = self._plugin.interactive_mode or "IfAvailable"
        is_terminal = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not is_terminal:
            raise self._error("wants a terminal (interactiveMode: Always), and there is none")
        return mode != "Never" and is_terminal

    def _run(self, *, interactive: bool) -> bytes:
        plugin = self._plugin
        environment = {
            **os.environ,
            **{variable.name: variable.value for variable in plugin.env},
            "KUBERNETES_EXEC_INFO": json.dumps(self._info(interactive=interactive)),
        }
        try:
            done = subprocess.run(  # noqa: S603  it is what the kubeconfig is for
                [plugin.command, *plugin.args],
                env=environment,
                stdin=None if interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if interactive else subprocess.PIPE,
                timeout=None if interactive else _PLUGIN_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            hint = f": {plugin.install_hint}" if plugin.install_hint else ""
            raise self._error(f"is not installed{hint}") from None
        except subprocess.TimeoutExpired:
            raise self._error(f"did not end within {_PLUGIN_SECONDS:g} s") from None
        except (OSError, ValueError) as error:
            raise self._error(f"cannot be run: {error}") from None
        if done.returncode:
            said = (done.stderr or b"").decode(errors="replace")
            said = f": {said}" if said.strip() else ""
            raise self._error(f"failed with exit code {done.returncode}{said}")
        return done.stdout

    def _info(self, *, interactive: bool) -> dict[str, Any]:
        spec: dict[str, Any] = {"interactive": interactive}
        if self._plugin.provide_cluster_info:
            spec["cluster"] = _described(self._cluster)
        return {"kind": "ExecCredential", "apiVersion": self._plugin.api_version, "spec": spec}

    def _error(self, problem: str) -> CredentialError:
        sentence = f"the credential plugin {self._plugin.command} {' '.join(problem.split())}"
        return CredentialError("".join(map(_printable, sentence)))


def _described(cluster: Cluster) -> dict[str, Any]:
    authority = cluster.certificate_authority_data
    if cluster.certificate_authority and not authority:
        authority = Path(cluster.certificate_authority).read_bytes()
    configured = (one.extension for one in cluster.extensions if one.name == _EXTENSION)
    values = {
        "server": cluster.server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": b64encode(authority).decode("ascii"),
        "proxy-url": cluster.proxy_url,
        "disable-compression": cluster.disable_compression,
        "config": next(configured, None),
    }
    return {key: value for key, value in values.items() if value}


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
