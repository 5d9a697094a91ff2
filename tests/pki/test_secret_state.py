"""The Secret's values, as they were written and as anybody may have written them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from app.pki.certificate_issuer import CertificateIssuer
from app.pki.lifetimes import Lifetimes
from app.pki.rotation_state import Ask, Drop, Mark, Retire, State, applied
from app.pki.secret_state import Contents, read_contents

NOW = datetime(2026, 8, 1, tzinfo=UTC).timestamp()
ISSUER = CertificateIssuer(names=("leasegate.default.svc", "leasegate"), lifetimes=Lifetimes())
KEYS = ("tls.crt", "tls.key", "ca.crt", "ca.key", "signing.key", "state.json", "rotation.json")


def made() -> Contents:
    """Return contents with three CAs, of which the second one signs, and all that can be said."""
    contents = Contents()
    for _ in range(2):
        contents = ISSUER.add_authority(contents, NOW)
        state = contents.state
        assert state.newest is not None
        contents = replace(
            contents, state=applied(state, Mark(state.newest.fingerprint, is_propagated=True))
        )
    state = contents.state
    for change in (
        Retire(state.authorities[0].fingerprint, NOW),
        Ask(revoke=True),
        Drop(frozenset({"gone"})),
    ):
        state = applied(state, change)
    return ISSUER.add_authority(replace(contents, state=state), NOW)


MADE = made()
DATA = MADE.to_write()


def read(data: dict[str, bytes]) -> Contents:
    return read_contents(data, now=NOW, lifetimes=Lifetimes())


def told(state: State) -> State:
    """Return a state without what only the previous version needs."""
    authorities = tuple(replace(one, published_at=None) for one in state.authorities)
    return replace(state, authorities=authorities)


def test_what_was_written_is_read_and_not_written_again() -> None:
    found = read(DATA)
    assert told(found.state) == MADE.state
    assert [one.has_key for one in found.state.authorities] == [False, True, True]
    assert found.flaws == ()
    assert found.to_write() == {}


def test_an_empty_secret_is_an_empty_state() -> None:
    for data in ({}, dict.fromkeys(KEYS, b"")):
        assert read(data).state == State()
        assert read(data).flaws == ()


@pytest.mark.parametrize(
    ("lost", "keys", "flaw"),
    [
        pytest.param("ca.key", 1, "", id="the key of the newest CA"),
        pytest.param("signing.key", 1, "", id="the key of the CA that signs"),
        pytest.param("state.json", 1, "ca.key is not the key", id="the state"),
        pytest.param("rotation.json", 1, "", id="how far each CA is"),
        pytest.param("ca.crt", 0, "", id="the CAs"),
    ],
)
def test_the_rest_is_used_when_something_is_lost(lost: str, keys: int, flaw: str) -> None:
    found = read({**DATA, lost: b""})
    assert sum(one.has_key for one in found.state.authorities) == keys
    assert flaw in " ".join(found.flaws)
    assert len(found.state.authorities) == (0 if lost == "ca.crt" else 3)


@pytest.mark.parametrize("content", [b"{", b'{"authorities": 1}', b"\xff"])
def test_a_ca_of_which_nothing_is_known_counts_as_one_with_long_leaves(content: bytes) -> None:
    found = read({**DATA, "rotation.json": content})
    assert "rotation.json cannot be read" in found.flaws
    for one in found.state.authorities:
        assert (one.leaf, one.is_propagated, one.retired_at) == (30 * 86_400, False, None)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", '"x"', "null", "0", "-1"])
def test_a_lifetime_that_is_none_makes_it_unreadable(number: str) -> None:
    content = f'{{"authorities": {{"a": {{"leaf": {number}}}}}}}'.encode()
    assert "rotation.json cannot be read" in read({**DATA, "rotation.json": content}).flaws


def test_what_a_later_version_says_besides_is_passed_over() -> None:
    content = DATA["rotation.json"].replace(b"{", b'{"later": 1,', 1)
    assert told(read({**DATA, "rotation.json": content}).state) == MADE.state


def test_the_key_of_another_ca_is_no_key() -> None:
    other = made().to_write()
    found = read({**DATA, "ca.key": other["ca.key"]})
    assert [one.has_key for one in found.state.authorities] == [False, True, False]


def test_rubbish_between_certificates_is_passed_over() -> None:
    found = read({**DATA, "ca.crt": b"rubbish\n" + DATA["ca.crt"]})
    assert told(found.state) == MADE.state


def test_the_keys_stay_out_of_what_a_log_would_show() -> None:
    for value in (MADE, read(DATA)):
        assert "PRIVATE" not in repr(value)
        for line in DATA["ca.key"].splitlines()[1:-1]:
            assert line.decode() not in repr(value)


def test_the_list_of_dropped_cas_does_not_grow_for_ever() -> None:
    contents = MADE
    for number in range(200):
        state = applied(contents.state, Drop(frozenset({f"ca-{number}"})))
        contents = read(DATA | replace(contents, state=state).to_write())
    assert len(contents.state.dropped) == 50
    assert contents.state.dropped[-1] == "ca-199"


@given(
    st.dictionaries(
        st.sampled_from(KEYS),
        st.one_of(st.binary(max_size=300), st.sampled_from(list(DATA.values()))),
    )
)
def test_whatever_the_secret_holds_it_is_read_and_can_be_written(data: dict[str, bytes]) -> None:
    found = read({**DATA, **data})
    again = read({**DATA, **data, **found.to_write()})
    assert again.to_write() == {}
    assert told(again.state) == told(found.state)


@given(st.data())
def test_a_value_with_a_bit_flipped_is_read(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(DATA)))
    value = bytearray(DATA[key] or b"\0")
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    read({**DATA, key: bytes(value)})
