"""Semantic versions as kube-apiserver reads them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from app.leasecandidate import version
from tests.leasecandidate.strategies import near_versions, versions

BIG = 2**64 - 1
MEGABYTES = 3_000_000


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("v1.33", "1.33.0"),
        ("v1.33.0", "1.33.0"),
        ("V1.33.0", "1.33.0"),
        (" 1.33.0", "1.33.0"),
        ("1.33.0\n", "1.33.0"),
        ("\t v1.33.0 \r\n", "1.33.0"),
        ("v 1.33.0", "1.33.0"),
        ("1.33", "1.33.0"),
        ("1", "1.0.0"),
        ("v1", "1.0.0"),
        ("01.33.0", "1.33.0"),
        ("1.033.0", "1.33.0"),
        ("1.33.00", "1.33.0"),
        ("0", "0.0.0"),
        ("1.33-alpha.1", "1.33.0-alpha.1"),
        ("v1.33+build", "1.33.0+build"),
        ("v1.33.0-rc.0+a.b", "1.33.0-rc.0+a.b"),
        (f"v{BIG}.0", f"{BIG}.0.0"),
        # Nothing that could be meant.
        ("1.33.0", None),
        ("", None),
        (" ", None),
        ("v", None),
        ("vv1.33.0", None),
        ("version 1.33", None),
        ("1.33.0.0", None),
        ("1.33.", None),
        (".33.0", None),
        ("1..0", None),
        ("1,33,0", None),
        ("1.33.x", None),
        ("-1.33.0", None),
        ("1.33.0-", None),
        ("1.33.0-01", None),
        ("1.33.0-a..b", None),
        (f"v{BIG + 1}.0", None),
        ("v" + "9" * 21, None),
        ("v" + "1" * MEGABYTES, None),
        ("\N{FULLWIDTH DIGIT ONE}.0", None),
        ("latest", None),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_near_miss_gets_the_version_that_was_most_likely_meant(
    text: str, suggestion: str | None
) -> None:
    assert version.suggest(text) == suggestion


@given(near_versions)
def test_a_suggestion_is_a_version_and_differs(text: str) -> None:
    suggestion = version.suggest(text)
    if suggestion is not None:
        assert version.parse(suggestion) is not None
        assert suggestion != text


@pytest.mark.parametrize(
    "text",
    [
        f"{BIG}.{BIG}.{BIG}",
        f"1.0.0-{BIG}",
        f"1.0.0-{BIG}.{BIG}",
        "1.0.0+" + "9" * 5000,
        "1.0.0-a" + "9" * 5000,
        "1.0.0-" + "a" * 100_000,
        "1.0.0+" + "1." * 50_000 + "1",
    ],
    ids=lambda text: text[:30],
)
def test_every_number_of_64_bits_and_every_usual_length_is_a_version(text: str) -> None:
    assert version.parse(text) is not None
    assert str(version.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        f"{BIG + 1}.0.0",
        f"0.{BIG + 1}.0",
        f"0.0.{BIG + 1}",
        f"1.0.0-{BIG + 1}",
        f"1.0.0-a.{BIG + 1}",
        "9" * 5000 + ".0.0",
        "0." + "9" * 5000 + ".0",
        "0.0." + "9" * 5000,
        "0.0." + "9" * 5000 + "-a",
        "1.0.0-" + "9" * 5000,
        "1.0.0-a." + "9" * 5000 + "+b",
        "1" * MEGABYTES,
        "1." * (MEGABYTES // 2),
        "1.0.0-" + "1" * MEGABYTES + "!",
        "1.0.0-" + "a." * (MEGABYTES // 2),
        "1.0.0+" + "-." * (MEGABYTES // 2),
        " " * MEGABYTES,
        "1.0.0\n",
        "1.0.0-a\n",
        "1.0.0+a\n",
        "\N{FULLWIDTH DIGIT ONE}.0.0",
        "1.0.\N{ARABIC-INDIC DIGIT THREE}",
        "1.0.0-\N{ARABIC-INDIC DIGIT THREE}",
        "1.0.0-\N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_numbers_beyond_64_bits_and_hostile_texts_are_no_versions(text: str) -> None:
    assert version.parse(text) is None
    assert version.is_zero(text)


@given(st.one_of(versions(), near_versions, st.text(alphabet="0123456789.-+av", max_size=20)))
def test_what_parses_is_what_the_grammar_says(text: str) -> None:
    """The grammar of semver.org, with numbers of at most 64 bits."""
    number = "(0|[1-9][0-9]*)"
    match = re.fullmatch(
        rf"{number}\.{number}\.{number}(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?", text
    )
    expected = match is not None and all(int(match[part]) <= BIG for part in (1, 2, 3))
    if match is not None:
        for identifier in (match[4] or "a").split("."):
            numeric = identifier.isdigit()
            expected &= bool(identifier)
            expected &= not numeric or (
                int(identifier) <= BIG and str(int(identifier)) == identifier
            )
        expected &= all((match[5] or "a").split("."))
    assert (version.parse(text) is not None) is expected


PRECEDENCE = [
    "0.0.0-0",
    "0.0.0-a",
    "0.0.0",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    f"1.0.0-{BIG}",
    "1.0.0--",
    "1.0.0-1a",
    "1.0.0-A",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.1.0",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0",
    "1.0.1-0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
    f"{BIG - 1}.0.0",
    f"{BIG}.0.0",
]


def test_versions_sort_by_their_precedence() -> None:
    assert sorted(sorted(PRECEDENCE), key=version.order.__getitem__) == PRECEDENCE
    assert len({version.order[text] for text in PRECEDENCE}) == len(PRECEDENCE)


@given(versions(), versions())
def test_versions_sort_as_the_semver_package_compares_them(one: str, other: str) -> None:
    left, right = version.parse(one), version.parse(other)
    assert left is not None
    assert right is not None
    expected = left.compare(right)
    assert version.is_below(one, other) is (expected < 0)
    assert version.is_below(other, one) is (expected > 0)


@given(versions())
def test_build_metadata_does_not_count(text: str) -> None:
    plain, _, _ = text.partition("+")
    assert version.order[plain] == version.order[f"{plain}+build.7"]


def test_what_is_no_version_counts_as_zero() -> None:
    assert version.order["v1.0.0"] == version.order["0.0.0"] != version.order["1.0.0"]
