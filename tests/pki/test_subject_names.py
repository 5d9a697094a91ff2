from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings, strategies as st

from app.pki.errors import CertificateError, Fault
from app.pki.subject_names import parse_name


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        pytest.param("localhost", "localhost", id="one label"),
        pytest.param(
            "LeaseGate.Default.SVC", "leasegate.default.svc", id="capitals count as small"
        ),
        pytest.param("*.example.org", "*.example.org", id="a wildcard label in front"),
        pytest.param(
            "xn--bcher-kva.example", "xn--bcher-kva.example", id="the ASCII form of bücher"
        ),
        pytest.param("3com.example", "3com.example", id="a digit in front"),
        pytest.param("1.2.3.4a", "1.2.3.4a", id="numbers, and a letter at the end"),
        pytest.param("a" * 63 + ".b", "a" * 63 + ".b", id="a label of 63 characters"),
        pytest.param("a." * 126 + "b", "a." * 126 + "b", id="253 characters"),
        pytest.param("127.0.0.1", IPv4Address("127.0.0.1"), id="an IPv4 address"),
        pytest.param("::1", IPv6Address("::1"), id="an IPv6 address"),
        pytest.param("0:0::0001", IPv6Address("::1"), id="an IPv6 address in long"),
    ],
)
def test_it_is_a_name(name: str, parsed: str | IPv4Address | IPv6Address) -> None:
    assert parse_name(name) == parsed


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="nothing"),
        pytest.param(" localhost", id="a blank in front"),
        pytest.param("localhost\n", id="a line feed at the end"),
        pytest.param("a..b", id="an empty label"),
        pytest.param("localhost.", id="a dot at the end"),
        pytest.param("-a.b", id="a hyphen in front"),
        pytest.param("a-.b", id="a hyphen at a label's end"),
        pytest.param("a_b", id="an underscore"),
        pytest.param("*", id="a wildcard alone"),
        pytest.param("a.*.b", id="a wildcard inside"),
        pytest.param("*a.b", id="a wildcard as a part of a label"),
        pytest.param("bücher.example", id="a letter beyond ASCII"),
        pytest.param("\u017f.example", id="the long s, an ASCII letter when case is ignored"),
        pytest.param("1.2.3.4.5", id="an address with a part too many"),
        pytest.param("256.0.0.1", id="an address with a part too large"),
        pytest.param("2130706433", id="an address as one number"),
        pytest.param("fe80::1%eth0", id="an address with a zone"),
        pytest.param("127.0.0.1:8443", id="an address with a port"),
        pytest.param("[::1]", id="an address in brackets"),
        pytest.param("https://localhost", id="a URL"),
        pytest.param("a" * 64, id="a label of 64 characters"),
        pytest.param("a." * 126 + "bc", id="254 characters"),
        pytest.param("a" * 1_000_000, id="a million characters"),
        pytest.param("\ud800", id="a lone surrogate"),
    ],
)
def test_it_is_no_name(name: str) -> None:
    with pytest.raises(CertificateError, match="is neither a DNS name nor an IP") as refused:
        parse_name(name)

    assert refused.value.reason is Fault.NAME_INVALID
    assert len(str(refused.value)) < 2000
    assert str(refused.value).isascii()


@settings(deadline=None)
@given(st.text() | st.from_regex(r"[a-z0-9.*:%-]+", fullmatch=True))
def test_any_text_is_a_name_or_an_error_in_one_line(text: str) -> None:
    try:
        parsed = parse_name(text)
    except CertificateError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most texts raise, some do not
    else:
        assert str(parsed) == (text.lower() if isinstance(parsed, str) else str(ip_address(text)))
