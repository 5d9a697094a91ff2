"""The leaf that a running replica shows to any client that connects."""

from __future__ import annotations

import ssl
from typing import Final

from cryptography import x509

from app.errors import LeasegateError

_SECONDS: Final = 5.0


def served_leaf(host: str, port: int) -> x509.Certificate:
    """Return the certificate that is served there, trusted or not; LeasegateError where none is."""
    try:
        pem = ssl.get_server_certificate((host, port), timeout=_SECONDS)
        return x509.load_pem_x509_certificate(pem.encode("ascii"))
    except (OSError, ValueError) as error:
        raise LeasegateError(
            f"the replica at {host} port {port} shows no certificate ({error}); "
            "is it running, and is this its admission port?"
        ) from None
