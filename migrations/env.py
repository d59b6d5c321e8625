"""Alembic's environment: our one engine, batch mode on SQLite, no logging of its own."""

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db


def run() -> None:
    with db.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            references(connection, "OFF")
        context.configure(connection=connection, target_metadata=db.metadata, render_as_batch=on_sqlite, compare_type=True)
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            if on_sqlite:
                connection.rollback()
                references(connection, "ON")


def references(connection, whether):
    """Batch mode makes tables anew: while references hold, dropping the old one would delete all that refers to it.

    Inside a transaction the pragma does nothing, and SQLAlchemy begins one before any statement: this goes past it.
    """
    connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={whether}")


run()
