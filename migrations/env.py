"""Alembic's environment: our one engine, batch mode on SQLite, no logging of its own."""

from alembic import context

from scheduler.foundation.db import db

LOCK = 7235104
"""A number that nothing else locks in a database of ours"""
PATIENCE = 10 * 60 * 1000
"""Milliseconds that one who finds another migrating waits, on SQLite"""
USUAL = 15 * 1000


def run() -> None:
    with db.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            set_on_sqlite(connection, foreign_keys="OFF", busy_timeout=PATIENCE)
            connection = connection.execution_options(writes=True)  # BEGIN IMMEDIATE
        # Alembic takes SQLite for a database that cannot undo a change of its tables, and would end a transaction after each migration.
        context.configure(
            connection=connection, target_metadata=db.metadata, render_as_batch=on_sqlite, compare_type=True, transactional_ddl=True
        )
        try:
            with context.begin_transaction():
                take_turns(connection)
                context.run_migrations()
        finally:
            if on_sqlite:
                connection.rollback()
                set_on_sqlite(connection, foreign_keys="ON", busy_timeout=USUAL)


def take_turns(connection):
    """Of several servers that start at once one migrates; the others wait, and then find nothing to do.

    What was done is read after this, in the same transaction: who is killed half-way has done nothing. On SQLite, BEGIN IMMEDIATE
    is the lock.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def set_on_sqlite(connection, **pragmas):
    """Batch mode makes tables anew: while references hold, dropping the old one would delete all that refers to it.

    Inside a transaction the pragma does nothing, and SQLAlchemy begins one before any statement: this goes past it.
    """
    for name, value in pragmas.items():
        connection.connection.driver_connection.execute(f"PRAGMA {name}={value}").close()


run()
