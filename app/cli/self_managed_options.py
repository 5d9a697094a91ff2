"""The flags of self-managed certificates, which several commands have."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import click

from app.cluster.service_account import SERVICE_ACCOUNT
from app.leasecandidate.name_format import dns_subdomain
from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.serve.settings import SelfManagedSettings

if TYPE_CHECKING:
    from collections.abc import Callable


_SECONDS: Final = click.FloatRange(min=0)
_DEFAULTS: Final = Lifetimes()


def _object_name(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    if value is not None and dns_subdomain(value):
        raise click.BadParameter(f"{value[:253]!r} is not the name of a Kubernetes object.")
    return value


_OPTIONS: Final = [
    click.option(
        "-n",
        "--namespace",
        default=None,
        callback=_object_name,
        help="Namespace of the Secret and the Service; in a pod its own by default.",
    ),
    click.option(
        "--secret-name",
        default="leasegate-tls",
        callback=_object_name,
        help="Secret of self-managed certificates.",
    ),
    click.option(
        "--service-name",
        default="leasegate",
        callback=_object_name,
        help="Service that the certificate names.",
    ),
    click.option(
        "--webhook-configuration",
        default="leasegate",
        callback=_object_name,
        help="Name of both webhook configurations.",
    ),
    click.option(
        "--ca-lifetime-seconds",
        type=_SECONDS,
        default=_DEFAULTS.authority,
        help="How long a self-managed CA lives.",
    ),
    click.option(
        "--leaf-lifetime-seconds",
        type=_SECONDS,
        default=_DEFAULTS.leaf,
        help="How long a leaf lives that it signs; a changed value holds from the next CA on.",
    ),
    click.option(
        "--look-ahead-seconds",
        type=_SECONDS,
        default=_DEFAULTS.look_ahead,
        help="How long before the last leaf that it may sign the CA is replaced.",
    ),
    click.option(
        "--propagation-seconds",
        type=_SECONDS,
        default=_DEFAULTS.propagation,
        help="How long a caBundle may take to reach every kube-apiserver.",
    ),
    click.option(
        "--clock-margin-seconds",
        type=_SECONDS,
        default=_DEFAULTS.clock_margin,
        help="How far the clocks of two machines may be apart.",
    ),
]


def self_managed_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flags; the command gets `managed`, a function that returns SelfManagedSettings.

    It is a function so that bad values are refused only where a command uses the settings.
    """

    @functools.wraps(command)
    def call(
        *,
        namespace: str | None,
        secret_name: str,
        service_name: str,
        webhook_configuration: str,
        ca_lifetime_seconds: float,
        leaf_lifetime_seconds: float,
        look_ahead_seconds: float,
        propagation_seconds: float,
        clock_margin_seconds: float,
        **others: Any,  # noqa: ANN401  the command's own flags
    ) -> None:
        given = namespace

        def managed(
            key_algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA, *, namespace: str | None = None
        ) -> SelfManagedSettings:
            try:
                lifetimes = Lifetimes(
                    authority=ca_lifetime_seconds,
                    leaf=leaf_lifetime_seconds,
                    look_ahead=look_ahead_seconds,
                    propagation=propagation_seconds,
                    clock_margin=clock_margin_seconds,
                )
            except ValueError as error:
                raise click.UsageError(f"{error}.") from None
            return SelfManagedSettings(
                namespace=given or namespace or _own_namespace(),
                secret_name=secret_name,
                service_name=service_name,
                webhook_configuration=webhook_configuration,
                key_algorithm=key_algorithm,
                lifetimes=lifetimes,
            )

        command(managed=managed, **others)

    for option in reversed(_OPTIONS):
        call = option(call)
    return call


def _own_namespace() -> str:
    try:
        return (SERVICE_ACCOUNT / "namespace").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise click.UsageError("this is no pod, so --namespace must be given.") from None
