"""Jobs: done once whoever claims them, done again when their worker was killed, and ended with a sentence when they cannot be done."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from scheduler.foundation import clock, jobs
from scheduler.foundation.claims import claim
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.tokens import new_public_id

NOW = clock.now()
GIVEN_UP = "It was started several times and never came to an end."
Do = Callable[[jobs.Handler], None]


@pytest.fixture
def do() -> Iterator[Do]:
    """Say what jobs of the kind `errand` do."""
    yield lambda handler: jobs.handler("errand")(handler) and None
    jobs._handlers.pop("errand", None)


def ask(*, live_key: str | None = None, run_at: datetime = NOW, kind: str = "errand") -> int:
    job = Job(
        public_id=new_public_id(), kind=kind, about="errand:1", live_key=live_key, payload={"steps": 3}, run_at=run_at, created_at=NOW
    )
    with transaction():
        db.session.add(job)
    return job.id


def the(job_id: int) -> Job:
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True)


def at_once(app: Flask, number: int, act: Callable[[], int]) -> list[int]:
    """What `number` workers get that begin in the same moment, each with a connection of its own."""
    together = threading.Barrier(number)

    def begin(_: int) -> int:
        with app.app_context():
            db.session.scalar(sa.select(sa.func.count(Job.id)))  # connected before it counts
            db.session.rollback()
            together.wait()
            try:
                return act()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(begin, range(number)))


def test_job_is_done_once_however_many_workers_look(app: Flask, do: Do) -> None:
    done: Counter[int] = Counter()
    do(lambda job: done.update([job.id]))

    for _ in range(10):
        asked = ask()

        assert sorted(at_once(app, 6, jobs.run_due)) == [0, 0, 0, 0, 0, 1]
        assert done == {asked: 1}
        assert (the(asked).state, the(asked).attempts) == (JobState.DONE, 1)
        done.clear()


def test_workers_share_what_is_due(app: Flask, do: Do) -> None:
    done: Counter[int] = Counter()
    do(lambda job: done.update([job.id]))
    asked = [ask() for _ in range(20)]

    def until_nothing_is_left() -> int:
        return sum(iter(jobs.run_due, 0))

    assert sum(at_once(app, 4, until_nothing_is_left)) == 20
    assert done == dict.fromkeys(asked, 1)


def test_done_job_keeps_its_end_and_frees_its_key(app: Flask, do: Do) -> None:
    seen: list[tuple[str, dict[str, int], int]] = []
    do(lambda job: seen.append((job.about, job.payload, job.attempts)))
    asked = ask(live_key="errand:1")

    assert [jobs.run_due(), jobs.run_due()] == [1, 0]

    job = the(asked)
    assert seen == [("errand:1", {"steps": 3}, 1)]
    assert (job.state, job.error, job.live_key, job.lease_until) == (JobState.DONE, "", None, None)
    assert job.finished_at is not None
    assert NOW <= job.finished_at <= clock.now()


def test_job_that_is_not_due_waits(app: Flask, do: Do) -> None:
    do(lambda job: pytest.fail("too early"))
    ask(run_at=clock.now() + timedelta(minutes=1))

    assert jobs.run_due() == 0


def test_job_that_breaks_is_failed_with_the_reason_and_stops_nothing(app: Flask, do: Do, caplog: pytest.LogCaptureFixture) -> None:
    def stumble(job: Job) -> None:
        with transaction():
            db.session.execute(sa.update(Job).where(Job.id == job.id).values(about="half done"))
            raise ValueError("there is no Tess Teacher")

    do(stumble)
    broken, unknown = ask(live_key="errand:1"), ask(kind="nobody does this")

    assert [jobs.run_due(), jobs.run_due(), jobs.run_due()] == [1, 1, 0]

    assert [(the(job).state, the(job).error, the(job).live_key, the(job).about) for job in (broken, unknown)] == [
        (JobState.FAILED, "ValueError: there is no Tess Teacher", None, "errand:1"),
        (JobState.FAILED, "KeyError: 'nobody does this'", None, "errand:1"),
    ]
    assert f"job {broken} failed" in caplog.text
    assert "in stumble" in caplog.text
    assert "Tess" not in caplog.text.replace('raise ValueError("there is no Tess Teacher")', "")


def test_reason_as_long_as_a_book_is_cut(app: Flask, do: Do) -> None:
    def stumble(job: Job) -> None:
        raise ValueError("x" * 10_000)

    do(stumble)
    asked = ask()

    jobs.run_due()

    assert the(asked).error == "ValueError: " + "x" * 488


def killed_worker(at: datetime) -> None:
    """A worker takes the job and is never heard of again."""
    assert len(claim(Job, Job.state == JobState.WAITING, limit=1, now=at, lease=jobs.LEASE)) == 1


def test_job_of_a_killed_worker_is_done_again_when_its_lease_ends_and_not_before(app: Flask, do: Do) -> None:
    attempts: list[int] = []
    do(lambda job: attempts.append(job.attempts))
    asked = ask()

    killed_worker(clock.now() - jobs.LEASE + timedelta(seconds=30))
    early = jobs.run_due()
    with transaction():
        db.session.execute(sa.update(Job).values(lease_until=clock.now() - timedelta(seconds=1)))
    late = jobs.run_due()

    assert (early, late, attempts, the(asked).state) == (0, 1, [2], JobState.DONE)


@pytest.mark.parametrize(
    ("killed", "state", "error"), [(jobs.MOST_ATTEMPTS - 1, JobState.DONE, ""), (jobs.MOST_ATTEMPTS, JobState.FAILED, GIVEN_UP)]
)
def test_job_that_kills_its_workers_is_given_up(app: Flask, do: Do, killed: int, state: JobState, error: str) -> None:
    done: list[int] = []
    do(lambda job: done.append(job.id))
    asked = ask(live_key="errand:1")
    for n in range(killed):
        killed_worker(clock.now() - timedelta(hours=killed - n))

    handled = [jobs.run_due(), jobs.run_due()]

    assert handled == [1, 0]
    assert (the(asked).state, the(asked).error, the(asked).live_key) == (state, error, None)
    assert done == ([asked] if state == JobState.DONE else [])


def test_while_a_job_lives_there_is_no_second_with_its_key(app: Flask, do: Do) -> None:
    do(lambda job: None)
    first = ask(live_key="errand:1")
    ask(live_key="errand:2")

    with pytest.raises(IntegrityError):
        ask(live_key="errand:1")
    while jobs.run_due():
        pass
    second = ask(live_key="errand:1")

    assert (the(first).live_key, the(second).live_key) == (None, "errand:1")


def test_report_keeps_the_lease_and_says_whether_to_stop(app: Flask, do: Do) -> None:
    told: list[bool] = []
    other_worker: list[int] = []

    def walk(job: Job) -> None:
        told.append(jobs.report(job.id, {"step": 1}))
        with transaction():  # the lease is over, and somebody asks to stop
            db.session.execute(sa.update(Job).where(Job.id == job.id).values(stop_wanted=True, lease_until=NOW - timedelta(seconds=1)))
        told.append(jobs.report(job.id, {"step": 2}))
        other_worker.append(jobs.run_due())

    do(walk)
    asked = ask()

    jobs.run_due()

    assert (told, other_worker) == ([False, True], [0])
    assert (the(asked).progress, the(asked).state) == ({"step": 2}, JobState.DONE)
