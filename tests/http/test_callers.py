"""Client certificates: who may call, and that nobody gets around showing one."""

from __future__ import annotations

import json
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from app.http.caller import is_allowed
from app.http.limits import ConnectionLimits
from app.pki.client_authorities import ClientAuthorities
from app.pki.errors import CertificateError
from app.pki.files import read_pem
from app.pki.keypair import parse_key_pair
from app.pki.serving_certificate import ServingCertificate
from app.pki.tls import TlsPolicy
from app.server.metrics import Metrics, create_metrics
from tests.http.test_connection import BODY, JSON, UID, answered_uid, request
from tests.pki.mounted_secret import Issuer
from tests.server.metrics.requests import samples_of
from tests.server.replica import replica
from tests.server.running import (
    PATIENCE,
    Certificates,
    Recorder,
    RunningServer,
    is_closed,
    read_answer,
    running_leasegate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REVIEW = request(*JSON) + BODY
NAME = "kube-apiserver"


def is_answered(connect: Callable[[], ssl.SSLSocket]) -> bool:
    """Tell whether a review over a new connection is answered, or the handshake fails."""
    try:
        with connect() as connection:
            connection.sendall(REVIEW)
            uid = answered_uid(connection)
    except (ssl.SSLError, ConnectionError):
        return False
    return bool(uid == UID)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@dataclass
class Guarded:
    """A server that lets `NAME` call, and what was told of its answers."""

    server: RunningServer
    file: Path
    authorities: ClientAuthorities
    serving: ServingCertificate
    metrics: Metrics
    recorder: Recorder

    def connect(
        self, show: trustme.LeafCert | None, context: ssl.SSLContext | None = None
    ) -> ssl.SSLSocket:
        context = context or self.server.context()
        if show is not None:
            show.configure_cert(context)
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def is_let_in(self, show: trustme.LeafCert | None) -> bool:
        return is_answered(lambda: self.connect(show))


@pytest.fixture
def guarded(authority: trustme.CA, certificates: Certificates, tmp_path: Path) -> Iterator[Guarded]:
    file = tmp_path / "client-ca.crt"
    authority.cert_pem.write_to_path(file)
    metrics, recorder = create_metrics(), Recorder()
    serving = ServingCertificate(metrics.certificates)
    serving.serve(parse_key_pair(read_pem(certificates.certificate), read_pem(certificates.key)))
    authorities = ClientAuthorities(file, serving, metrics.reloads)
    authorities.load()
    with running_leasegate(
        certificates,
        recorder,
        limits=ConnectionLimits(callers=frozenset({NAME})),
        context=serving.context,
    ) as server:
        yield Guarded(server, file, authorities, serving, metrics, recorder)


def show(authority: trustme.CA, *names: str, common_name: str | None = None) -> trustme.LeafCert:
    return authority.issue_cert(*names, common_name=common_name)


@pytest.mark.parametrize(
    ("names", "common_name"),
    [
        pytest.param(("elsewhere",), NAME, id="by its common name"),
        pytest.param(("elsewhere", NAME), None, id="by a DNS name"),
    ],
)
def test_who_may_call_is_answered_and_known_as_verified(
    guarded: Guarded, authority: trustme.CA, names: tuple[str, ...], common_name: str | None
) -> None:
    assert guarded.is_let_in(show(authority, *names, common_name=common_name))
    guarded.recorder.wait_until(lambda told: told.verified == [True])


def test_a_caller_without_a_certificate_gets_no_handshake(guarded: Guarded) -> None:
    assert not guarded.is_let_in(None)


def test_a_certificate_of_another_ca_gets_no_handshake(guarded: Guarded) -> None:
    assert not guarded.is_let_in(show(trustme.CA(), "x", common_name=NAME))


@pytest.mark.parametrize(
    ("named", "alert"),
    [
        pytest.param(None, "CERTIFICATE_REQUIRED", id="none"),
        pytest.param(NAME, "UNKNOWN_CA", id="one of another CA"),
    ],
)
def test_who_is_refused_is_told_so_by_an_alert(
    guarded: Guarded, named: str | None, alert: str
) -> None:
    shown = show(trustme.CA(), "x", common_name=named) if named else None
    with guarded.connect(shown) as connection:
        connection.sendall(REVIEW)
        with pytest.raises(ssl.SSLError, match=f"ALERT_{alert}"):
            connection.recv(1)


def test_a_certificate_that_expired_gets_no_handshake(
    guarded: Guarded, authority: trustme.CA
) -> None:
    expired = authority.issue_cert(
        "x", common_name=NAME, not_after=datetime.now(UTC) - timedelta(days=1)
    )
    assert not guarded.is_let_in(expired)


def test_a_certificate_for_servers_gets_no_handshake(guarded: Guarded, tmp_path: Path) -> None:
    issuer = Issuer.make()
    guarded.file.write_bytes(issuer.secret(issuer.issue())["ca.crt"])
    guarded.authorities.load()
    leaf = issuer.issue(NAME)
    chain = tmp_path / "leaf.pem"
    chain.write_bytes(leaf.certificate_pem + leaf.key_pem)
    context = guarded.server.context()
    context.load_cert_chain(chain)
    assert not is_answered(lambda: guarded.connect(None, context))


def test_a_name_that_may_not_call_is_told_so(guarded: Guarded, authority: trustme.CA) -> None:
    with guarded.connect(show(authority, "node-1", common_name="system:node:node-1")) as refused:
        refused.sendall(REVIEW)
        answer = read_answer(refused)
        assert (answer.code, answer.headers["connection"]) == (403, "close")
        status = json.loads(answer.body)
        assert (status["kind"], status["reason"]) == ("Status", "Forbidden")
        assert "--client-name" in status["message"]
        assert is_closed(refused)
    guarded.recorder.wait_until(lambda told: len(told.refusals) == 1)
    assert guarded.recorder.decisions == []


def test_no_session_is_resumed(guarded: Guarded, authority: trustme.CA) -> None:
    context = guarded.server.context()
    with guarded.connect(show(authority, "x", common_name=NAME), context) as first:
        first.sendall(REVIEW)
        assert answered_uid(first) == UID
        assert first.version() == "TLSv1.3"
        session = first.session
    assert session is None or not session.has_ticket


def test_tls_1_2_which_could_resume_is_not_spoken(guarded: Guarded, authority: trustme.CA) -> None:
    context = guarded.server.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        guarded.connect(show(authority, "x", common_name=NAME), context)


def test_another_ca_in_the_file_counts_from_the_next_connection_on(
    guarded: Guarded, authority: trustme.CA
) -> None:
    old, new_authority = show(authority, "x", common_name=NAME), trustme.CA()
    new = show(new_authority, "x", common_name=NAME)
    with guarded.connect(old) as open_before:
        open_before.sendall(REVIEW)
        assert answered_uid(open_before) == UID
        new_authority.cert_pem.write_to_path(guarded.file)
        guarded.authorities.reloader.refresh()
        open_before.sendall(REVIEW)
        assert answered_uid(open_before) == UID
    assert guarded.is_let_in(new)
    assert not guarded.is_let_in(old)
    success = "leasegate_reloads_total,result=success,what=client-authorities"
    assert samples_of(guarded.metrics)[success] == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="no file"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"no certificate", id="no certificate"),
        pytest.param(show(trustme.CA(), "x").cert_chain_pems[0].bytes(), id="no CA's"),
    ],
)
def test_a_bad_file_is_refused_and_the_last_good_one_stays(
    guarded: Guarded, authority: trustme.CA, content: bytes | None
) -> None:
    good = guarded.file.read_bytes()
    if content is None:
        guarded.file.unlink()
    else:
        guarded.file.write_bytes(content)
    with pytest.raises(CertificateError, match=r"client-ca\.crt"):
        guarded.authorities.load()
    for _ in range(2):
        guarded.authorities.reloader.refresh()
    assert "client-ca.crt" in guarded.authorities.reloader.problem
    assert guarded.is_let_in(show(authority, "x", common_name=NAME))
    assert not guarded.is_let_in(None)
    after = samples_of(guarded.metrics)
    assert after["leasegate_reloads_total,result=failure,what=client-authorities"] == 1
    assert after["leasegate_last_reload_successful,what=client-authorities"] == 0
    guarded.file.write_bytes(good)
    guarded.authorities.reloader.refresh()
    assert guarded.authorities.reloader.problem == ""
    assert samples_of(guarded.metrics)["leasegate_last_reload_successful,what=client-authorities"]


def test_a_renewed_certificate_still_demands_one_of_callers(
    guarded: Guarded, certificates: Certificates
) -> None:
    pair = parse_key_pair(read_pem(certificates.certificate), read_pem(certificates.key))
    guarded.serving.serve(pair)
    assert not guarded.is_let_in(None)


def test_a_policy_before_the_first_certificate_holds_with_it(
    authority: trustme.CA, certificates: Certificates
) -> None:
    metrics = create_metrics()
    serving = ServingCertificate(metrics.certificates)
    pem = authority.cert_pem.bytes().decode()
    serving.set_policy(TlsPolicy(client_authorities=pem))
    assert serving.context().verify_mode is ssl.CERT_REQUIRED
    serving.serve(parse_key_pair(read_pem(certificates.certificate), read_pem(certificates.key)))
    assert serving.context().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("certificate", "allowed"),
    [
        pytest.param(None, False, id="none was shown"),
        pytest.param({}, False, id="no name at all"),
        pytest.param({"subject": ((("commonName", NAME),),)}, True, id="the common name"),
        pytest.param({"subject": ((("organizationName", NAME),),)}, False, id="the organization"),
        pytest.param({"subjectAltName": (("DNS", NAME),)}, True, id="a DNS name"),
        pytest.param({"subjectAltName": (("URI", NAME),)}, False, id="a URI"),
        pytest.param({"subjectAltName": (("DNS", f"*.{NAME}"),)}, False, id="a wildcard"),
        pytest.param({"subject": ((("commonName", NAME.upper()),),)}, False, id="upper case"),
    ],
)
def test_which_names_count(certificate: dict[str, Any] | None, *, allowed: bool) -> None:
    assert is_allowed(certificate, frozenset({NAME})) is allowed


def test_a_process_lets_in_whom_its_flags_name_and_writes_that_down(
    authority: trustme.CA, certificates: Certificates, tmp_path: Path
) -> None:
    file, log = tmp_path / "client-ca.crt", tmp_path / "log"
    authority.cert_pem.write_to_path(file)
    flags = (f"--client-ca-file={file}", f"--client-name={NAME}", "--certificates-poll-seconds=0.1")
    more = ("--log-allows=1", "--log-format=json", "--drain-seconds=0")
    with replica(certificates, log, *flags, *more) as process:
        server = RunningServer(process.port, certificates.ca)
        context = server.context()
        show(authority, "x", common_name=NAME).configure_cert(context)
        assert is_answered(
            lambda: context.wrap_socket(
                socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE),
                server_hostname="127.0.0.1",
            )
        )
        assert not is_answered(server.connect)
        file.write_bytes(b"no certificate")
        deadline = time.monotonic() + PATIENCE
        while "client authorities are refused" not in process.operations("/readyz?verbose"):
            assert time.monotonic() < deadline
        process.terminate()
        assert process.wait() == 0
    records = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
    [decision] = [record for record in records if record["event"] == "allowed"]
    assert decision["caller_verified"] is True
