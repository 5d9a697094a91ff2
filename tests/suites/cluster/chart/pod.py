"""A pod of the chart as a process: its own arguments, environment, volumes and token.

What kubelet would do is done in a mount namespace of the process: each volume stands where the pod
has it. The container's image is this checkout. /tmp stays the machine's, since the checkout may be
there, and so do the user and the capabilities: tests/suites/node has all of that.
"""

from __future__ import annotations

import os
import shlex
import sys
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devtools.controlplane import Process, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.suites.cluster.chart.release import Release

Json = dict[str, Any]
ROOT: Final = Path(__file__).parents[4]
TOKEN_FOLDER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105  a path
# What the admission plugin ServiceAccount adds to a pod that mounts its token.
AUTOMATIC: Final[Json] = {
    "name": "automatic",
    "projected": {
        "sources": [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
            {
                "configMap": {
                    "name": "kube-root-ca.crt",
                    "items": [{"key": "ca.crt", "path": "ca.crt"}],
                }
            },
            {
                "downwardAPI": {
                    "items": [
                        {"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}
                    ]
                }
            },
        ]
    },
}


@dataclass(frozen=True)
class Pod:
    """A pod that is made from the spec of a template; `folder` is its place on this machine."""

    release: Release
    spec: Json
    folder: Path

    def process(self, name: str) -> Process:
        """Return its one container as a process that is not started yet."""
        (container,) = self.spec["containers"]
        volumes = {volume["name"]: volume for volume in self.spec.get("volumes", ())}
        mounts = {
            mount["mountPath"]: volumes[mount["name"]]
            for mount in container.get("volumeMounts", ())
        }
        if self.spec["automountServiceAccountToken"]:
            mounts[TOKEN_FOLDER] = AUTOMATIC
        mounts.pop("/tmp", None)  # noqa: S108  see above
        script = [f"cd {shlex.quote(str(ROOT))}", *self._overlays(mounts)]
        for number, (path, volume) in enumerate(mounts.items()):
            source = self.folder / f"volume-{number}"
            self._fill(source, volume)
            script += [f"mkdir -p {path}", f"mount --bind {shlex.quote(str(source))} {path}"]
        program = [sys.executable, "-m", "app", *container["args"]]
        variables = [f"{key}={value}" for key, value in self._environment(container)]
        # The kernel forgets who must not outlive whom when a process gets other credentials.
        script.append(
            shlex.join(["exec", "setpriv", "--pdeathsig=KILL", "env", *variables, *program])
        )
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-r", "--mount"]
        command = [*unshare, "sh", "-e", "-c", "\n".join(script)]
        return Process(name, ["/usr/bin/env", *command], self.folder / f"{name}.log")

    def _overlays(self, mounts: Json) -> Iterator[str]:
        """Make room for mount points, without a trace outside of the namespace."""
        over = shlex.quote(str(self.folder / "over"))
        yield f"mkdir -p {over}"
        yield f"mount -t tmpfs tmpfs {over}"
        for top in sorted({f"/{Path(path).resolve().parts[1]}" for path in mounts}):
            upper, work = f"{over}{top}/upper", f"{over}{top}/work"
            options = f"lowerdir={top},upperdir={upper},workdir={work}"
            yield f"mkdir -p {upper} {work}"
            yield f"mount -t overlay overlay -o {options} {top}"

    def _environment(self, container: Json) -> Iterator[tuple[str, str]]:
        yield "KUBERNETES_SERVICE_HOST", self.release.control_plane.endpoint.host
        yield "KUBERNETES_SERVICE_PORT", str(self.release.control_plane.endpoint.port)
        for variable in container.get("env", ()):
            value = variable.get("value")
            if value is None:
                field = variable["valueFrom"]["fieldRef"]
                assert field["fieldPath"] == "metadata.namespace"
                value = self.release.namespace
            yield variable["name"], value

    def _fill(self, folder: Path, volume: Json) -> None:
        folder.mkdir(parents=True)
        match volume:
            case {"configMap": {"name": name}}:
                self._write(folder, self._get("configmaps", name)["data"])
            case {"secret": {"secretName": name}}:
                data = self._get("secrets", name)["data"]
                self._write(folder, {key: b64decode(value).decode() for key, value in data.items()})
            case {"projected": {"sources": sources}}:
                for source in sources:
                    self._project(folder, source)
            case _:
                assert "emptyDir" in volume, volume

    def _project(self, folder: Path, source: Json) -> None:
        match source:
            case {"serviceAccountToken": {"path": path, "expirationSeconds": seconds}}:
                self._write(folder, {path: self._token(seconds)})
            case {"configMap": {"name": name, "items": [{"key": key, "path": path}]}}:
                self._write(folder, {path: self._get("configmaps", name)["data"][key]})
            case {"downwardAPI": {"items": [{"path": path, "fieldRef": field}]}}:
                assert field["fieldPath"] == "metadata.namespace"
                self._write(folder, {path: self.release.namespace})
            case _:
                raise AssertionError(f"a source that is not known: {source}")

    def _token(self, seconds: int) -> str:
        account = self.spec["serviceAccountName"]
        answer = self.release.api.post(
            f"/api/v1/namespaces/{self.release.namespace}/serviceaccounts/{account}/token",
            json={"spec": {"expirationSeconds": seconds}},
        )
        answer.raise_for_status()
        return str(answer.json()["status"]["token"])

    def _get(self, resource: str, name: str) -> Json:
        """Return an object, once it is there: kubelet waits too, for what a controller makes."""
        path = f"/api/v1/namespaces/{self.release.namespace}/{resource}/{name}"
        wait_for(lambda: self.release.api.get(path).is_success, f"{resource}/{name}", 30)
        return self.release.get(path)

    def _write(self, folder: Path, files: dict[str, str]) -> None:
        for name, content in files.items():
            (folder / name).write_text(content)
