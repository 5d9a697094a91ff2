"""What `leasegate certs status` says, and the exit code that says whether all is well."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.pki.development import ensure_development_certificates
from app.pki.secret_state import read_contents, write_contents
from tests.cluster.commands import STATUS, leasegate
from tests.cluster.installation import KINDS, NAMES, Installation, fill_with_garbage
from tests.cluster.store_checks import REGISTRATIONS
from tests.pki.mounted_secret import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.pki.keypair import KeyPair
    from app.pki.self_managed import SelfManagedCertificates, Stores
    from tests.cluster.api_server import ApiServer


def test_status_of_good_certificates_is_exit_code_0(installation: Installation) -> None:
    installation.settle()
    found = leasegate(installation.server, *STATUS)
    assert found.exit_code == 0, found.output
    for line in (
        "Certificates: self\n",
        "Leaf:         issued by CN=leasegate CA of 20",
        "              for leasegate.default.svc, leasegate, leasegate.default, ",
        "(29 days)\n",
        "CA:           CN=leasegate CA of 20",
        "caBundle:     of validate.leasegate.dev verifies the leaf\n",
        "caBundle:     of mutate.leasegate.dev verifies the leaf\n",
        "Replicas:     one\n",
        "Next:         the leaf is renewed at 20",
    ):
        assert line in found.output
    assert "Problem" not in found.output


def test_status_as_json_is_for_programs(installation: Installation) -> None:
    installation.settle()
    found = json.loads(leasegate(installation.server, *STATUS, "--output=json").output)
    assert found["mode"] == "self"
    assert found["leaf"]["names"] == list(NAMES)
    assert found["replicas"] == ["one"]
    assert found["problems"] == []
    assert set(found["leaf"]) == {"subject", "issuer", "names", "notBefore", "notAfter"}


def empty_a_bundle(installation: Installation) -> None:
    installation.settle()
    installation.register()


def long_ago(installation: Installation) -> None:
    installation.now -= timedelta(days=27).total_seconds()
    installation.settle()


def longer_ago(installation: Installation) -> None:
    installation.now -= timedelta(days=31).total_seconds()
    installation.settle()


def without_registrations(installation: Installation) -> None:
    installation.settle()
    for kind in KINDS:
        del installation.server.objects[f"{REGISTRATIONS}/{kind}/leasegate"]


def all_replicas_left(installation: Installation) -> None:
    installation.settle()

    async def leave(_certificates: SelfManagedCertificates, stores: Stores) -> None:
        stored = await stores.secret.read()
        contents = read_contents(stored.data, names=(), others=(), keep_unknown_until=0)
        left = replace(contents, state=replace(contents.state, replicas={}))
        await stores.secret.write(write_contents(left), stored.version)

    installation.run(leave)


@pytest.mark.parametrize(
    ("happens", "problem"),
    [
        pytest.param(
            lambda _: None, "there is no leaf yet; is a replica running?", id="nothing yet"
        ),
        pytest.param(
            empty_a_bundle, "validate.leasegate.dev: its caBundle holds no CA", id="no caBundle"
        ),
        pytest.param(long_ago, "the leaf is overdue for renewal", id="nobody renews"),
        pytest.param(longer_ago, "the leaf expired at 20", id="expired"),
        pytest.param(
            without_registrations, "there is no webhook configuration of this name", id="no webhook"
        ),
        pytest.param(all_replicas_left, "no replica is registered", id="no replica"),
        pytest.param(fill_with_garbage, "state.json cannot be read", id="garbage"),
    ],
)
def test_what_is_wrong_is_a_line_and_exit_code_1(
    installation: Installation, happens: Callable[[Installation], None], problem: str
) -> None:
    happens(installation)
    found = leasegate(installation.server, *STATUS)
    assert f"Problem:      {problem}" in found.output
    assert found.exit_code == 1


@dataclass(frozen=True)
class Files:
    """A pair in files, and its flags."""

    folder: Path
    issuer: Issuer

    def write(self, leaf: KeyPair) -> tuple[str, ...]:
        for name, content in self.issuer.secret(leaf).items():
            (self.folder / name).write_bytes(content)
        return (
            "--certificates=files",
            f"--tls-cert-file={self.folder / 'tls.crt'}",
            f"--tls-private-key-file={self.folder / 'tls.key'}",
        )


def test_status_of_files(installation: Installation, tmp_path: Path) -> None:
    files = Files(tmp_path, Issuer.make())
    flags = files.write(files.issuer.issue("leasegate.default.svc"))
    found = leasegate(installation.server, *STATUS, *flags)
    assert "Problem:      mutate.leasegate.dev: its caBundle holds no CA" in found.output
    assert "Next:         whoever writes the files renews it before 20" in found.output
    assert found.exit_code == 1
    past = datetime.now(UTC) - timedelta(hours=2)
    flags = files.write(files.issuer.issue(now=past, lifetime=timedelta(hours=1)))
    found = leasegate(installation.server, *STATUS, *flags)
    assert "Problem:      the leaf expired at 20" in found.output


def test_status_of_development_certificates_asks_no_cluster(
    server: ApiServer, tmp_path: Path
) -> None:
    folder = tmp_path / "certs"
    ensure_development_certificates(folder, now=datetime.now(UTC))
    found = leasegate(
        server, "certs", "status", "--certificates=dev", f"--certificates-folder={folder}"
    )
    assert found.exit_code == 0, found.output
    assert "Certificates: dev\n" in found.output
    assert "Next:         the next start renews what is about to end\n" in found.output
    assert server.requests == []
