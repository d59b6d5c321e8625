"""What a page reads and what a use case writes: on PostgreSQL reading takes no transaction, writing does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from scheduler.foundation.db import db, transaction
from scheduler.schools.models import School

BEGAN = sa.text("SELECT now()")
"""When the transaction began, which is the statement where there is none"""


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
def test_page_reads_without_a_transaction_and_a_use_case_writes_in_one(app: Flask) -> None:
    read = {db.session.scalar(BEGAN) for _ in range(2)}
    with transaction():
        written = {db.session.scalar(BEGAN) for _ in range(2)}
    read_again = {db.session.scalar(BEGAN) for _ in range(2)}

    assert (len(read), len(written), len(read_again)) == (2, 1, 2)


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
def test_what_the_server_has_prepared_outlives_the_pages_that_read(app: Flask) -> None:
    prepared = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%told_apart%'")
    for _ in range(8):
        db.session.scalars(sa.select(School.name.label("told_apart"))).all()
        db.session.rollback()

    assert db.session.scalar(prepared) == 1


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
def test_connection_that_the_server_closed_is_replaced_before_anything_is_asked(app: Flask) -> None:
    with db.engine.connect() as other:
        there = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
        db.session.rollback()
        other.exec_driver_sql(f"SELECT pg_terminate_backend({there}, 5000)")

    found = db.session.scalar(sa.text("SELECT pg_backend_pid()"))

    assert found != there


def test_what_a_use_case_wrote_before_it_failed_is_undone(app: Flask) -> None:
    def write(*names: str | None) -> None:
        with transaction():
            for name in names:
                db.session.execute(sa.text("UPDATE networks SET name = :name"), {"name": name})

    with pytest.raises(IntegrityError):
        write("Another", None)

    assert db.session.scalar(sa.text("SELECT name FROM networks")) != "Another"
