"""A folder of development certificates: what befalls it, what it holds and whether it serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING

from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.bundle import verify
from app.pki.development import DevelopmentAction, DevelopmentCertificates
from app.pki.pem import Pem, parse_certificates
from tests.pki.issued import DAY, NOW, read_key_pair

if TYPE_CHECKING:
    from datetime import datetime

    from app.pki.keypair import KeyPair

Act = Callable[[Path], None]
NAMES = ("localhost", "127.0.0.1", "::1")
FILES = ("ca.crt", "ca.key", "tls.crt", "tls.key")
LEAF = {"tls.crt", "tls.key"}
ALL = set(FILES)
MADE, RENEWED, KEPT = DevelopmentAction
GARBAGE = b"-- notes to myself --\n"
THEIR_CA = make_authority(subject("their CA", "somebody"), now=NOW, lifetime=1000 * DAY)
THEIR_LEAF = issue_serving_leaf(
    THEIR_CA, subject("their server", "somebody"), names=NAMES, now=NOW, lifetime=10 * DAY
)
THEIR_LONG_LEAF = issue_serving_leaf(
    THEIR_CA, subject("their server", "somebody"), names=NAMES, now=NOW, lifetime=500 * DAY
)


def contents(folder: Path) -> dict[str, bytes]:
    """Return what each file holds, by its name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return the names of the files that are not as before."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def assert_serves(made: DevelopmentCertificates, now: datetime) -> None:
    """What a server and its clients need is there, for another 30 days, and closed to others."""
    ca = parse_certificates(Pem("ca.crt", made.ca_certificate.read_bytes()))
    for at in (now, now + 30 * DAY):
        pair = read_key_pair(made.certificate, made.key, now=at, names=NAMES)
        for name in NAMES:
            verify(pair, ca, name=name, now=at)
    assert S_IMODE(made.key.stat().st_mode) == 0o600
    assert S_IMODE(made.ca_key.stat().st_mode) == 0o600


def do_nothing(_: Path) -> None:
    """Leave the folder as it was made."""


def remove(*names: str) -> Act:
    """Remove these files."""

    def act(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return act


def put(name: str, content: bytes) -> Act:
    """Overwrite a file."""

    def act(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return act


def both(*acts: Act) -> Act:
    """Do one after the other."""

    def act(folder: Path) -> None:
        for one in acts:
            one(folder)

    return act


def swap_keys(folder: Path) -> None:
    """Put each key where the other one was."""
    ours, theirs = folder / "ca.key", folder / "tls.key"
    content = ours.read_bytes()
    ours.write_bytes(theirs.read_bytes())
    theirs.write_bytes(content)


def install(ca: KeyPair | None, leaf: KeyPair | None) -> Act:
    """Put somebody else's pairs in place."""

    def act(folder: Path) -> None:
        for pair, stem in ((ca, "ca"), (leaf, "tls")):
            if pair:
                (folder / f"{stem}.crt").write_bytes(pair.certificate_pem)
                (folder / f"{stem}.key").write_bytes(pair.key_pem)

    return act


def an_older_ca(folder: Path) -> None:
    """Put a CA of ours in place that may vouch for fewer names, and no leaf."""
    ca = make_authority(
        subject("an older release", "leasegate development"),
        now=NOW,
        lifetime=1000 * DAY,
        permitted=["localhost", "127.0.0.1"],
    )
    install(ca, None)(folder)
    remove(*LEAF)(folder)


def leaf_for(*names: str) -> Act:
    """Put a leaf of ours in place that has other names."""

    def act(folder: Path) -> None:
        ca = read_key_pair(folder / "ca.crt", folder / "ca.key", now=NOW)
        leaf = issue_serving_leaf(
            ca,
            subject("an older release", "leasegate development"),
            names=names,
            now=NOW,
            lifetime=90 * DAY,
        )
        install(None, leaf)(folder)

    return act
