"""`leasegate schema`."""

from __future__ import annotations

import json

import click

from app.leasecandidate.json_schema import manifest_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a manifest of a LeaseCandidate, the same in every API version."""
    click.echo(json.dumps(manifest_schema(), indent=2))
