"""What a self-managed certificate is for."""

from __future__ import annotations

import pytest

from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.pki.subject_names import parse_name
from app.serve.settings import SelfManagedSettings


@pytest.mark.parametrize(
    ("service", "namespace", "names"),
    [
        pytest.param(
            "gate",
            "team-a",
            ["gate.team-a.svc", "gate", "gate.team-a", "gate.team-a.svc.cluster.local"],
            id="ordinary names",
        ),
        pytest.param(
            "gate",
            "12345",
            ["gate.12345.svc", "gate", "gate.12345.svc.cluster.local"],
            id="a namespace that is a number",
        ),
        pytest.param(
            "1234567",
            "a",
            ["1234567.a.svc", "1234567.a", "1234567.a.svc.cluster.local"],
            id="a Service that is a number",
        ),
        pytest.param(
            "gate",
            "1e5",
            ["gate.1e5.svc", "gate", "gate.1e5", "gate.1e5.svc.cluster.local"],
            id="a namespace that only looks like one",
        ),
    ],
)
def test_the_certificate_has_those_names_of_the_service_that_are_names(
    service: str, namespace: str, names: list[str]
) -> None:
    settings = SelfManagedSettings(
        namespace=namespace,
        secret_name="tls",  # noqa: S106  a name
        service_name=service,
        webhook_configuration="gate",
        key_algorithm=KeyAlgorithm.ECDSA,
        lifetimes=Lifetimes(),
    )
    assert list(settings.names) == names
    assert [parse_name(name) for name in names] == names
