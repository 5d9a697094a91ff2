import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import pytest
from cryptography import x509
from hypothesis import given, settings, strategies as st

from app.pki import (
    CertificateError,
    DevelopmentAction,
    DevelopmentCertificates,
    KeyPair,
    Reason,
    ensure_development_certificates,
    folder as folder_module,
    read_key_pair,
)
from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.bundle import verify
from app.pki.folder import exclusive
from app.pki.pem import Pem, parse_certificates

Handshake = Callable[[KeyPair, bytes, str], str | None]
Unprivileged = Callable[[], AbstractContextManager[None]]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = ("localhost", "127.0.0.1", "::1")
FILES = ("ca.crt", "ca.key", "tls.crt", "tls.key")
MADE, RENEWED, KEPT = DevelopmentAction

THEIR_CA = make_authority(subject("their CA", "somebody"), now=NOW, lifetime=1000 * DAY)
THEIR_LEAF = issue_serving_leaf(
    THEIR_CA, subject("their server", "somebody"), names=NAMES, now=NOW, lifetime=10 * DAY
)

THEIR_LONG_LEAF = issue_serving_leaf(
    THEIR_CA, subject("their server", "somebody"), names=NAMES, now=NOW, lifetime=500 * DAY
)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
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


def test_an_empty_folder_gets_a_ca_and_a_leaf_with_closed_keys(tmp_path: Path) -> None:
    made = ensure_development_certificates(tmp_path / "certs", now=NOW)

    assert made.action is MADE
    modes = {path.name: S_IMODE(path.stat().st_mode) for path in (tmp_path / "certs").iterdir()}
    assert modes == {"ca.crt": 0o644, "ca.key": 0o600, "tls.crt": 0o644, "tls.key": 0o600}
    assert_serves(made, NOW)


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_the_ca_connects_to(
    tmp_path: Path, handshake: Handshake, name: str
) -> None:
    now = datetime.now(UTC)
    made = ensure_development_certificates(tmp_path / "certs", now=now)
    pair = read_key_pair(made.certificate, made.key, now=now)

    assert handshake(pair, made.ca_certificate.read_bytes(), name) == "TLSv1.3"


def test_the_ca_can_vouch_for_loopback_names_only(tmp_path: Path) -> None:
    made = ensure_development_certificates(tmp_path, now=NOW)
    ca = read_key_pair(made.ca_certificate, made.ca_key, now=NOW)
    forged = issue_serving_leaf(
        ca, subject("a bank", "a bank"), names=["bank.example"], now=NOW, lifetime=DAY
    )

    with pytest.raises(CertificateError):
        verify(forged, [ca.certificate], name="bank.example", now=NOW)


def remove(*names: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return act


def put(name: str, content: bytes) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return act


def swap_keys(folder: Path) -> None:
    ours, theirs = folder / "ca.key", folder / "tls.key"
    content = ours.read_bytes()
    ours.write_bytes(theirs.read_bytes())
    theirs.write_bytes(content)


def do_nothing(_: Path) -> None:
    """Leave the folder as it was made."""


def both(*acts: Callable[[Path], None]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        for one in acts:
            one(folder)

    return act


def install(ca: KeyPair | None, leaf: KeyPair | None) -> Callable[[Path], None]:
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


def leaf_for(*names: str) -> Callable[[Path], None]:
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


ALL = set(FILES)
LEAF = {"tls.crt", "tls.key"}


@pytest.mark.parametrize(
    ("act", "age", "action", "changes"),
    [
        pytest.param(do_nothing, 0 * DAY, KEPT, set(), id="nothing is wrong"),
        pytest.param(do_nothing, 60 * DAY, KEPT, set(), id="the leaf has 30 days left"),
        pytest.param(do_nothing, 61 * DAY, RENEWED, LEAF, id="the leaf has 29 days left"),
        pytest.param(do_nothing, 91 * DAY, RENEWED, LEAF, id="the leaf has expired"),
        pytest.param(do_nothing, 3560 * DAY, RENEWED, LEAF, id="the CA outlives another leaf"),
        pytest.param(do_nothing, 3561 * DAY, MADE, ALL, id="the CA ends before another leaf would"),
        pytest.param(do_nothing, 9999 * DAY, MADE, ALL, id="the CA has expired"),
        pytest.param(remove("tls.crt"), 0 * DAY, RENEWED, LEAF, id="tls.crt is missing"),
        pytest.param(remove("tls.key"), 0 * DAY, RENEWED, LEAF, id="tls.key is missing"),
        pytest.param(remove(*LEAF), 0 * DAY, RENEWED, LEAF, id="the leaf is missing"),
        pytest.param(remove("ca.crt"), 0 * DAY, MADE, ALL, id="ca.crt is missing"),
        pytest.param(remove("ca.key"), 0 * DAY, KEPT, set(), id="ca.key is missing, not needed"),
        pytest.param(remove("ca.key"), 61 * DAY, MADE, ALL, id="ca.key is missing and needed"),
        pytest.param(remove("ca.crt", "ca.key"), 0 * DAY, MADE, ALL, id="the CA is missing"),
        pytest.param(remove("ca.crt", "tls.key"), 0 * DAY, MADE, ALL, id="one of each is missing"),
        pytest.param(remove(*FILES), 0 * DAY, MADE, ALL, id="everything is missing"),
        pytest.param(put("tls.crt", b""), 0 * DAY, RENEWED, LEAF, id="tls.crt is empty"),
        pytest.param(put("tls.key", b"\n"), 0 * DAY, RENEWED, LEAF, id="tls.key is a blank line"),
        pytest.param(put("ca.crt", b""), 0 * DAY, MADE, ALL, id="ca.crt is empty"),
        pytest.param(swap_keys, 0 * DAY, MADE, ALL, id="the keys are swapped"),
        pytest.param(
            put("tls.key", THEIR_LEAF.key_pem), 0 * DAY, RENEWED, LEAF, id="tls.key does not match"
        ),
        pytest.param(
            put("ca.key", THEIR_CA.key_pem),
            61 * DAY,
            MADE,
            ALL,
            id="ca.key does not match and is needed",
        ),
        pytest.param(leaf_for("localhost"), 0 * DAY, RENEWED, LEAF, id="the leaf lacks a name"),
        pytest.param(an_older_ca, 0 * DAY, MADE, ALL, id="the CA may not vouch for a name"),
        pytest.param(
            install(THEIR_CA, THEIR_LEAF), 0 * DAY, KEPT, set(), id="good pairs of the user's own"
        ),
        pytest.param(
            install(THEIR_CA, None), 0 * DAY, RENEWED, LEAF, id="a CA of the user's own, our leaf"
        ),
        pytest.param(
            both(remove(*LEAF), install(THEIR_CA, None)),
            0 * DAY,
            RENEWED,
            LEAF,
            id="a CA of the user's own, no leaf",
        ),
    ],
)
def test_what_happens_when(
    tmp_path: Path,
    act: Callable[[Path], None],
    age: timedelta,
    action: DevelopmentAction,
    changes: set[str],
) -> None:
    ensure_development_certificates(tmp_path, now=NOW)
    act(tmp_path)
    before = contents(tmp_path)

    found = ensure_development_certificates(tmp_path, now=NOW + age)

    assert found.action is action
    assert changed(before, contents(tmp_path)) == changes
    if changes:
        assert_serves(found, NOW + age)
    assert ensure_development_certificates(tmp_path, now=NOW + age).action is KEPT


GARBAGE = b"-- notes to myself --\n"


@pytest.mark.parametrize(
    ("act", "age", "said"),
    [
        *(
            pytest.param(put(name, GARBAGE), 0 * DAY, name, id=f"garbage in {name}")
            for name in ("ca.crt", "tls.crt", "tls.key")
        ),
        pytest.param(
            put("ca.key", GARBAGE), 61 * DAY, "ca.key", id="garbage in ca.key when it is needed"
        ),
        pytest.param(
            both(remove("tls.crt"), put("tls.key", GARBAGE)),
            0 * DAY,
            "tls.key",
            id="garbage in a lone tls.key",
        ),
        pytest.param(
            both(remove("ca.crt"), put("ca.key", GARBAGE)),
            0 * DAY,
            "ca.key",
            id="garbage in a lone ca.key",
        ),
        pytest.param(
            both(remove("ca.crt", "tls.crt", "tls.key")),
            0 * DAY,
            "pair from elsewhere",
            id="a lone key that nothing says whose it is",
        ),
        pytest.param(
            both(remove("tls.crt"), install(THEIR_CA, None)),
            0 * DAY,
            "pair from elsewhere",
            id="a lone key beside a CA from elsewhere",
        ),
        pytest.param(
            install(None, THEIR_LEAF),
            0 * DAY,
            "do not verify",
            id="a leaf of a CA that is not here",
        ),
        pytest.param(
            install(THEIR_CA, THEIR_LEAF), 11 * DAY, "expired", id="an expired leaf from elsewhere"
        ),
        pytest.param(
            install(THEIR_CA, None), 1000 * DAY, "outlive", id="an ending CA from elsewhere"
        ),
        pytest.param(
            both(remove(*LEAF), install(THEIR_LEAF, None)),
            0 * DAY,
            "outlive",
            id="no CA in the place of the CA, and it ends soon",
        ),
        pytest.param(
            both(remove(*LEAF), install(THEIR_LONG_LEAF, None)),
            0 * DAY,
            "do not verify",
            id="no CA in the place of the CA",
        ),
        pytest.param(
            do_nothing,
            -1 * DAY,
            "is only valid from 2026-03-01T11:00:00Z; check this machine's clock",
            id="the clock is behind",
        ),
        pytest.param(
            remove(*LEAF),
            -1 * DAY,
            "is only valid from 2026-03-01T11:00:00Z; check this machine's clock",
            id="the clock is behind and the leaf is missing",
        ),
    ],
)
def test_nothing_is_replaced_when(
    tmp_path: Path, act: Callable[[Path], None], age: timedelta, said: str
) -> None:
    ensure_development_certificates(tmp_path, now=NOW)
    act(tmp_path)
    before = contents(tmp_path)

    with pytest.raises(CertificateError, match=said) as refused:
        ensure_development_certificates(tmp_path, now=NOW + age)

    assert contents(tmp_path) == before
    assert "\n" not in str(refused.value)
    assert ("leasegate certs dev --force" in str(refused.value)) is (age >= 0 * DAY)
    forced = ensure_development_certificates(tmp_path, now=NOW + age, force=True)
    assert changed(before, contents(tmp_path)) == ALL
    assert_serves(forced, NOW + age)


def test_force_makes_everything_anew(tmp_path: Path) -> None:
    ensure_development_certificates(tmp_path, now=NOW)
    before = contents(tmp_path)

    forced = ensure_development_certificates(tmp_path, now=NOW, force=True)

    assert forced.action is MADE
    assert changed(before, contents(tmp_path)) == ALL
    assert_serves(forced, NOW)


def test_a_folder_in_the_place_of_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "tls.key").mkdir()

    with pytest.raises(CertificateError, match="not a regular file") as refused:
        ensure_development_certificates(tmp_path, now=NOW)
    assert refused.value.reason is Reason.NOT_OURS
    with pytest.raises(CertificateError, match="cannot be written") as refused:
        ensure_development_certificates(tmp_path, now=NOW, force=True)
    assert refused.value.reason is Reason.UNWRITABLE


@pytest.mark.parametrize(
    ("act", "age", "words"),
    [
        pytest.param(
            do_nothing, 0 * DAY, "Kept {0}/tls.crt, issued by {0}/ca.crt.", id="when all is kept"
        ),
        pytest.param(
            do_nothing,
            61 * DAY,
            "Issued {0}/tls.crt by the CA in {0}/ca.crt, since {0}/tls.crt would expire at "
            "2026-05-30T12:00:00Z.",
            id="when the leaf ends",
        ),
        pytest.param(
            leaf_for("localhost"),
            0 * DAY,
            "Issued {0}/tls.crt by the CA in {0}/ca.crt, since {0}/tls.crt does not name "
            "127.0.0.1, ::1 in its subject alternative names.",
            id="when the leaf lacks names",
        ),
        pytest.param(
            do_nothing,
            9999 * DAY,
            "Made a CA in {0}/ca.crt and, issued by it, {0}/tls.crt.",
            id="when the CA has expired",
        ),
    ],
)
def test_one_sentence_says_what_was_done(
    tmp_path: Path, act: Callable[[Path], None], age: timedelta, words: str
) -> None:
    ensure_development_certificates(tmp_path, now=NOW)
    act(tmp_path)

    found = ensure_development_certificates(tmp_path, now=NOW + age)

    assert found.summary == words.format(tmp_path)


def test_good_certificates_in_a_folder_that_cannot_be_written_to_are_kept(
    open_folder: Path, unprivileged: Unprivileged
) -> None:
    ensure_development_certificates(open_folder, now=NOW)
    (open_folder / "tls.key").chmod(0o644)
    open_folder.chmod(0o555)

    with unprivileged():
        assert ensure_development_certificates(open_folder, now=NOW).action is KEPT
        with pytest.raises(CertificateError, match="Permission denied") as refused:
            ensure_development_certificates(open_folder, now=NOW, force=True)
    assert refused.value.reason is Reason.UNWRITABLE


@pytest.mark.parametrize("age", [0 * DAY, 61 * DAY, 9999 * DAY], ids=["none", "leaf", "CA"])
@pytest.mark.parametrize("written", range(4))
def test_whatever_an_interrupted_run_leaves_is_mended_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int, age: timedelta
) -> None:
    """The process dies after so many files."""
    if age:
        ensure_development_certificates(tmp_path, now=NOW)
    now = NOW + age
    replace = Path.replace
    budget = iter(range(written))

    class Died(BaseException):
        pass

    def replace_or_die(path: Path, target: Path) -> Path:
        if next(budget, None) is None:
            raise Died
        return replace(path, target)

    with monkeypatch.context() as patched, suppress(Died):
        patched.setattr(Path, "replace", replace_or_die)
        ensure_development_certificates(tmp_path, now=now)

    mended = ensure_development_certificates(tmp_path, now=now)

    assert_serves(mended, now)
    assert ensure_development_certificates(tmp_path, now=now).action is KEPT


RUN = """
import sys
from datetime import datetime
from pathlib import Path
from app.pki import ensure_development_certificates
print("ready", flush=True)
sys.stdin.readline()
made = ensure_development_certificates(Path(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2]))
print(made.action, flush=True)
"""


@pytest.mark.parametrize("age", [0 * DAY, 61 * DAY], ids=["an empty folder", "an ending leaf"])
def test_of_several_processes_at_once_one_writes_and_all_agree(
    tmp_path: Path, age: timedelta
) -> None:
    if age:
        ensure_development_certificates(tmp_path, now=NOW)
    now = NOW + age
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, tmp_path, now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = sorted(process.communicate(timeout=60)[0].strip() for process in processes)

    assert said == ["kept", "kept", "kept", str(RENEWED if age else MADE)]
    assert set(contents(tmp_path)) == ALL
    assert_serves(ensure_development_certificates(tmp_path, now=now), now)


def test_the_folder_is_held_while_it_is_looked_at_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "LOCK_PATIENCE", 0.0)

    for force in (False, True):
        with exclusive(tmp_path), pytest.raises(CertificateError) as refused:
            ensure_development_certificates(tmp_path, now=NOW, force=force)
        assert refused.value.reason is Reason.BUSY
    assert contents(tmp_path) == {}


@settings(deadline=None, max_examples=60)
@given(
    damage=st.dictionaries(
        st.sampled_from(FILES),
        st.sampled_from(["remove", "empty", "garbage", "cut off", "theirs"]),
    ),
    age=st.integers(-10, 4000),
)
def test_whatever_lies_there_it_ends_in_good_certificates_or_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, damage: dict[str, str], age: int
) -> None:
    folder = tmp_path_factory.mktemp("certs")
    ensure_development_certificates(folder, now=NOW)
    theirs = {"ca": THEIR_CA, "tls": THEIR_LEAF}
    for name, kind in damage.items():
        path, pair = folder / name, theirs[Path(name).stem]
        content = {
            "empty": b"",
            "garbage": GARBAGE,
            "cut off": path.read_bytes()[:150],
            "theirs": pair.key_pem if name.endswith("key") else pair.certificate_pem,
        }
        path.unlink() if kind == "remove" else path.write_bytes(content[kind])
    before = contents(folder)
    now = NOW + age * DAY

    try:
        found = ensure_development_certificates(folder, now=now)
    except CertificateError as error:
        assert "\n" not in str(error)  # noqa: PT017 - some damage is mended, some refused
        assert contents(folder) == before
    else:
        read_key_pair(found.certificate, found.key, now=now, names=NAMES)
        kept = {name for name, kind in damage.items() if kind in {"garbage", "cut off"}}
        assert not kept & changed(before, contents(folder))


def test_subjects_of_ca_and_leaf_differ(tmp_path: Path) -> None:
    """Where they are the same OpenSSL takes the leaf for one that signed itself."""
    made = ensure_development_certificates(tmp_path, now=NOW)
    certificates = [
        x509.load_pem_x509_certificate(path.read_bytes())
        for path in (made.certificate, made.ca_certificate)
    ]

    assert certificates[0].subject != certificates[1].subject
