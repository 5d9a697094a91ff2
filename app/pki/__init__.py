"""Certificates: made, loaded, checked, served, rotated and written.

Pure, with bytes and the time as arguments: `pem`, `keys` and `names` read and write the parts,
`keypair` joins a certificate with its key and checks them, `authority` makes a CA and issues
serving leaves, `bundle` says whether CA certificates verify a leaf. Of self-managed certificates,
`rotation_state` has the terms and the reducer, `rotation` the plan, `secret_state` their form in
the Secret and `previous_version` that of the version before. At the edge: `files` and `folder`
touch the disk, `development` keeps a folder of development certificates, `self_managed` does what
is planned, through the ports of `stores`. `errors` holds the one error that leaves the package.
"""

from app.pki.development import (
    DevelopmentAction,
    DevelopmentCertificates,
    ensure_development_certificates,
)
from app.pki.errors import CertificateError, Reason
from app.pki.files import read_key_pair
from app.pki.keypair import KeyPair, load_key_pair
from app.pki.pem import Pem

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
