"""Kubeconfig files, read as kubectl reads them: which cluster, as whom, in which namespace.

Fields and their meaning: client-go `tools/clientcmd/api/v1/types.go`; the search and the merge:
`tools/clientcmd/loader.go`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import yaml
from msgspec import Meta, Struct

from app.cluster.service_account import SERVICE_ACCOUNT
from app.errors import LeasegateError, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Name = Annotated[str, Meta(min_length=1)]
UNVERIFIED: Final = "insecure-skip-tls-verify is set, so anybody could pose as the API server"
"""The warning about a cluster that is not verified."""


class KubeconfigError(LeasegateError, ValueError):
    """A kubeconfig that cannot be used: one sentence."""


class Extension(Struct):
    """Data of another program, by name."""

    name: str
    extension: Any = None


class Cluster(Struct, rename="kebab"):
    """How to reach an API server, and how to know that it is the right one. Data are decoded."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: bytes = b""
    proxy_url: str = ""
    disable_compression: bool = False
    extensions: list[Extension] = []


class EnvironmentVariable(Struct):
    """A variable that a plugin gets besides those of this process."""

    name: _Name
    value: str = ""


class ExecPlugin(Struct, rename="camel"):
    """A program that prints credentials (client.authentication.k8s.io)."""

    command: _Name
    api_version: str
    args: list[str] = []
    env: list[EnvironmentVariable] = []
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class User(Struct, rename="kebab"):
    """The credentials of a user, and the user to impersonate, if any."""

    client_certificate: str = ""
    client_certificate_data: bytes = b""
    client_key: str = ""
    client_key_data: bytes = b""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    username: str = ""
    password: str = ""
    impersonate: str = msgspec.field(default="", name="as")
    as_uid: str = ""
    as_groups: list[str] = []
    as_user_extra: dict[str, list[str]] = {}
    auth_provider: dict[str, Any] = {}
    exec: ExecPlugin | None = None


class _Context(Struct):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class _NamedCluster(Struct):
    name: str
    cluster: Cluster = msgspec.field(default_factory=Cluster)


class _NamedUser(Struct):
    name: str
    user: User = msgspec.field(default_factory=User)


class _NamedContext(Struct):
    name: str
    context: _Context = msgspec.field(default_factory=_Context)


class _File(Struct, rename="kebab"):
    clusters: list[_NamedCluster] = []
    users: list[_NamedUser] = []
    contexts: list[_NamedContext] = []
    current_context: str = ""


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """One cluster and one user of it. `source` says in an error where they come from.

    `namespace` is the default one. `in_pod` says that this is a pod's service account: its API
    server is reached directly, whatever proxy the environment names.
    """

    cluster: Cluster
    user: User
    namespace: str
    source: str
    in_pod: bool = False


@dataclass(slots=True)
class _Merged:
    """Several files as one: of entries with the same name, the first counts."""

    clusters: dict[str, Cluster] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    contexts: dict[str, _Context] = field(default_factory=dict)
    current: str = ""

    def add(self, file: _File) -> None:
        for cluster in file.clusters:
            self.clusters.setdefault(cluster.name, cluster.cluster)
        for user in file.users:
            self.users.setdefault(user.name, user.user)
        for context in file.contexts:
            self.contexts.setdefault(context.name, context.context)
        self.current = self.current or file.current_context

    def select(self, wanted: str, source: str) -> ClusterAccess:
        name = wanted or self.current
        known = f"it has {', '.join(map(repr, self.contexts)) or 'none'}"
        if not name:
            raise KubeconfigError(f"current-context is not set; choose one with --context: {known}")
        if (context := self.contexts.get(name)) is None:
            raise KubeconfigError(f"there is no context {name!r}; {known}")
        if (cluster := self.clusters.get(context.cluster)) is None:
            raise KubeconfigError(f"context {name!r}: there is no cluster {context.cluster!r}")
        user = self.users.get(context.user)
        if user is None and context.user:
            raise KubeconfigError(f"context {name!r}: there is no user {context.user!r}")
        if not cluster.server:
            raise KubeconfigError(f"cluster {context.cluster!r}: server is not set")
        namespace = context.namespace or "default"
        return ClusterAccess(cluster, user or User(), namespace, f"{source}, context {name!r}")


def find_access(
    kubeconfig: Path | None, context: str | None, environment: Mapping[str, str]
) -> ClusterAccess | None:
    """Return the access that kubectl would use; None where there is none.

    That is the file that is given, else those of KUBECONFIG, else ~/.kube/config, else the pod's
    service account. Raises KubeconfigError.
    """
    if kubeconfig is not None:
        return read_access([kubeconfig], context)
    named = environment.get("KUBECONFIG", "")
    paths = [Path(part) for part in named.split(os.pathsep) if part]
    home = environment.get("HOME")
    if not named and home:
        paths = [Path(home) / ".kube" / "config"]
    if found := [path for path in paths if path.exists()]:
        return read_access(found, context)
    if context:
        raise KubeconfigError(f"there is no kubeconfig to take the context {context!r} from")
    return pod_access(environment)


def read_access(paths: Iterable[Path], context: str | None = None) -> ClusterAccess:
    """Return the named context of these files, else the current one. Raises KubeconfigError."""
    merged, names = _Merged(), []
    for path in paths:
        names.append(str(path))
        try:
            merged.add(_read(path))
        except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
            raise _unusable(str(path), error) from None
    source = f"the kubeconfig {os.pathsep.join(names)}"
    try:
        return merged.select(context or "", source)
    except KubeconfigError as error:
        raise KubeconfigError(f"{source} cannot be used: {error}") from None


def pod_access(environment: Mapping[str, str]) -> ClusterAccess | None:
    """Return the service account that kubelet mounts into a pod; None outside of one."""
    host, port = (environment.get(f"KUBERNETES_SERVICE_{part}", "") for part in ("HOST", "PORT"))
    token = SERVICE_ACCOUNT / "token"
    if not host or not token.is_file():
        return None
    try:
        namespace = (SERVICE_ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        namespace = "default"
    return ClusterAccess(
        Cluster(
            server=f"https://{f'[{host}]' if ':' in host else host}:{port or 443}",
            certificate_authority=str(SERVICE_ACCOUNT / "ca.crt"),
        ),
        User(token_file=str(token)),
        namespace,
        "this pod's service account",
        in_pod=True,
    )


def _read(path: Path) -> _File:
    tree = yaml.safe_load(path.read_bytes())
    if not isinstance(tree, dict):
        raise KubeconfigError("it is no mapping")
    file = msgspec.convert(_without_nulls(tree), _File)
    folder = Path(os.path.abspath(path.parent))  # noqa: PTH100  a symbolic link keeps its own folder
    for cluster in file.clusters:
        _absolute(folder, cluster.cluster, "certificate_authority")
    for user in file.users:
        _absolute(folder, user.user, "client_certificate", "client_key", "token_file")
        if user.user.exec is not None and os.sep in user.user.exec.command:
            _absolute(folder, user.user.exec, "command")
    return file


def _absolute(folder: Path, struct: Struct, *names: str) -> None:
    for name in names:
        if value := getattr(struct, name):
            setattr(struct, name, str(folder / value))


def _without_nulls(tree: object) -> object:
    """Return the tree without null values, which Go reads as absent ones."""
    match tree:
        case dict():
            return {key: _without_nulls(value) for key, value in tree.items() if value is not None}
        case list():
            return [_without_nulls(value) for value in tree if value is not None]
    return tree


def _unusable(path: str, error: Exception) -> KubeconfigError:
    match error:
        case OSError():
            why = reason(error)
        case yaml.MarkedYAMLError() if error.problem_mark:
            why = f"line {error.problem_mark.line + 1}: it is not YAML: {error.problem}"
        case _:
            why = first_line(error)
    return KubeconfigError(f"the kubeconfig {path} cannot be used: {why}")


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, or its type where it has none."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
