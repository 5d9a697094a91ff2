"""Whether a caller is one of those that may call, by the client certificate that it showed.

That a CA vouches for the certificate was checked in the TLS handshake. Its names are looked at
here: the CA of a cluster vouches for every kubelet too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOT_ALLOWED = "the client certificate has none of the names that may call (--client-name)"


def is_allowed(certificate: Mapping[str, Any] | None, names: frozenset[str]) -> bool:
    """Tell whether a certificate, as `ssl.SSLSocket.getpeercert` has it, has one of `names`.

    Its names are the common name and the DNS names, compared as they are written.
    """
    return certificate is not None and not names.isdisjoint(_names(certificate))


def _names(certificate: Mapping[str, Any]) -> Iterator[str]:
    for relative_name in certificate.get("subject", ()):
        for kind, value in relative_name:
            if kind == "commonName":
                yield value
    for kind, value in certificate.get("subjectAltName", ()):
        if kind == "DNS":
            yield value
