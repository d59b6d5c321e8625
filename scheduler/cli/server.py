"""The server: gunicorn with our settings, and what it says and refuses before it starts."""

from __future__ import annotations

import gc
import socket
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from scheduler.accounts import service as accounts
from scheduler.cli.opened import stop_with
from scheduler.foundation import clock, logs
from scheduler.foundation.metrics import Numbers
from scheduler.foundation.worker import Worker


def refuse_a_taken_port(host: str, port: int) -> None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        stop_with(f"Port {port} on {host} cannot be used: {error.strerror}. Choose another, as in: make run PORT=8080")


def welcome(app: Flask) -> None:
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
    """gunicorn with threads, one process a core, each with a copy of the application that was made before the fork."""

    def __init__(self, app: Flask, bind: str) -> None:
        self.application, settings = app, app.config
        # Twice as many parts as processes: when one is replaced, the new one begins while the old one ends.
        self.numbers = Numbers(app.extensions["numbers"].routes, parts=2 * settings["PROCESSES"])
        app.extensions["numbers"] = self.numbers
        self.settings = {
            "bind": bind,
            "workers": settings["PROCESSES"],
            "worker_class": "gthread",
            "threads": 8,
            "timeout": 60,
            "keepalive": 130,  # longer than proxies keep a connection: one that is closed while a form is sent on it loses the form
            "graceful_timeout": 15,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "error",  # its warnings name the addresses of people
            "logconfig_dict": logs.of_gunicorn() if settings["LOG"] == "json" else None,
            "proc_name": "scheduler",
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,
            "pre_fork": _choose_part,
            "post_fork": _take_part,
            "post_worker_init": _start_worker if settings["EMBEDDED_WORKER"] else _nothing,
            "worker_exit": _stop_worker,
        }
        super().__init__()
        gc.freeze()  # what is there now stays: the collector of garbage need not look at it again and again

    def load_config(self) -> None:
        for name, value in self.settings.items():
            if value is not None:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.application


def _choose_part(server: Any, process: Any) -> None:
    """In the shared numbers, a part that no living process writes."""
    taken = {other.part for other in server.WORKERS.values()}
    process.part = next((part for part in range(server.app.numbers.parts) if part not in taken), 0)


def _take_part(server: Any, process: Any) -> None:
    server.app.numbers.part = process.part


def _nothing(process: Any) -> None:
    """No worker in the server: `scheduler worker` runs beside it."""


def _start_worker(process: Any) -> None:
    process.embedded = Worker(process.app.callable, beside_pages=True).start()


def _stop_worker(server: Any, process: Any) -> None:
    if embedded := getattr(process, "embedded", None):
        embedded.stop()
