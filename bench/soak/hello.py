"""ClientHellos that make a server compute: TLS 1.3 with a key share of one group (RFC 8446)."""

from __future__ import annotations

import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P256: Final = 0x0017
FFDHE8192: Final = 0x0104
_SERVER_NAME: Final = b"localhost"
_SIGNATURES: Final = "0403 0503 0804 0805 0806 0401 0501"
_CIPHERS: Final = "1301 1302 c02b c02f"


def key_share(group: int) -> bytes:
    """Return a public key of the group."""
    if group == FFDHE8192:
        return (4).to_bytes(1024, "big")  # A square, so it passes every check.
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def client_hello(group: int, share: bytes) -> bytes:
    """Return a record with a hello whose random bytes nobody sent before."""
    key = group.to_bytes(2, "big") + _sized(share)
    extensions = b"".join(
        (
            _extension(0, _sized(b"\0" + _sized(_SERVER_NAME))),
            _extension(10, _sized(group.to_bytes(2, "big"))),
            _extension(13, _sized(bytes.fromhex(_SIGNATURES))),
            _extension(43, b"\x02\x03\x04"),
            _extension(51, _sized(key)),
        )
    )
    hello = b"\x03\x03" + os.urandom(32) + b"\x20" + os.urandom(32)
    hello += _sized(bytes.fromhex(_CIPHERS)) + b"\x01\x00" + _sized(extensions)
    return b"\x16\x03\x01" + _sized(b"\x01" + len(hello).to_bytes(3, "big") + hello)


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(content)
