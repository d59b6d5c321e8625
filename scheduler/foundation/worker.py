"""The worker: sends mail, does jobs and what each day asks for; a thread of the server, or a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from scheduler.foundation import clock, daily, jobs, outbox
from scheduler.foundation.db import db
from scheduler.foundation.errors import trail

PAUSE = 0.5
"""Seconds between two looks when there was nothing to do."""


def due_work() -> int:
    """One job, and what is due today."""
    return jobs.run_due() + daily.run_due(now=clock.now())


class Worker:
    """Two threads, so that a long job never holds up mail. `stop()` waits until what is under way is done."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self._loop, args=(step,), name=f"worker-{name}", daemon=True)
            for name, step in (("mail", outbox.deliver_due), ("jobs", due_work))
        ]

    def start(self) -> Worker:
        for thread in self.threads:
            thread.start()
        return self

    def stop(self, timeout: float = 10) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout)

    def _loop(self, step: Callable[[], int]) -> None:
        while not self.stopping.is_set():
            if not self._once(step):
                self.stopping.wait(PAUSE)

    def _once(self, step: Callable[[], int]) -> int:
        with self.app.app_context():
            try:
                return step()
            except SQLAlchemyError as error:  # the database is away or locked: it comes back, and so do we
                self.app.logger.warning("worker waits: %s", type(error).__name__)
                self.stopping.wait(PAUSE)
                return 0
            except Exception as error:  # a bug of ours: it is in the log, and what else is due is still done
                self.app.logger.error("worker: %s failed\n%s", step.__name__, trail(error))
                self.stopping.wait(PAUSE)
                return 0
            finally:
                db.session.remove()
