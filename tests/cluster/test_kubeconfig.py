"""A kubeconfig works where kubectl's does, and what does not is one sentence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from app.cli.main import leasegate
from app.cluster.connection import connect, open_client, open_plain_client
from app.cluster.credentials import CredentialError
from app.cluster.kubeconfig import UNVERIFIED, KubeconfigError, find_access, read_access
from tests.cluster.kubeconfig_cases import CASES, Case, client_certificate, plugin, token
from tests.cluster.kubeconfig_scene import Json, Scene, a_scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with a_scene(tmp_path) as running:
        yield running


def ask(path: Path) -> None:
    with open_plain_client(read_access([path])) as client:
        client.get("/version").raise_for_status()


def ask_by_lightkube(path: Path) -> None:
    async def run() -> None:
        client = open_client(read_access([path]), lambda _date: None)
        try:
            await client._client._client.get("/version")  # noqa: SLF001  what it asks is its own
        finally:
            await client.close()

    asyncio.run(run())


@pytest.mark.parametrize("act", [ask, ask_by_lightkube], ids=["plain", "lightkube"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_server_sees(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, case: Case, act: Callable[[Path], None]
) -> None:
    for name, value in case.environment(scene).items():
        monkeypatch.setenv(name, value)
    act(case.make(scene))
    assert scene.seen == [case.sees]


@pytest.mark.parametrize("act", [ask, ask_by_lightkube], ids=["plain", "lightkube"])
def test_a_credential_that_is_refused_is_asked_for_again_once(
    scene: Scene, act: Callable[[Path], None]
) -> None:
    counter = scene.file("counter", "")
    command = scene.plugin(
        "login",
        f"echo >> {counter}\n"
        'echo \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",\'\n'
        f'echo \'"status":{{"token":"t-\'$(wc -l < {counter})\'"}}}}\'\n',
    )
    scene.refuses = {"Bearer t-1"}
    act(scene.kubeconfig(plugin(command)))
    assert [one.authorization for one in scene.seen] == ["Bearer t-1", "Bearer t-2"]


EXPIRED = {"expirationTimestamp": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("status", "runs"),
    [pytest.param({}, 1, id="without an end"), pytest.param(EXPIRED, 2, id="that has expired")],
)
def test_a_credential_is_kept_as_long_as_it_is_good(
    scene: Scene, status: dict[str, str], runs: int
) -> None:
    counter = scene.folder / "counter"
    command = scene.plugin("login", f"echo >> {counter}\n{token('t', **status)}")
    with open_plain_client(read_access([scene.kubeconfig(plugin(command))])) as client:
        for _ in range(2):
            client.get("/version")
    assert counter.read_text().count("\n") == runs


def test_credentials_are_not_sent_where_anybody_can_read_them(scene: Scene) -> None:
    path = scene.kubeconfig({"token": "t"}, {"server": "http://127.0.0.1:1"})
    with open_plain_client(read_access([path])) as client:
        assert client.auth is None


def bad_cluster(**fields: object) -> Callable[[Scene], Path]:
    return lambda scene: scene.kubeconfig({"token": "t"}, scene.cluster | fields)


def bad_user(**fields: object) -> Callable[[Scene], Path]:
    return lambda scene: scene.kubeconfig(
        {name.replace("_", "-"): value for name, value in fields.items()}
    )


def bad_exec(**fields: object) -> Callable[[Scene], Path]:
    def make(scene: Scene) -> Path:
        user = plugin(scene.plugin("login", token("t")))
        user["exec"] |= fields
        return scene.kubeconfig(user)

    return make


def encrypted(scene: Scene) -> Path:
    certificate, _ = client_certificate(scene)
    key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"
    return scene.kubeconfig(
        {
            "client-certificate": scene.file("a.crt", certificate),
            "client-key": scene.file("a.key", key),
        }
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(bad_cluster(server=""), "cluster 'c': server is not set", id="no server"),
        pytest.param(
            bad_cluster(server="ftp://x"), "server 'ftp://x' must be", id="another scheme"
        ),
        pytest.param(bad_cluster(server="https://[::1"), "cannot be used", id="no URL"),
        pytest.param(
            bad_cluster(**{"proxy-url": "ftp://x"}), "proxy-url 'ftp://x' must be", id="no proxy"
        ),
        pytest.param(
            bad_cluster(**{"tls-server-name": ".x"}), "tls-server-name '.x' is not", id="no name"
        ),
        pytest.param(
            bad_cluster(**{"insecure-skip-tls-verify": True}),
            "exclude each other",
            id="a CA that would not be looked at",
        ),
        pytest.param(
            bad_cluster(**{"certificate-authority-data": "bm8="}),
            "certificate-authority holds no certificates",
            id="a CA that is none",
        ),
        pytest.param(
            bad_cluster(**{"certificate-authority-data": "?"}), "base64", id="data that are none"
        ),
        pytest.param(
            lambda scene: scene.kubeconfig(
                {}, {"server": "https://x", "certificate-authority": "gone.crt"}
            ),
            "certificate-authority",
            id="a CA that is not there",
        ),
        pytest.param(bad_user(token=3), "$.users[0].user.token", id="a token that is a number"),
        pytest.param(bad_user(tokenFile="gone"), "tokenFile", id="a token file that is not there"),
        pytest.param(
            bad_user(auth_provider={"name": "gcp"}), "auth-provider is not supported", id="gcp"
        ),
        pytest.param(
            bad_user(client_certificate_data="bm8="), "needs client-key", id="a chain, no key"
        ),
        pytest.param(encrypted, "client-key", id="a key that is encrypted"),
        pytest.param(
            bad_exec(apiVersion="client.authentication.k8s.io/v1alpha1"),
            "exec.apiVersion 'client.authentication.k8s.io/v1alpha1' is not supported",
            id="a plugin that is too old",
        ),
        pytest.param(bad_exec(interactiveMode=""), "exec.interactiveMode must be given", id="mode"),
        pytest.param(bad_exec(interactiveMode="x"), "exec.interactiveMode 'x'", id="bad mode"),
        pytest.param(bad_exec(command=""), "$.users[0].user.exec.command", id="no command"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_that_names_the_field(
    scene: Scene, make: Callable[[Scene], Path], words: str
) -> None:
    path = make(scene)
    with pytest.raises(KubeconfigError, match="cannot be used: ") as error:
        ask(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("script", "more", "words"),
    [
        pytest.param("echo why >&2; exit 3", {}, "failed with exit code 3: why", id="fails"),
        pytest.param("echo hello", {}, "did not print an ExecCredential", id="prints text"),
        pytest.param(token("t", "v1beta1"), {}, "printed apiVersion", id="another version"),
        pytest.param(token(""), {}, "printed neither a token nor", id="nothing"),
        pytest.param(
            token("", clientCertificateData="a", clientKeyData="b"),
            {},
            "printed a client certificate that is none",
            id="a certificate that is none",
        ),
        pytest.param(
            token("t"),
            {"command": "/nowhere/login", "installHint": "Get it\nfrom \x1b[1mus"},
            "/nowhere/login is not installed: Get it from \\x1b[1mus",
            id="is not installed",
        ),
        pytest.param(
            token("t"), {"interactiveMode": "Always"}, "wants a terminal", id="wants a terminal"
        ),
    ],
)
def test_a_plugin_that_fails_is_one_sentence(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, script: str, more: Json, words: str
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    described = plugin(scene.plugin("login", script))
    described["exec"] |= more
    path = scene.kubeconfig(described)
    with pytest.raises(CredentialError, match=r"^the credential plugin ") as error:
        ask(path)
    assert words in str(error.value)
    assert str(error.value).isprintable()


def test_of_several_files_the_first_that_names_a_thing_has_it(scene: Scene) -> None:
    users = [{"name": "u", "user": {"token": "second"}}, {"name": "v", "user": {"token": "v"}}]
    contexts = [{"name": "y", "context": {"cluster": "c", "user": "v"}}]
    first = scene.kubeconfig({"token": "first"}, current="")
    second = scene.kubeconfig({}, name="two", users=users, contexts=contexts, current="y")
    environment = {"KUBECONFIG": f"{scene.folder / 'gone'}:{first}:{second}:", "HOME": "/"}
    found = find_access(None, None, environment)
    assert found is not None
    assert (found.user.token, found.namespace) == ("v", "default")
    named = find_access(None, "x", environment)
    assert named is not None
    assert (named.user.token, named.namespace) == ("first", "team")


def test_a_home_has_a_kubeconfig_and_a_flag_is_stronger_than_the_environment(scene: Scene) -> None:
    home = scene.folder / ".kube"
    home.mkdir()
    at_home = scene.kubeconfig({"token": "home"}, name=".kube/config")
    other = scene.kubeconfig({"token": "other"}, name="other")
    environment = {"HOME": str(scene.folder)}

    def token_of(kubeconfig: Path | None, **more: str) -> str | None:
        found = find_access(kubeconfig, None, environment | more)
        return None if found is None else found.user.token

    assert token_of(None) == "home"
    assert token_of(None, KUBECONFIG=str(other)) == "other"
    assert token_of(at_home, KUBECONFIG=str(other)) == "home"
    assert token_of(None, KUBECONFIG="/gone") is None
    assert find_access(None, None, {}) is None


@pytest.mark.parametrize(
    ("more", "context", "words"),
    [
        pytest.param({}, "z", "there is no context 'z'; it has 'x'", id="another context"),
        pytest.param({"current-context": ""}, None, "current-context is not set", id="none"),
        pytest.param({"clusters": None}, None, "there is no cluster 'c'", id="no cluster"),
        pytest.param({"users": None}, None, "there is no user 'u'", id="no user"),
        pytest.param({"contexts": [None]}, None, "there is no context 'x'", id="no contexts"),
        pytest.param({"users": [{"user": {}}]}, None, "`name`", id="a user without a name"),
    ],
)
def test_a_context_that_leads_nowhere_is_one_sentence(
    scene: Scene, more: Json, context: str | None, words: str
) -> None:
    path = scene.kubeconfig({}, **more)
    with pytest.raises(KubeconfigError) as error:
        read_access([path], context)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_server_that_is_not_verified_is_warned_of(scene: Scene) -> None:
    cluster = {"server": scene.cluster["server"], "insecure-skip-tls-verify": True}
    path = scene.kubeconfig({"token": "t"}, cluster)
    result = CliRunner().invoke(
        leasegate, ["webhooks", "remove", "--name=x", f"--kubeconfig={path}"]
    )
    assert "Warning: " in result.stderr
    assert UNVERIFIED in result.stderr

    async def run() -> None:
        await connect(path, lambda _date: None).close()

    with capture_logs() as logged:
        asyncio.run(run())
    assert [entry["problem"] for entry in logged] == [UNVERIFIED]
