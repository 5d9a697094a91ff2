"""Nothing that may be somebody's own is replaced without --force; one sentence says why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from app.pki.development import ensure_development_certificates
from app.pki.errors import CertificateError, Fault
from tests.pki.development_folder import (
    ALL,
    FILES,
    GARBAGE,
    LEAF,
    NAMES,
    THEIR_CA,
    THEIR_LEAF,
    THEIR_LONG_LEAF,
    assert_serves,
    both,
    changed,
    contents,
    do_nothing,
    install,
    put,
    remove,
)
from tests.pki.issued import DAY, NOW, read_key_pair

if TYPE_CHECKING:
    from datetime import timedelta

    from tests.pki.development_folder import Act


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
            remove("ca.crt", "tls.crt", "tls.key"),
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
def test_nothing_is_replaced_when(tmp_path: Path, act: Act, age: timedelta, said: str) -> None:
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


def test_a_folder_in_the_place_of_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "tls.key").mkdir()

    with pytest.raises(CertificateError, match="not a regular file") as refused:
        ensure_development_certificates(tmp_path, now=NOW)
    assert refused.value.reason is Fault.NOT_OURS
    with pytest.raises(CertificateError, match="cannot be written") as refused:
        ensure_development_certificates(tmp_path, now=NOW, force=True)
    assert refused.value.reason is Fault.UNWRITABLE


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
