"""Certificates change below a server that is under load, as kubelet changes a mounted Secret."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.responses import PlainTextResponse

from app.pki.certificate_files import CertificateFiles
from app.pki.errors import CertificateError, Fault
from app.pki.serving_certificate import ServingCertificate
from app.server.metrics import Metrics, create_metrics
from tests.pki.mounted_secret import Issuer, MountedSecret
from tests.server.metrics.requests import samples_of
from tests.server.running import (
    PATIENCE,
    Certificates,
    RunningServer,
    read_answer,
    running,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.pki.keypair import KeyPair

POLL = 0.05
REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


@dataclass
class Reloading:
    """A server on a mounted Secret, and the CA that its clients trust."""

    secret: MountedSecret
    issuer: Issuer
    serving: ServingCertificate
    files: CertificateFiles
    metrics: Metrics
    server: RunningServer
    clock: list[datetime | None]

    def serial(self) -> int:
        """Return the serial number of what a new connection is served."""
        with self.server.connect() as connection:
            served = connection.getpeercert()
        assert served
        return int(str(served["serialNumber"]), 16)

    def wait_until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, self.files.note()
            time.sleep(POLL / 2)

    def swap(self, leaf: KeyPair) -> None:
        self.secret.put(self.issuer.secret(leaf))
        self.wait_until(lambda: self.serial() == leaf.certificate.serial_number)


@pytest.fixture
def reloading(tmp_path: Path) -> Iterator[Reloading]:
    secret, issuer = MountedSecret(tmp_path / "tls"), Issuer.make()
    secret.put(issuer.secret(issuer.issue()))
    metrics = create_metrics()
    serving = ServingCertificate(metrics.certificates)
    clock: list[datetime | None] = [None]
    certificate, key, ca = (secret.folder / name for name in ("tls.crt", "tls.key", "ca.crt"))
    files = CertificateFiles(
        certificate,
        key,
        ["localhost"],
        serving,
        lambda: clock[0] or datetime.now(UTC),
        observer=metrics.certificates,
        reloads=metrics.reloads,
    )
    files.start()
    with running(
        PlainTextResponse("here"),
        Certificates(ca, certificate, key),
        context=serving.context,
        background=[lambda: files.run(POLL)],
    ) as server:
        yield Reloading(secret, issuer, serving, files, metrics, server, clock)


def test_a_swap_is_served_to_new_connections_and_old_ones_go_on(reloading: Reloading) -> None:
    with reloading.server.connect() as old:
        old.sendall(REQUEST)
        assert read_answer(old).code == 200
        for _ in range(3):
            reloading.swap(reloading.issuer.issue())
        old.sendall(REQUEST)
        assert read_answer(old).code == 200
    samples = samples_of(reloading.metrics)
    assert samples["leasegate_reloads_total,result=success,what=certificates"] == 3
    pair = reloading.serving.pair
    assert pair is not None
    assert (
        samples["leasegate_certificate_not_after_seconds,certificate=serving"]
        == pair.certificate.not_valid_after_utc.timestamp()
    )


@dataclass
class Load:
    """Clients that send all the time, over kept connections and over new ones."""

    sent: int = 0
    failures: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def keep_sending(self, send: Callable[[], int]) -> None:
        while not self.stop.is_set():
            try:
                code = send()
            except httpx2.HTTPError as error:
                self.failures.append(repr(error))
            else:
                self.sent += 1
                if code != 200:
                    self.failures.append(str(code))


@contextmanager
def under_load(server: RunningServer) -> Iterator[Load]:
    load, context = Load(), server.context()

    def kept(client: httpx2.Client) -> int:
        return client.get("/").status_code

    def new() -> int:
        with httpx2.Client(base_url=server.url, verify=context, timeout=PATIENCE) as client:
            return client.get("/").status_code

    with httpx2.Client(base_url=server.url, verify=context, timeout=PATIENCE) as client:
        clients = [
            threading.Thread(target=load.keep_sending, args=[send])
            for send in (lambda: kept(client), lambda: kept(client), new, new)
        ]
        for one in clients:
            one.start()
        try:
            yield load
        finally:
            load.stop.set()
            for one in clients:
                one.join(PATIENCE)


def test_no_request_fails_while_certificates_are_swapped(reloading: Reloading) -> None:
    with under_load(reloading.server) as load:
        for _ in range(10):
            before = load.sent
            reloading.swap(reloading.issuer.issue())
            reloading.wait_until(lambda: load.sent > before + 4)  # noqa: B023  called at once
    assert load.failures == []
    samples = samples_of(reloading.metrics)
    assert samples["leasegate_reloads_total,result=failure,what=certificates"] == 0


def of_another_key(issuer: Issuer) -> dict[str, bytes]:
    return issuer.secret(issuer.issue()) | {"tls.key": issuer.issue().key_pem}


def expired(issuer: Issuer) -> dict[str, bytes]:
    past = datetime.now(UTC) - timedelta(hours=2)
    return issuer.secret(issuer.issue(now=past, lifetime=timedelta(minutes=90)))


def not_yet_valid(issuer: Issuer) -> dict[str, bytes]:
    return issuer.secret(issuer.issue(now=datetime.now(UTC) + timedelta(hours=3)))


def without_the_name(issuer: Issuer) -> dict[str, bytes]:
    return issuer.secret(issuer.issue("127.0.0.1"))


def cut_off(issuer: Issuer) -> dict[str, bytes]:
    whole = issuer.secret(issuer.issue())
    return whole | {"tls.crt": whole["tls.crt"][:-40]}


def emptied(issuer: Issuer) -> dict[str, bytes]:
    return issuer.secret(issuer.issue()) | {"tls.crt": b"", "tls.key": b""}


REFUSED = [
    pytest.param(of_another_key, Fault.MISMATCH, "does not match", id="a key of another pair"),
    pytest.param(expired, Fault.EXPIRED, "expired at", id="an expired certificate"),
    pytest.param(not_yet_valid, Fault.NOT_YET_VALID, "only valid from", id="one for later"),
    pytest.param(
        without_the_name, Fault.NAME_MISSING, "does not name localhost", id="a missing name"
    ),
    pytest.param(cut_off, Fault.UNREADABLE, "no usable PEM certificate", id="half a file"),
    pytest.param(emptied, Fault.UNREADABLE, "no usable PEM certificate", id="an emptied Secret"),
]


@pytest.mark.parametrize(("bad", "reason", "words"), REFUSED)
def test_a_bad_pair_is_refused_and_the_last_good_one_stays(
    reloading: Reloading, bad: Callable[[Issuer], dict[str, bytes]], reason: Fault, words: str
) -> None:
    before = reloading.serial()
    failures = "leasegate_reloads_total,result=failure,what=certificates"
    with under_load(reloading.server) as load:
        reloading.secret.put(bad(reloading.issuer))
        reloading.wait_until(lambda: bool(reloading.files.note()))
        assert reloading.serial() == before
    assert load.failures == []
    assert words in reloading.files.note()
    assert reloading.serving.check(datetime.now(UTC)) is None
    samples = samples_of(reloading.metrics)
    assert samples[failures] == 1
    assert samples[f"leasegate_certificate_refusals_total,reason={reason.value}"] == 1
    assert samples["leasegate_last_reload_successful,what=certificates"] == 0
    reloading.swap(reloading.issuer.issue())
    assert reloading.files.note() == ""
    samples = samples_of(reloading.metrics)
    assert samples["leasegate_last_reload_successful,what=certificates"] == 1
    assert samples[failures] == 1, "the same refusal counts once"


def test_files_that_go_away_and_come_back_the_same_are_no_reload(reloading: Reloading) -> None:
    link = reloading.secret.folder / "tls.key"
    link.rename(link.with_suffix(".away"))
    reloading.wait_until(lambda: "does not exist" in reloading.files.note())
    link.with_suffix(".away").rename(link)
    reloading.wait_until(lambda: not reloading.files.note())


def test_a_certificate_for_later_is_served_when_its_time_has_come(reloading: Reloading) -> None:
    later = reloading.issuer.issue(now=datetime.now(UTC) + timedelta(hours=3))
    reloading.secret.put(reloading.issuer.secret(later))
    reloading.wait_until(lambda: bool(reloading.files.note()))
    reloading.clock[0] = datetime.now(UTC) + timedelta(hours=3)
    reloading.wait_until(lambda: reloading.serving.pair == later or not reloading.files.note())
    assert reloading.serving.pair is not None
    assert reloading.serving.pair.certificate == later.certificate


def serving_certificate() -> ServingCertificate:
    return ServingCertificate(create_metrics().certificates)


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        pytest.param(0, None, id="in date"),
        pytest.param(25, "the served certificate expired at", id="expired"),
        pytest.param(-3, "the served certificate is only valid from", id="a clock far behind"),
    ],
)
def test_readiness_goes_by_the_dates_of_what_is_served(hours: int, problem: str | None) -> None:
    serving = serving_certificate()
    assert serving.check(datetime.now(UTC)) == "there is no certificate to serve yet"
    serving.serve(Issuer.make("reader's CA").issue())
    found = serving.check(datetime.now(UTC) + timedelta(hours=hours))
    assert (found or "").startswith(problem or "")
    assert (found is None) == (problem is None)
    assert 'issued by "reader\'s CA", valid until 20' in serving.note()


def test_a_pair_that_openssl_refuses_is_a_refusal() -> None:
    serving = serving_certificate()
    good = Issuer.make().issue()
    serving.serve(good)
    before = serving.context()
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  its point
    weak = dataclasses.replace(good, key=short)
    with pytest.raises(CertificateError, match="OpenSSL does not serve"):
        serving.serve(weak)
    assert serving.context() is before


def test_before_the_first_certificate_a_handshake_fails(certificates: Certificates) -> None:
    serving = serving_certificate()
    with running(PlainTextResponse("here"), certificates, context=serving.context) as server:
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        with plain, pytest.raises((ssl.SSLError, ConnectionError)):
            server.context().wrap_socket(plain, server_hostname="127.0.0.1")
