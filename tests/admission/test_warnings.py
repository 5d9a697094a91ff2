"""Warnings as kube-apiserver passes them on."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from app.admission.warnings import LENGTH, TOTAL_LENGTH, tidy

any_text = st.text(
    st.characters() | st.sampled_from("\n\t\0\x1b\x7f\x85\u2028\ud800"), max_size=600
)


@pytest.mark.parametrize(
    ("warnings", "sent"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(["", " ", "\n\t"], [], id="nothing to read"),
        pytest.param(["b", "a", "b"], ["b", "a"], id="each once, in order"),
        pytest.param(["a\nb", "a b"], ["a b"], id="each once after it was made printable"),
        pytest.param(["a\tb\x1b[31m\0c\x7f"], ["a b [31m c"], id="no control characters"),
        pytest.param(["\ud800"], [], id="no lone surrogates"),
        pytest.param(["é \N{GRINNING FACE}"], ["é \N{GRINNING FACE}"], id="any language"),
        pytest.param(["x" * LENGTH], ["x" * LENGTH], id="just long enough"),
        pytest.param(
            ["x" * (LENGTH + 1)], ["x" * (LENGTH - 3) + "..."], id="cut where it is longer"
        ),
        pytest.param(
            ["x" * 300 + "1", "x" * 300 + "2"],
            ["x" * (LENGTH - 3) + "..."],
            id="once after the cut",
        ),
    ],
)
def test_warnings_are_made_fit_to_send(warnings: list[str], sent: list[str]) -> None:
    assert tidy(warnings) == sent


def test_what_does_not_fit_any_more_is_left_out_and_what_does_is_not() -> None:
    long = [f"{number:03d}".ljust(LENGTH, "x") for number in range(20)]
    sent = tidy([*long, "short"])
    assert sent == long[: TOTAL_LENGTH // LENGTH]
    assert tidy([*long[:15], "short", *long[15:]]) == [*long[:15], "short"]


@given(st.lists(any_text, max_size=30))
def test_whatever_comes_kube_apiserver_passes_it_on(warnings: list[str]) -> None:
    sent = tidy(warnings)
    assert len(sent) == len(set(sent))
    assert sum(map(len, sent)) <= TOTAL_LENGTH
    for warning in sent:
        assert 0 < len(warning) <= LENGTH
        assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in warning)
        assert warning == warning.strip()
    assert tidy(sent) == sent
