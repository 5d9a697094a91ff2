"""`leasegate schema`."""

from __future__ import annotations

import json

import click

from app.leasecandidate import LeaseCandidate


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a LeaseCandidate (v1beta1 and v1alpha2)."""
    click.echo(json.dumps(LeaseCandidate.model_json_schema(), indent=2))
