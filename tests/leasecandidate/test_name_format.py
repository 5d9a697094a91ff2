"""Formats of names: what is matched in another way than by the pattern that messages show."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from hypothesis import given, strategies as st

from app.leasecandidate.name_format import dns_subdomain

SHOWN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@given(st.text(alphabet="a1.-A\n", max_size=12))
def test_a_subdomain_is_what_the_message_says(value: str) -> None:
    assert (dns_subdomain(value) == []) == (SHOWN.fullmatch(value) is not None)


@pytest.mark.parametrize("value", ["1." * 500_000, "1." * 500_000 + "1", "a-" * 500_000])
def test_a_megabyte_of_labels_takes_no_memory_for_each(value: str) -> None:
    tracemalloc.start()
    try:
        assert dns_subdomain(value)
        assert tracemalloc.get_traced_memory()[1] < len(value)
    finally:
        tracemalloc.stop()
