"""Both applications, filled alike and served alike, for as long as a benchmark measures them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from scheduler import create_app
from scheduler.core.times import to_wall
from scheduler.foundation.db import db, transaction
from scheduler.foundation.migrating import upgrade
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools.models import Network, School, Tier
from scheduler.visits import service as visits
from scheduler.visits.service import VisitDetails
from tests import postgres
from tests.server import free_port

HERE = Path(__file__).resolve().parent
ZONE = "America/New_York"
VISITS = 50
PROCESSES = os.cpu_count() or 1


@dataclass(frozen=True)
class Served:
    """A running application and the addresses of its visits."""

    port: int
    process: subprocess.Popen[bytes]
    visits: tuple[str, ...]
    started: float
    """Seconds from the command to the first answer"""

    def load(self, paths: tuple[str, ...], clients: int, seconds: float, act: str) -> Measured:
        """What so many clients at once get done, from a process of their own."""
        command = [sys.executable, str(HERE / "client.py"), str(self.port), ",".join(paths), str(clients), str(seconds), act]
        said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        took, requests = (tuple(sorted(said[of])) or (0.0,) for of in ("took", "requests"))
        return Measured(len(said["took"]) / said["seconds"], took, requests, tuple(said["wrong"]))


@dataclass(frozen=True)
class Measured:
    """How many a second, how long each and each of its requests took, what went wrong."""

    rate: float
    took: tuple[float, ...]
    requests: tuple[float, ...]
    wrong: tuple[str, ...]


def ms(seconds: tuple[float, ...], share: float) -> float:
    """So many milliseconds took the quickest share of what is sorted here."""
    return 1000 * seconds[min(len(seconds) - 1, int(len(seconds) * share))]


@contextmanager
def databases() -> Iterator[dict[str, tuple[str, str]]]:
    """For each database an empty one for the scheduler and one for the minimal application."""
    with tempfile.TemporaryDirectory() as folder:
        server = postgres.start()
        try:
            yield {
                "SQLite": (f"sqlite:///{folder}/scheduler.db", f"sqlite:///{folder}/minimal.db"),
                "PostgreSQL": (server.create("scheduler"), server.create("minimal")),
            }
        finally:
            server.stop()


@contextmanager
def both(urls: tuple[str, str]) -> Iterator[tuple[Served, Served]]:
    """The scheduler and the minimal application."""
    with ExitStack() as stack:
        yield stack.enter_context(scheduler(urls[0])), stack.enter_context(minimal(urls[1]))


@contextmanager
def scheduler(url: str) -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as folder:
        secret, port = secrets.token_hex(20), free_port()
        app = create_app({"SQLALCHEMY_DATABASE_URI": url, "DATA_DIR": Path(folder), "SECRET_KEY": secret})
        with app.app_context():
            upgrade()
            paths = tuple(f"/visits/{public_id}" for public_id in filled(datetime.now(UTC)))
            db.session.remove()
            db.engine.dispose()
        env = os.environ | {
            "SCHEDULER_DATA_DIR": folder, "SCHEDULER_DATABASE_URL": url, "SCHEDULER_SECRET_KEY": secret,
            "SCHEDULER_PROCESSES": str(PROCESSES), "SCHEDULER_BOOKINGS_AN_HOUR": "1000000",
        }  # fmt: skip
        command = [sys.executable, "-c", "from scheduler.cli import main; main()", "serve", "--port", str(port)]
        with running(command, port, "/readyz", env) as (process, seconds):
            yield Served(port, process, paths, seconds)


@contextmanager
def minimal(url: str) -> Iterator[Served]:
    port = free_port()
    command = [sys.executable, str(HERE / "app.py"), url, str(port), str(PROCESSES)]
    with running(command, port, "/", dict(os.environ)) as (process, seconds):
        yield Served(port, process, tuple(f"/visits/visit{n}" for n in range(VISITS)), seconds)


@contextmanager
def running(command: list[str], port: int, path: str, env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    env = {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as the Makefile does it
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        wait_until_it_answers(process, port, path)
        yield process, time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    for _ in range(6_000):
        if process.poll() is not None:
            break
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise SystemExit("the server does not answer")


def filled(now: datetime) -> list[str]:
    """A network of 33 schools, and visits with room for all who come, open to everybody at once."""
    with transaction():
        db.session.get_one(Network, 1).listed_domains = "example.org"
        schools = [
            School(
                slug=f"school-{n}", name=f"School {n} of the network", short_name=f"School {n}", tier=Tier.LIVING_LAB,
                borough="Bronx", time_zone=ZONE, created_at=now, address=f"{n} West 14th St, New York, NY",
            )
            for n in range(1, 33)
        ]  # fmt: skip
        schools.append(
            School(
                slug="harvest", name="Harvest Collegiate", short_name="Harvest", tier=Tier.LIVING_LAB, borough="Manhattan",
                time_zone=ZONE, created_at=now, address="34 West 14th St, New York, NY",
            )
        )  # fmt: skip
        db.session.add_all(schools)
    for n in range(VISITS):
        visits.create_visit(schools[n % 33].id, details(n, now), publish=True, actor="command:bench", now=now)
    with transaction():
        db.session.execute(sa.update(Gathering).values(capacity=1_000_000))
    chosen = sa.select(Gathering.public_id).where(Gathering.state == GatheringState.PUBLISHED).order_by(Gathering.starts_at)
    return list(db.session.scalars(chosen))


def details(n: int, now: datetime) -> VisitDetails:
    starts = (to_wall(now, ZoneInfo(ZONE)) + timedelta(days=n + 2)).replace(hour=9, minute=0, second=0, microsecond=0)
    about = "You sit in on two conferences, then talk with the teachers. Bring your questions. " * 2
    return VisitDetails(
        f"Student-led conferences {n}", about, starts, starts + timedelta(hours=2), doors_minutes=15, capacity=100, party_most=6,
        waitlist_open=True, place="34 West 14th St, New York, NY 10011", private_place="", arrival_notes="Ring twice.",
        focus_area_ids=[], school_most=None, opens_days=None, cutoff_days=0, keep_day=True,
    )  # fmt: skip
