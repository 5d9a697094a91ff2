"""When development certificates are kept, when the leaf is renewed and when everything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.pki.development import DevelopmentAction, ensure_development_certificates
from tests.pki.development_folder import (
    ALL,
    FILES,
    KEPT,
    LEAF,
    MADE,
    RENEWED,
    THEIR_CA,
    THEIR_LEAF,
    an_older_ca,
    assert_serves,
    both,
    changed,
    contents,
    do_nothing,
    install,
    leaf_for,
    put,
    remove,
    swap_keys,
)
from tests.pki.issued import DAY, NOW

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from tests.pki.development_folder import Act


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
    act: Act,
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
    tmp_path: Path, act: Act, age: timedelta, words: str
) -> None:
    ensure_development_certificates(tmp_path, now=NOW)
    act(tmp_path)

    found = ensure_development_certificates(tmp_path, now=NOW + age)

    assert found.summary == words.format(tmp_path)
