"""The Secret's values, as they were written and as anybody may have written them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from app.pki.lifetimes import Lifetimes
from app.pki.rotation_changes import Workshop
from app.pki.rotation_terms import (
    AddAuthority,
    DropAuthorities,
    IssueLeaf,
    RecordPublished,
    Register,
    State,
)
from app.pki.secret_state import Contents, read_contents, write_contents

NOW = datetime(2026, 8, 1, tzinfo=UTC).timestamp()
NAMES = ("leasegate.default.svc", "leasegate")
WORKSHOP = Workshop(names=NAMES, lifetimes=Lifetimes())
LATER = NOW + 1000
KEYS = ("tls.crt", "tls.key", "ca.crt", "ca.key", "state.json")


def made() -> Contents:
    """Return contents with two CAs, a leaf of the newer one and all that state.json can hold."""
    first = WORKSHOP.apply(
        Contents(),
        [AddAuthority(is_first=True), IssueLeaf(is_early=True)],
        now=NOW,
        known={},
        serving=None,
    )
    assert first.state.newest is not None
    assert first.state.leaf is not None
    return WORKSHOP.apply(
        first,
        [
            RecordPublished(frozenset({first.state.newest.fingerprint})),
            AddAuthority(is_first=False),
            Register("a", (first.state.leaf,)),
            IssueLeaf(),
            DropAuthorities(frozenset({"gone"})),
        ],
        now=NOW,
        known={},
        serving=None,
    )


MADE = made()
DATA = write_contents(MADE)


def read(data: dict[str, bytes], names: tuple[str, ...] = NAMES) -> Contents:
    return read_contents(data, names=names, others=(), keep_unknown_until=LATER)


def test_what_was_written_is_read() -> None:
    found = read(DATA)
    assert found.state == MADE.state
    assert found.flaws == ()
    assert write_contents(found) == DATA


def test_an_empty_secret_is_an_empty_state() -> None:
    assert read({}).state == State()
    assert read(dict.fromkeys(KEYS, b"")).state == State()
    assert read({}).flaws == ()


@pytest.mark.parametrize(
    ("lost", "keeps_leaf", "can_issue", "flaw"),
    [
        pytest.param("tls.crt", False, True, "", id="the leaf"),
        pytest.param("tls.key", False, True, "tls.key holds no usable", id="its key"),
        pytest.param("ca.key", True, False, "", id="the key of the CA"),
        pytest.param("state.json", True, False, "ca.key is not the key", id="the state"),
    ],
)
def test_the_rest_is_used_when_something_is_lost(
    lost: str, keeps_leaf: bool, can_issue: bool, flaw: str
) -> None:
    found = read({**DATA, lost: b""})
    assert (found.state.leaf is not None) is keeps_leaf
    assert found.state.can_issue is can_issue
    assert flaw in " ".join(found.flaws)
    assert len(found.state.authorities) == 2


def test_without_the_register_older_cas_are_kept_for_a_while() -> None:
    for state in (b"", b"{", b'{"authorities": 1}', b'{"extra": 1}', b"\xff"):
        found = read({**DATA, "state.json": state})
        assert [one.keep_until for one in found.state.authorities] == [LATER, LATER]
        assert found.state.replicas == {}


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "1e999", '"x"', "null"], ids=lambda number: number
)
def test_a_date_that_is_none_makes_the_state_unreadable(number: str) -> None:
    leaf = f'{{"fingerprint": "f", "issuer": "i", "not_after": {number}}}'
    found = read({**DATA, "state.json": f'{{"replicas": {{"a": [{leaf}]}}}}'.encode()})
    assert found.state.replicas == {}
    assert "state.json cannot be read" in found.flaws


def test_the_key_of_another_ca_is_no_key() -> None:
    other = write_contents(made())
    assert read({**DATA, "ca.key": other["ca.key"]}).state.can_issue is False


def test_a_leaf_without_our_names_is_none() -> None:
    found = read(DATA, (*NAMES, "other.default.svc"))
    assert found.state.leaf is None
    assert "does not name other.default.svc" in " ".join(found.flaws)


def test_a_leaf_of_an_unknown_ca_is_none() -> None:
    other = write_contents(made())
    found = read({**DATA, "tls.crt": other["tls.crt"], "tls.key": other["tls.key"]})
    assert found.state.leaf is None
    known = list(read(other).certificates.values())
    found = read_contents(
        {**DATA, "tls.crt": other["tls.crt"], "tls.key": other["tls.key"]},
        names=NAMES,
        others=known,
        keep_unknown_until=LATER,
    )
    assert found.state.leaf is not None


def test_a_leaf_is_no_authority_and_rubbish_between_is_passed_over() -> None:
    found = read({**DATA, "ca.crt": DATA["tls.crt"] + b"rubbish\n" + DATA["ca.crt"]})
    assert found.state.authorities == MADE.state.authorities


def test_the_keys_stay_out_of_what_a_log_would_show() -> None:
    for value in (MADE, read(DATA)):
        assert "PRIVATE" not in repr(value)
        for line in DATA["ca.key"].splitlines()[1:-1]:
            assert line.decode() not in repr(value)


def test_the_list_of_dropped_cas_does_not_grow_for_ever() -> None:
    contents = MADE
    for number in range(200):
        dropped = contents.state.dropped | {f"ca-{number}"}
        contents = replace(contents, state=replace(contents.state, dropped=dropped))
        contents = read(write_contents(contents))
    assert len(contents.state.dropped) == 50
    assert "ca-199" in contents.state.dropped


@given(
    st.dictionaries(
        st.sampled_from(KEYS),
        st.one_of(st.binary(max_size=300), st.sampled_from(list(DATA.values()))),
    )
)
def test_whatever_the_secret_holds_it_is_read_and_can_be_written(data: dict[str, bytes]) -> None:
    found = read({**DATA, **data})
    again = read(write_contents(found))
    assert again.state.authorities == found.state.authorities
    assert again.state.leaf == found.state.leaf
    assert again.state.can_issue == found.state.can_issue


@given(st.data())
def test_a_value_with_a_bit_flipped_is_read(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(KEYS))
    value = bytearray(DATA[key])
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    read({**DATA, key: bytes(value)})
