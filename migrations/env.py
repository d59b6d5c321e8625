"""Alembic's environment: our one engine, batch mode on SQLite, no logging of its own."""

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db


def run() -> None:
    with db.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:  # batch mode makes tables anew, and their references must not follow the old ones
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(connection=connection, target_metadata=db.metadata, render_as_batch=on_sqlite, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        if on_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


run()
