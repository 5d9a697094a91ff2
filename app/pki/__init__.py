"""Certificates: made, loaded, checked and written.

`errors` holds the one error that leaves this package, `names` the subject alternative names,
`keypair` a certificate with its key, `authority` makes a CA and issues serving leaves, `bundle`
says whether CA certificates verify a leaf. These are pure: bytes and the time come in as arguments.
`files` and `development` are the edge: they read and write a folder.
"""

from app.pki.development import (
    DevelopmentAction,
    DevelopmentCertificates,
    ensure_development_certificates,
)
from app.pki.errors import CertificateError, Reason
from app.pki.files import read_key_pair
from app.pki.keypair import KeyPair, Pem, load_key_pair

__all__ = [
    "CertificateError",
    "DevelopmentAction",
    "DevelopmentCertificates",
    "KeyPair",
    "Pem",
    "Reason",
    "ensure_development_certificates",
    "load_key_pair",
    "read_key_pair",
]
