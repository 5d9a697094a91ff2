"""`leasegate policy`."""

from __future__ import annotations

from pathlib import Path

import click
from typing_extensions import override

from app.cel_policies import KubeVersion, NamespaceScope, Part, policies, render
from app.cli.choice import EnumChoice
from app.cli.config_option import configured_rules
from app.errors import LeasegateError
from app.leasecandidate.name_format import dns_label, dns_subdomain
from app.leasecandidate.rules import Profile


class _KubeVersion(click.ParamType[KubeVersion]):
    name = "version"

    @override
    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> KubeVersion:
        if isinstance(value, KubeVersion):
            return value
        try:
            return KubeVersion.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("policy", context_settings={"show_default": True})
@click.option(
    "--kube-version",
    type=_KubeVersion(),
    default="1.36",
    help="The Kubernetes that the policies are for.",
)
@click.option(
    "--profile",
    type=EnumChoice(Profile),
    default=None,
    help="The profile of the rules.  [default: that of the configuration file, else recommended]",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="LEASEGATE_CONFIG",
    show_envvar=True,
    help="Configuration file in YAML, of which the rules part counts.",
)
@click.option(
    "--only",
    type=EnumChoice(Part),
    multiple=True,
    help="Print this policy and its binding alone; may be given again.",
)
@click.option("--fullname", default="leasegate", help="What the names of all objects begin with.")
@click.option(
    "--namespace",
    "only_namespaces",
    multiple=True,
    metavar="NAME",
    help="Cover this namespace and no others; may be given again.",
)
@click.option(
    "--exclude-namespace",
    "excluded_namespaces",
    multiple=True,
    metavar="NAME",
    help="Cover all namespaces but this one; may be given again.",
)
def command(
    *,
    kube_version: KubeVersion,
    profile: Profile | None,
    config: Path | None,
    only: tuple[Part, ...],
    fullname: str,
    only_namespaces: tuple[str, ...],
    excluded_namespaces: tuple[str, ...],
) -> None:
    """Print the rules as policies that run inside kube-apiserver, in YAML for `kubectl apply`.

    The policies for reserved leases and for the holders of Leases cover every namespace; the
    others can be told which. What has no policy is said on standard error, with the reason.
    """
    if only_namespaces and excluded_namespaces:
        raise click.UsageError("--namespace and --exclude-namespace exclude each other.")
    for name in (*only_namespaces, *excluded_namespaces):
        if dns_label(name):
            raise click.UsageError(f"{name!r} is not the name of a namespace.")
    if any(dns_subdomain(f"{fullname}-{part.suffix}") for part in Part):
        raise click.UsageError(f"--fullname {fullname!r} is no beginning of an object name.")
    made = policies(
        configured_rules(config, profile),
        kube_version,
        fullname=fullname,
        scope=NamespaceScope(only_namespaces, excluded_namespaces),
        parts=only or tuple(Part),
    )
    for omission in made.omissions:
        click.echo(f"{omission}.", err=True)
    if not made.manifests:
        raise LeasegateError("there is no policy to print; the lines above say why")
    click.echo(render(made.manifests), nl=False)
