"""What commands share: the application while a command runs, and one line where it cannot."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from flask import Flask

from scheduler import create_app
from scheduler.foundation import db


def stop_with(line: str) -> NoReturn:
    """One line, and status 1."""
    click.echo(line, err=True)
    sys.exit(1)


@contextmanager
def opened() -> Iterator[Flask]:
    """The application inside its context; nobody is connected to its database afterwards."""
    app = create_app()
    with app.app_context():
        try:
            yield app
        finally:
            db.db.session.remove()
            db.dispose()
