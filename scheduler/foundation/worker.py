"""The worker: sends mail, does jobs, and what the clock asks for; threads of the server, or a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from scheduler.foundation import clock, daily, delivery, jobs, moments, set_back, ticks
from scheduler.foundation.db import db
from scheduler.foundation.errors import trail

PAUSE = 0.5
"""Seconds between two looks when there was nothing to do."""
LOOK = 20
"""Seconds between two looks at the clock, whatever there was to do: what cannot be done is not tried without a break."""


def by_the_clock() -> int:
    """What has run out of time or has come due, and what is due today."""
    now = clock.now()
    set_back.notice(now=now)
    moments.note_worker(now=now)
    ticks.run_due(now=now)
    daily.run_due(now=now)
    return 0


class Worker:
    """Three threads, so that a long job holds up neither mail nor the clock. `stop()` waits until what is under way is done.

    `beside_pages`: it lives in a server, and its mail gives way to people (trust P6).
    """

    def __init__(self, app: Flask, *, beside_pages: bool = False) -> None:
        self.app, self.beside_pages, self.answered = app, beside_pages, 0
        self.stopping = threading.Event()
        steps = (
            ("mail", self.mail, PAUSE, self.stopping),
            ("jobs", jobs.run_due, PAUSE, jobs.asked),
            ("clock", by_the_clock, LOOK, self.stopping),
        )
        self.threads = [
            threading.Thread(target=self._loop, args=(step, pause, woken), name=f"worker-{name}", daemon=True)
            for name, step, pause, woken in steps
        ]

    def start(self) -> Worker:
        for thread in self.threads:
            thread.start()
        return self

    def stop(self, timeout: float = 10) -> None:
        self.stopping.set()
        jobs.asked.set()
        for thread in self.threads:
            thread.join(timeout)

    def mail(self) -> int:
        """Send what is due."""
        return delivery.deliver_due(rest=self._give_way) if self.beside_pages else delivery.deliver_due()

    def _give_way(self, seconds: float) -> None:
        """While pages are asked for, mail takes a tenth of the time: to write a confirmation takes as long as to book."""
        before, self.answered = self.answered, self.app.extensions["numbers"].answered
        if self.answered != before:
            self.stopping.wait(min(9 * seconds, 1.0))

    def _loop(self, step: Callable[[], int], pause: float, woken: threading.Event) -> None:
        while not self.stopping.is_set():
            if not self._once(step) and woken.wait(pause) and woken is not self.stopping:
                woken.clear()

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
