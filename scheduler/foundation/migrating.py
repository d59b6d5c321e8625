"""Alembic on our migrations; apart, because to import it takes a tenth of a start at which mostly nothing is to be done."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from scheduler.foundation.paths import find


def upgrade(*, revision: str = "head", directory: str | None = None) -> None:
    """Bring the application's database to a form, the newest if none is named."""
    command.upgrade(_of(directory), revision)


def downgrade(*, revision: str, directory: str | None = None) -> None:
    """Take the application's database back to a form."""
    command.downgrade(_of(directory), revision)


def _of(directory: str | None) -> Config:
    config = Config()
    config.set_main_option("script_location", (directory or str(find("migrations"))).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
