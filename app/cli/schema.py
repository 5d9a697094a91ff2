"""`leasegate schema`."""

from __future__ import annotations

import json

import click

from app.leasecandidate.json_schema import manifest_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a manifest of a LeaseCandidate (v1beta1 and v1alpha2)."""
    click.echo(json.dumps(manifest_schema(), indent=2))
