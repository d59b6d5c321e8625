"""The worker does jobs and mail beside each other, outlives what goes wrong, and stops when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from flask import Flask

from scheduler import create_app
from scheduler.foundation import clock, delivery, jobs
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.migrating import upgrade
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.foundation.tokens import new_public_id
from scheduler.foundation.worker import Worker
from tests.foundation.test_outbox import put
from tests.server import free_port


class Errand:
    """A job that lasts until it may end."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, job: Job) -> None:
        self.begun.set()
        assert self.may_end.wait(10)


@pytest.fixture
def errand() -> Iterator[Errand]:
    made = Errand()
    jobs.handler("errand")(made)
    yield made
    made.may_end.set()
    del jobs._handlers["errand"]


@pytest.fixture
def start() -> Iterator[Callable[[Flask], Worker]]:
    """Start workers that are stopped at the end, whatever happens."""
    started: list[Worker] = []

    def begin(app: Flask) -> Worker:
        started.append(Worker(app).start())
        return started[-1]

    yield begin
    for worker in started:
        worker.stop()


def ask() -> None:
    now = clock.now()
    with transaction():
        db.session.add(Job(public_id=new_public_id(), kind="errand", about="errand:1", payload={}, run_at=now, created_at=now))


def states() -> tuple[list[JobState], list[MailState]]:
    db.session.rollback()
    found = [[row.state for row in db.session.query(table).order_by(table.id)] for table in (Job, OutboxMail)]
    db.session.rollback()
    return found[0], found[1]


def soon(is_so: Callable[[], bool]) -> bool:
    """Whether it comes true within some seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not is_so():
        time.sleep(0.02)
    return is_so()


def alive(worker: Worker) -> list[str]:
    return [thread.name for thread in worker.threads if thread.is_alive()]


def test_long_job_holds_up_no_mail_and_is_waited_for_at_the_end(app: Flask, errand: Errand, start: Callable[[Flask], Worker]) -> None:
    ask()
    worker = start(app)
    assert errand.begun.wait(10)

    put()
    mailed = soon(lambda: states() == ([JobState.WAITING], [MailState.KEPT]))
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    others_ended = soon(lambda: alive(worker) == ["worker-jobs"])
    waits = stopping.is_alive()
    errand.may_end.set()
    stopping.join(10)

    assert mailed
    assert (others_ended, waits) == (True, True)
    assert (stopping.is_alive(), alive(worker), states()[0]) == (False, [], [JobState.DONE])


def test_idle_worker_stops_at_once_and_takes_nothing_more(app: Flask, errand: Errand, start: Callable[[Flask], Worker]) -> None:
    worker = start(app)
    threads = alive(worker)

    begun = time.monotonic()
    worker.stop()
    took = time.monotonic() - begun
    ask()
    put()

    assert threads == ["worker-mail", "worker-jobs", "worker-clock"]
    assert alive(worker) == []
    assert took < 5
    assert not errand.begun.wait(0.7)
    assert states() == ([JobState.WAITING], [MailState.WAITING])


def test_worker_without_a_database_waits_for_it(
    tmp_path: Path, errand: Errand, start: Callable[[Flask], Worker], caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'later.db'}", "DATA_DIR": tmp_path})
    errand.may_end.set()
    worker = start(app)

    complained = soon(lambda: caplog.text.count("worker waits: OperationalError") >= 2)
    with app.app_context():
        upgrade()
        ask()
        done = soon(lambda: states()[0] == [JobState.DONE])
        db.session.remove()
        worker.stop()
        db.engine.dispose()

    assert (complained, done) == (True, True)
    assert "Traceback" not in caplog.text


def test_bug_in_a_step_ends_no_thread_and_is_in_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def broken_step() -> int:
        raise LookupError("Tess Teacher")

    handled = Worker(app)._once(broken_step)

    assert handled == 0
    assert "worker: broken_step failed" in caplog.text
    assert "in broken_step" in caplog.text
    assert caplog.text.endswith("builtins.LookupError\n")


def refuse(server: SMTP, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
    return AuthResult(success=False)


def test_password_that_smtp_cannot_carry_keeps_mail_waiting_with_the_reason(app: Flask) -> None:
    controller = Controller(object(), hostname="127.0.0.1", port=free_port(), authenticator=refuse, auth_require_tls=False)
    controller.start()
    app.config["SMTP_URL"] = f"smtp+plain://ana:gr%C3%BC%C3%9Fe@127.0.0.1:{controller.port}"
    put()
    put(template="registration/mail/no_such_mail")

    try:
        handled = delivery.deliver_due()
    finally:
        app.config["SMTP_URL"] = ""
        controller.stop()

    assert handled == 2
    assert states()[1] == [MailState.WAITING, MailState.DEAD]
    assert "'ascii' codec can't encode" in db.session.query(OutboxMail).order_by(OutboxMail.id).first().error  # type: ignore[union-attr]
