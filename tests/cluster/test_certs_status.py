"""What `leasegate certs status` says, and the exit code that says whether all is well."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.pki.development import ensure_development_certificates
from app.pki.tls import tls_context
from tests.cluster.commands import STATUS, leasegate
from tests.cluster.installation import KINDS, Installation, fill_with_garbage
from tests.cluster.store_checks import REGISTRATIONS
from tests.pki.mounted_secret import Issuer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.pki.keypair import KeyPair
    from tests.cluster.api_server import ApiServer


def test_status_of_good_certificates_is_exit_code_0(installation: Installation) -> None:
    installation.settle()
    found = leasegate(installation.server, *STATUS)
    assert found.exit_code == 0, found.output
    for line in (
        "Certificates: self\n",
        "CA:           CN=leasegate CA of 20",
        "O=leasegate signs; valid from 20",
        "(364 days)\n",
        "caBundle:     of validate.leasegate.dev has every CA\n",
        "caBundle:     of mutate.leasegate.dev has every CA\n",
        "Next:         a new CA is made at 20",
    ):
        assert line in found.output
    assert "Problem" not in found.output
    assert "Leaf" not in found.output, "no replica was asked"


def test_status_as_json_is_for_programs(installation: Installation) -> None:
    installation.settle()
    found = json.loads(leasegate(installation.server, *STATUS, "--output=json").output)
    assert found["mode"] == "self"
    assert found["problems"] == []
    assert found["leaf"] is None
    (authority,) = found["authorities"]
    assert authority["role"] == "signs"
    assert len(authority["fingerprint"]) == 64


@contextmanager
def served(pair: KeyPair) -> Iterator[str]:
    """Serve handshakes with this pair; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, tls_context(pair)))
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    accepted, _ = listener.accept()
    with accepted, context.wrap_socket(accepted, server_side=True) as connection:
        connection.recv(1)


def test_the_leaf_of_a_replica_that_is_asked_is_shown(installation: Installation) -> None:
    installation.settle()
    assert installation.held.pair is not None
    with served(installation.held.pair) as address:
        found = leasegate(installation.server, *STATUS, f"--replica={address}")
    assert found.exit_code == 0, found.output
    for line in (
        "Leaf:         issued by CN=leasegate CA of 20",
        "              for leasegate.default.svc, leasegate, leasegate.default, ",
        "(29 days)\n",
        "Next:         the leaf is renewed at 20",
    ):
        assert line in found.output


def test_a_leaf_of_another_ca_is_a_problem(installation: Installation) -> None:
    installation.settle()
    with served(Issuer.make().issue("other.default.svc")) as address:
        found = leasegate(installation.server, *STATUS, f"--replica={address}")
    assert "Problem:      the leaf of the replica is of no CA in the Secret\n" in found.output
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("address", "error"),
    [
        pytest.param("localhost", "is not HOST:PORT", id="no port"),
        pytest.param("127.0.0.1:1", "shows no certificate", id="nobody there"),
    ],
)
def test_a_replica_that_cannot_be_asked_is_one_sentence(
    installation: Installation, address: str, error: str
) -> None:
    found = leasegate(installation.server, *STATUS, f"--replica={address}")
    assert error in found.output
    assert found.exit_code == 2


def empty_a_bundle(installation: Installation) -> None:
    installation.settle()
    installation.register()


def long_ago(installation: Installation) -> None:
    installation.now -= timedelta(days=335).total_seconds()
    installation.settle()


def without_registrations(installation: Installation) -> None:
    installation.settle()
    for kind in KINDS:
        del installation.server.objects[f"{REGISTRATIONS}/{kind}/leasegate"]


@pytest.mark.parametrize(
    ("happens", "problem"),
    [
        pytest.param(lambda _: None, "there is no CA yet; is a replica running?", id="nothing"),
        pytest.param(
            empty_a_bundle,
            "validate.leasegate.dev: its caBundle lacks the CA that signs, CN=leasegate CA of 20",
            id="no caBundle",
        ),
        pytest.param(long_ago, "the CA is overdue for replacement", id="nobody replaces it"),
        pytest.param(
            without_registrations, "there is no webhook configuration of this name", id="no webhook"
        ),
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
