"""The day of a meetup: 200 phones and two big screens ask one server process every five seconds, and the desk is busy meanwhile.

Everybody opens their page first, within half a minute, as when people sit down; that is measured by itself. Then a minute as at the
beginning of an evening, when most happens: the clock starts, the first talk begins, and every ten seconds somebody is marked as away or
comes back, which changes every page. After each change each phone is sent its tables once more; later in the evening, and between the
phases of the clock, there are minutes without any.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from flask import Flask

from scheduler import create_app
from scheduler.core.times import to_wall
from scheduler.foundation.db import db, transaction
from scheduler.foundation.migrating import upgrade
from scheduler.meetups import queries, service
from scheduler.meetups.live import queries as live
from scheduler.meetups.live import service as desk
from scheduler.meetups.live.screens import links
from scheduler.meetups.live.screens import queries as screens
from scheduler.meetups.live.screens import service as screen_service
from scheduler.meetups.models import Format, Meetup, Plan, PlanState, Seating
from scheduler.registration.models import Gathering
from scheduler.registration.service import Member
from scheduler.schools.models import School, Tier

PHONES, SCREENS = 200, 2
EVERY = 5.0
OPENED, SECONDS = 8.0, 16.0
ROUNDS = 6
PORT = 8899
ZONE = "America/New_York"
Answer = tuple[float, int]


def filled(now: datetime) -> Meetup:
    """A meetup that begins at once, with fifty teams of four and a plan in which they sit down in turn."""
    with transaction():
        schools = [
            School(
                slug=f"s{n}", name=f"School {n}", short_name=f"S{n}", tier=Tier.ACTIVE_MEMBER, borough="Bronx", time_zone=ZONE,
                created_at=now,
            )
            for n in range(PHONES // 4)
        ]  # fmt: skip
        db.session.add_all(schools)
    starts = to_wall(now, Gathering(time_zone=ZONE).zone).replace(second=0, microsecond=0) + timedelta(minutes=2)
    details = service.MeetupDetails("Bench", "", starts, starts + timedelta(hours=2), ZONE, "", PHONES, ROUNDS, Format.TABLES, 4, 6)
    meetup = queries.meetup_or_404(service.create_meetup(details, publish=True, actor="command:bench", now=now))
    for n, school in enumerate(schools):
        team = [Member(f"Person {n} {m}", "teacher", f"p{n}.{m}@example.org") for m in range(4)]
        service.register_team(meetup.id, school.id, team, actor="command:bench", now=now)
    publish(meetup, now)
    return meetup


def publish(meetup: Meetup, now: datetime) -> None:
    people = queries.attendees_of(meetup.gathering_id)
    with transaction():
        plan = Plan(
            meetup_id=meetup.id, version=1, state=PlanState.PUBLISHED, rounds=ROUNDS, seed=1, iterations=0, engine_version="bench",
            fingerprint="", method="bench", problem={}, metrics={}, bounds={}, seconds=0.0, created_at=now, published_at=now,
            told=[[6, "What did you try?"]] * ROUNDS,
        )  # fmt: skip
        plan.seatings = [
            Seating(round=number, table=(at + at // 50 * number) % 50 + 1, attendee_id=person.id)
            for number in range(1, ROUNDS + 1)
            for at, person in enumerate(people)
        ]
        db.session.add(plan)


DEEDS = ("start", "skip", "mark_away", "back_again", "mark_away", "back_again")


def act(app: Flask, meetup_id: int, deed: str) -> None:
    """What an organizer does at the desk, from another process than the server's."""
    with app.app_context():
        meetup, now = db.session.get_one(Meetup, meetup_id), datetime.now(UTC)
        state = live.state_of(meetup, now)
        somebody = next(iter(state.people))
        about = {"mark_away": ([somebody],), "back_again": (somebody,)}.get(deed, ())
        seen = {} if about else {"seen": state.mark}
        getattr(desk, deed)(meetup_id, *about, **seen, user_id=1, now=now)
        db.session.remove()


async def ask(path: str, mark: str) -> tuple[int, str]:
    """One question as a browser puts it, over a connection of its own; with the mark of what was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    known = f"If-None-Match: {mark}\r\n" if mark else ""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nConnection: close\r\n{known}\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    head = answer.partition("\r\n\r\n")[0].splitlines()
    etag = next((line.split(": ", 1)[1] for line in head if line.lower().startswith("etag:")), "")
    page = re.search(r'data-mark="(\w+)"', answer)
    return int(head[0].split()[1]), etag or (f'"{page[1]}"' if page else "")


async def open_page(path: str, wait: float, answers: list[Answer]) -> str:
    """Somebody opens a page; returns its mark."""
    await asyncio.sleep(wait)
    began = time.perf_counter()
    status, mark = await ask(path, "")
    answers.append((time.perf_counter() - began, status))
    return mark


async def follow(path: str, mark: str, wait: float, until: float, answers: list[Answer]) -> None:
    """A page that is open asks every few seconds whether something changed."""
    await asyncio.sleep(wait)
    while time.perf_counter() < until:
        began = time.perf_counter()
        status, mark = await ask(f"{path}/now", mark)
        answers.append((time.perf_counter() - began, status))
        await asyncio.sleep(max(0.0, EVERY - (time.perf_counter() - began)))


async def evening(app: Flask, meetup_id: int, paths: list[str]) -> tuple[list[Answer], list[Answer]]:
    """All pages are opened; then a while in which the desk does something six times."""
    opened: list[Answer] = []
    answers: list[Answer] = []
    chance = Random(2026)
    marks = await asyncio.gather(*(open_page(path, chance.uniform(0, OPENED), opened) for path in paths))
    until = time.perf_counter() + SECONDS
    pages = zip(paths, marks, strict=True)
    asking = [asyncio.create_task(follow(path, mark, chance.uniform(0, EVERY), until, answers)) for path, mark in pages]
    for deed in DEEDS:
        await asyncio.sleep(SECONDS / len(DEEDS) / 2)
        await asyncio.to_thread(act, app, meetup_id, deed)
        await asyncio.sleep(SECONDS / len(DEEDS) / 2)
    await asyncio.gather(*asking)
    return opened, answers


def report(opened: list[Answer], answers: list[Answer]) -> None:
    print(f"{PHONES} phones and {SCREENS} big screens, each every {EVERY:.0f} s, one server process, SQLite, {SECONDS:.0f} s")
    print(f"{'answers':<24} {'number':>8} {'p50 ms':>8} {'p95 ms':>8} {'most ms':>8}")
    asked = {"all": {200, 304}, "304, unchanged": {304}, "200, with the body": {200}}
    kinds = {name: [seconds for seconds, status in answers if status in statuses] for name, statuses in asked.items()}
    for name, seconds in {"pages opened": [seconds for seconds, _status in opened], **kinds}.items():
        took = sorted(1000 * each for each in seconds) or [0.0]
        print(f"{name:<24} {len(took):>8} {took[len(took) // 2]:>8.1f} {took[len(took) * 95 // 100]:>8.1f} {took[-1]:>8.1f}")
    statuses = Counter(status for _seconds, status in [*opened, *answers])
    others = len(opened) + len(answers) - statuses[200] - statuses[304]
    print(f"unchanged: {statuses[304] / len(answers):.0%}; neither 200 nor 304: {others}")


def wait_until_it_answers() -> None:
    for _ in range(900):
        with suppress(OSError):
            if asyncio.run(ask("/healthz", ""))[0] == 200:
                return
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        secret, uri = secrets.token_hex(20), f"sqlite:///{folder}/scheduler.db"
        app = create_app({"SQLALCHEMY_DATABASE_URI": uri, "DATA_DIR": Path(folder), "SECRET_KEY": secret})
        with app.app_context():
            upgrade()
            meetup = filled(datetime.now(UTC))
            screen_service.make_link(meetup.id, actor="command:bench", now=datetime.now(UTC))
            big = urlsplit(links.screen_url(meetup, screens.screen_of(meetup.id))).path
            codes = screens.codes_of(meetup.gathering_id).values()
            meetup_id = meetup.id
            db.session.remove()
        env = os.environ | {"SCHEDULER_DATA_DIR": folder, "SCHEDULER_SECRET_KEY": secret, "SCHEDULER_PROCESSES": "1"}
        command = [sys.executable, "-c", "from scheduler.cli import main; main()", "serve", "--port", str(PORT)]
        server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        try:
            wait_until_it_answers()
            paths = [big] * SCREENS + [f"/c/{code}" for code in codes]
            report(*asyncio.run(evening(app, meetup_id, paths)))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
        with app.app_context():
            db.engine.dispose()


if __name__ == "__main__":
    main()
