"""Kubeconfigs as people have them, and what an API server sees of a client that has one.

The same table is for leasegate alone and beside the real kubectl: what is seen is the same.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

from tests.cluster.kubeconfig_scene import NAME, Json, Scene, Seen


def token(value: str, version: str = "v1", **status: str) -> str:
    """Return a script that prints an ExecCredential."""
    printed = {
        "apiVersion": f"client.authentication.k8s.io/{version}",
        "kind": "ExecCredential",
        "status": {"token": value, **status},
    }
    return f"echo '{json.dumps(printed)}'"


def plugin(command: str, version: str = "v1", **more: object) -> Json:
    """Return a user with an exec plugin."""
    described = {"apiVersion": f"client.authentication.k8s.io/{version}", "command": command}
    return {"exec": described | {"interactiveMode": "Never"} | more}


def client_certificate(scene: Scene) -> tuple[bytes, bytes]:
    """Return a chain and a key that the server knows as alice."""
    made = scene.authority.issue_cert(common_name="alice")
    return made.cert_chain_pems[0].bytes(), made.private_key_pem.bytes()


@dataclass(frozen=True)
class Case:
    """A kubeconfig, the environment of the command, and what the server must see."""

    make: Callable[[Scene], Path]
    sees: Seen
    environment: Callable[[Scene], Mapping[str, str]] = lambda _scene: {}


def _with_files(scene: Scene) -> Path:
    certificate, key = client_certificate(scene)
    scene.file("alice.crt", certificate)
    scene.file("alice.key", key)
    return scene.kubeconfig({"client-certificate": "alice.crt", "client-key": "alice.key"})


def _with_data(scene: Scene) -> Path:
    certificate, key = (b64encode(one).decode() for one in client_certificate(scene))
    return scene.kubeconfig({"client-certificate-data": certificate, "client-key-data": key})


def _with_a_printed_certificate(scene: Scene) -> Path:
    certificate, key = (one.decode() for one in client_certificate(scene))
    status = {"clientCertificateData": certificate, "clientKeyData": key}
    printed = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": status,
    }
    credential = scene.file("credential.json", json.dumps(printed))
    return scene.kubeconfig(plugin(scene.plugin("login", f"cat {credential}")))


def _with_what_it_is_told(scene: Scene) -> Path:
    # The plugin says in the token what it was given.
    script = """token="$GREETING-$1-$(echo "$KUBERNETES_EXEC_INFO" |
        sed -n 's/.*"interactive": *false.*"server": *"https:..\\([0-9.]*\\).*/\\1/p;
                s/.*"server": *"https:..\\([0-9.]*\\).*"interactive": *false.*/\\1/p')"
echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",'
echo '"status":{"token":"'"$token"'"}}'"""
    user = plugin(
        scene.plugin("login", script),
        "v1beta1",
        args=["now"],
        env=[{"name": "GREETING", "value": "hello"}],
        provideClusterInfo=True,
    )
    return scene.kubeconfig(user)


def _relative(scene: Scene) -> Path:
    scene.plugin("login", token("t-relative"))
    return scene.kubeconfig(plugin("./login"))


def _impersonating(scene: Scene) -> Path:
    return scene.kubeconfig(
        {
            "token": "t",
            "as": "bob",
            "as-uid": "7",
            "as-groups": ["dev", "ops"],
            "as-user-extra": {"Reason/Why": ["a"]},
        }
    )


def _unverified(scene: Scene) -> Path:
    cluster = {"server": scene.cluster["server"], "insecure-skip-tls-verify": True}
    return scene.kubeconfig({"token": "t"}, cluster)


def _ca_in_a_file(scene: Scene) -> Path:
    scene.file("ca.crt", "# Zertifikat für alle\n".encode() + scene.authority.cert_pem.bytes())
    cluster = {"server": scene.cluster["server"], "certificate-authority": "ca.crt"}
    return scene.kubeconfig({"token": "t"}, cluster)


def _bearer(value: str, **more: Any) -> Seen:  # noqa: ANN401  fields of Seen
    return Seen(authorization=f"Bearer {value}", **more)


CASES = {
    "a token": Case(lambda scene: scene.kubeconfig({"token": "t"}), _bearer("t")),
    "a token in a file": Case(
        lambda scene: scene.kubeconfig({"tokenFile": scene.file("token", "t-file\n")}),
        _bearer("t-file"),
    ),
    "a token in a file beside a token, which it replaces": Case(
        lambda scene: scene.kubeconfig({"token": "t", "tokenFile": scene.file("token", "t-file")}),
        _bearer("t-file"),
    ),
    "a name and a password": Case(
        lambda scene: scene.kubeconfig({"username": "u", "password": "p"}),
        Seen(authorization="Basic dTpw"),
    ),
    "a client certificate in files beside it": Case(_with_files, Seen(certificate="alice")),
    "a client certificate in data": Case(_with_data, Seen(certificate="alice")),
    "a plugin of v1": Case(
        lambda scene: scene.kubeconfig(plugin(scene.plugin("login", token("t-exec")))),
        _bearer("t-exec"),
    ),
    "a plugin of v1beta1 without interactiveMode": Case(
        lambda scene: scene.kubeconfig(
            {
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1beta1",
                    "command": scene.plugin("login", token("t-exec", "v1beta1")),
                }
            }
        ),
        _bearer("t-exec"),
    ),
    "a plugin beside the file": Case(_relative, _bearer("t-relative")),
    "a plugin that prints a certificate": Case(
        _with_a_printed_certificate, Seen(certificate="alice")
    ),
    "a plugin with arguments, environment and the cluster": Case(
        _with_what_it_is_told, _bearer("hello-now-127.0.0.1")
    ),
    "another name of the server": Case(
        lambda scene: scene.kubeconfig({"token": "t"}, scene.cluster | {"tls-server-name": NAME}),
        _bearer("t", server_name=NAME),
    ),
    "a proxy": Case(
        lambda scene: scene.kubeconfig(
            {"token": "t"}, scene.far_cluster | {"proxy-url": scene.proxy}
        ),
        _bearer("t", server_name=NAME, proxied=True),
    ),
    "a SOCKS proxy": Case(
        lambda scene: scene.kubeconfig(
            {"token": "t"}, scene.far_cluster | {"proxy-url": scene.socks_proxy}
        ),
        _bearer("t", server_name=NAME, proxied=True),
    ),
    "a SOCKS proxy of the environment": Case(
        lambda scene: scene.kubeconfig({"token": "t"}, scene.far_cluster),
        _bearer("t", server_name=NAME, proxied=True),
        lambda scene: {"HTTPS_PROXY": scene.socks_proxy.replace("socks5:", "socks5h:")},
    ),
    "a proxy of the environment": Case(
        lambda scene: scene.kubeconfig({"token": "t"}, scene.far_cluster),
        _bearer("t", server_name=NAME, proxied=True),
        lambda scene: {"HTTPS_PROXY": scene.proxy, "NO_PROXY": "10.0.0.0/8,.example.com"},
    ),
    "a proxy of the environment in small letters and without a scheme": Case(
        lambda scene: scene.kubeconfig({"token": "t"}, scene.far_cluster),
        _bearer("t", server_name=NAME, proxied=True),
        lambda scene: {"https_proxy": scene.proxy.removeprefix("http://")},
    ),
    "a proxy of the environment that is not for this machine": Case(
        lambda scene: scene.kubeconfig({"token": "t"}),
        _bearer("t"),
        lambda scene: {"HTTPS_PROXY": scene.proxy},
    ),
    "a server that is not verified": Case(_unverified, _bearer("t")),
    "a CA in a file beside it, with a remark that is not ASCII": Case(_ca_in_a_file, _bearer("t")),
    "somebody else": Case(
        _impersonating,
        _bearer(
            "t",
            impersonated=[
                ("impersonate-extra-reason%2fwhy", "a"),
                ("impersonate-group", "dev"),
                ("impersonate-group", "ops"),
                ("impersonate-uid", "7"),
                ("impersonate-user", "bob"),
            ],
        ),
    ),
}
