"""Looking whether an installation is set up well."""

from __future__ import annotations

import sys

import click

from scheduler.cli.opened import opened
from scheduler.foundation import checks, clock


@click.command()
def check() -> None:
    """Say what is not set up well, a line each with what would mend it; ends with 1 if anything is."""
    with opened():
        lines = list(checks.troubles(now=clock.now()))
    for line in lines:
        click.echo(line)
    if lines:
        sys.exit(1)
    click.echo("All is well.")
