"""The command line: each command does one thing a person who runs the service needs."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError

from scheduler import create_app
from scheduler.accounts import service as accounts
from scheduler.app import SettingsError
from scheduler.core.access import AccessRole
from scheduler.core.refusal import Refusal
from scheduler.foundation import clock, db
from scheduler.foundation.worker import Worker
from scheduler.home import demo as sample_network


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Open visits, registration, speed rounds and calendars for a network of schools."""


def main() -> None:
    """Run the command line; what cannot work is one line and a non-zero exit."""
    try:
        cli()
    except (SettingsError, Refusal) as problem:
        _stop(str(problem))
    except SQLAlchemyError as error:
        _stop(f"The database cannot be used: {getattr(error, 'orig', error)}. Check SCHEDULER_DATABASE_URL and SCHEDULER_DATA_DIR.")


def _stop(line: str) -> None:
    click.echo(line.splitlines()[0], err=True)
    sys.exit(1)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest form."""
    app = create_app()
    with app.app_context():
        upgrade()


@cli.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--demo", is_flag=True, help="Load the sample network if the database is empty.")
def serve(port: int, host: str, demo: bool) -> None:
    """Migrate, then serve until Ctrl-C or SIGTERM."""
    if os.environ.get("SCHEDULER_ENV") != "production":
        os.environ.setdefault("SCHEDULER_BASE_URL", f"http://{host}:{port}")
    _refuse_a_taken_port(host, port)
    app = create_app()
    with app.app_context():
        upgrade()
        if demo and sample_network.is_empty():
            sample_network.load(now=clock.now())
        _welcome(app)
        db.dispose()
    Server(app.config, f"{host}:{port}").run()


def _refuse_a_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            _stop(f"Port {port} on {host} cannot be used: {error.strerror}. Choose another, as in: make run PORT=8080")


def _welcome(app: Flask) -> None:
    """Say where things are; in development with one sign-in link each for an organizer and a host."""
    base = app.config["BASE_URL"]
    click.echo(f"\n  Living Lab scheduler   {base}")
    if app.config["PRODUCTION"]:
        return
    if not app.config["SMTP_URL"]:
        click.echo(f"  Mail stays here        {base}/dev/mail")
    for role, token in accounts.links_until_stopped(now=clock.now()):
        click.echo(f"  Sign in as {role:<12}{base}/sign-in/{token}")
    click.echo("  Stop with Ctrl-C\n", nl=True)
    sys.stdout.flush()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads, one process a core; each process makes its own application after the fork."""

    def __init__(self, settings: dict[str, Any], bind: str) -> None:
        self.settings = {
            "bind": bind,
            "workers": settings["PROCESSES"],
            "worker_class": "gthread",
            "threads": 8,
            "timeout": 60,
            "graceful_timeout": 15,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "scheduler",
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,
            "post_worker_init": _start_worker if settings["EMBEDDED_WORKER"] else _nothing,
            "worker_exit": _stop_worker,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.settings.items():
            if value is not None:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app()


def _nothing(process: Any) -> None:
    """No worker in the server: `scheduler worker` runs beside it."""


def _start_worker(process: Any) -> None:
    process.embedded = Worker(process.app.callable).start()


def _stop_worker(server: Any, process: Any) -> None:
    if embedded := getattr(process, "embedded", None):
        embedded.stop()


@cli.command()
def worker() -> None:
    """Send mail and make plans, in a process of its own; any number may run."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    running = Worker(create_app()).start()
    stop.wait()
    running.stop()


@cli.command()
@click.option("--remove", is_flag=True, help="Take the sample network away again.")
def demo(remove: bool) -> None:
    """Load the sample network: 33 schools, a season of visits, a meetup of 41 teams."""
    app = create_app()
    with app.app_context():
        upgrade()
        if remove:
            sample_network.remove(now=clock.now())
            click.echo("The sample network is gone.")
        else:
            sample_network.load(now=clock.now())
            click.echo("The sample network is there.")


@cli.command()
@click.argument("address")
@click.option("--role", type=click.Choice([role.value for role in AccessRole]), default="administrator", show_default=True)
@click.option("--school", help="Short name or slug of the school that a host runs visits for.")
def invite(address: str, role: str, school: str | None) -> None:
    """Invite ADDRESS to sign in: prints the link and mails it. The first step of a real install."""
    app = create_app()
    with app.app_context():
        upgrade()
        token = accounts.invite_from_command(address, AccessRole(role), school, now=clock.now())
        click.echo(f"{app.config['BASE_URL']}/invitations/{token}")
