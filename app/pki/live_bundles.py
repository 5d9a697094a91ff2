"""Whether the caBundle that kube-apiserver has now verifies what is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pki.bundle import verify
from app.pki.errors import CertificateError
from app.pki.secret_state import read_authorities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.cluster.stores import WebhookConfiguration
    from app.pki.keypair import KeyPair


def unverified(
    pair: KeyPair, configurations: Sequence[WebhookConfiguration], *, name: str, now: datetime
) -> dict[str, str]:
    """Return why webhooks do not verify the pair under `name`, by their names; the others do."""
    found: dict[str, str] = {}
    for configuration in configurations:
        for webhook, pem in configuration.bundles.items():
            authorities = list(read_authorities(pem).values())
            if not authorities:
                found[webhook] = "its caBundle holds no CA certificate"
                continue
            try:
                verify(pair, authorities, name=name, now=now)
            except CertificateError as error:
                found[webhook] = error.problem
    return found
