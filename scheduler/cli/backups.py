"""Backups from the command line."""

from __future__ import annotations

import os
from pathlib import Path

import click

from scheduler.accounts import service as accounts
from scheduler.cli.opened import opened
from scheduler.foundation import clock
from scheduler.foundation.backup import archive, make
from scheduler.foundation.backup import restore as restoring


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--with-secret-key", is_flag=True, help="Take the secret key along: whoever has the file can then make every mailed link.")
def backup(file: Path | None, with_secret_key: bool) -> None:
    """Write a backup of everything to FILE, while the service runs; without FILE under the name of the moment, in this folder."""
    now = clock.now()
    out = file or Path(f"scheduler-{now:%Y-%m-%d-%H%M%S}.tar")
    with opened():
        manifest = make.back_up(out.absolute(), with_secret_key=with_secret_key, now=now)
    click.echo(f"{out}: {manifest.rows:,} rows in {len(manifest.counts)} tables, {out.stat().st_size / 1e6:.1f} MB.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put the backup FILE into an empty place; stop servers and workers first. Its mail is held until you release it."""
    with archive.opened(file) as found:
        if key := found.secret_key():
            os.environ.setdefault("SCHEDULER_SECRET_KEY", key)  # so that none is made up while the application starts
        with opened() as app:
            restoring.restore(found, now=clock.now())
            accounts.end_everybodys_sessions(actor="command:restore", now=clock.now())
            click.echo(f"{found.manifest.rows:,} rows of {found.manifest.made_at} are back. Everybody signs in anew.")
            click.echo(
                "No mail goes out until you say so: scheduler mail --release new (or all, with what waited when the backup was made)."
            )
            if key and app.config["PRODUCTION"]:
                click.echo(f"SCHEDULER_SECRET_KEY is now in {app.config['DATA_DIR'] / archive.SECRET_KEY}: set it from there.")
