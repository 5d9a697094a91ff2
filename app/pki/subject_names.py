"""Subject alternative names: DNS names and IP addresses (RFC 5280, section 4.2.1.6).

Clients look at nothing else: Go, and so kube-apiserver, ignores the subject's common name.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from cryptography import x509

from app.pki.errors import CertificateError, Fault

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# RFC 1123, section 2.1: what ends in a number is a (mistyped) address, no name.
_DNS_NAME = re.compile(rf"(\*\.)?(?!([^.]+\.)*[0-9]+$){_LABEL}(\.{_LABEL})*", re.IGNORECASE)
_DNS_NAME_LIMIT = 253


def parse_name(name: str) -> str | IPv4Address | IPv6Address:
    """Parse a name as an IP address, else as a DNS name, which is returned in lower case.

    A DNS name may start with the wildcard label `*`. Internationalised names are given in their
    ASCII form (`xn--...`). Raises CertificateError for anything else.
    """
    try:
        address = ip_address(name)
    except ValueError:
        if len(name) <= _DNS_NAME_LIMIT and name.isascii() and _DNS_NAME.fullmatch(name):
            return name.lower()
    else:
        if not isinstance(address, IPv6Address) or address.scope_id is None:
            return address
    raise CertificateError(
        Fault.NAME_INVALID,
        f"{name[:_DNS_NAME_LIMIT]!a} is neither a DNS name nor an IP address",
        "give names such as localhost, leasegate.default.svc or 127.0.0.1",
    )


def general_name(name: str) -> x509.DNSName | x509.IPAddress:
    """Return a name in the form that certificates have."""
    parsed = parse_name(name)
    return x509.DNSName(parsed) if isinstance(parsed, str) else x509.IPAddress(parsed)


def covers(certificate: x509.Certificate, name: str) -> bool:
    """Whether a client that connects to `name` finds it in the certificate.

    A wildcard stands for exactly one leftmost label (RFC 9525, section 6.3).
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    wanted = parse_name(name)
    if not isinstance(wanted, str):
        return wanted in names.get_values_for_type(x509.IPAddress)
    present = {dns_name.lower() for dns_name in names.get_values_for_type(x509.DNSName)}
    _, dot, parent = wanted.partition(".")
    return wanted in present or (bool(dot) and f"*.{parent}" in present)
