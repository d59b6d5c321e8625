"""The race for the last seats, with real server processes (trust P1, P2): nobody too many, nobody lost, no 500."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from scheduler import create_app
from scheduler.calendars import links
from scheduler.calendars import service as calendars
from scheduler.calendars.models import FeedAddress
from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import queries, service
from scheduler.registration.models import EntryState, Gathering, MoveRequest, MoveState, Registration, RegistrationState, WaitlistEntry
from scheduler.schools.models import Network, School, Tier
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import details
from tests.server import Visitor, hidden, serving

PEOPLE, AT_ONCE, SEATS, MOST = 200, 64, 20, 26
RACING, RACING_AT_ONCE = 80, 40
"""As many show a race as 200 do, who all come to the long one"""
FIRST_WORDS = ("registration/mail/confirmed", "registration/mail/moved_up")


def book_or_wait(port: int, public_id: str, n: int) -> list[int]:
    """One person: opens the page, asks for a seat, takes the waitlist when offered. Returns the statuses seen."""
    visitor = Visitor(port)
    _, page = visitor.get(f"/visits/{public_id}")
    fields = hidden(page) | {
        "lead_name": f"Visitor {n}", "lead_email": f"visitor{n}@example.org", "organization": "A school",
        "party_size": "1", "photo_rule": "y",
    }  # fmt: skip
    status, _ = visitor.post(f"/visits/{public_id}/book", fields)
    if status != 409:
        return [status]
    return [status, visitor.post(f"/visits/{public_id}/book", fields | {"wait": "1"})[0]]


def test_last_seats_are_never_sold_twice_and_nobody_is_lost(database: str, open_a_visit: Callable[..., str], tmp_path: Path) -> None:
    with serving(tmp_path, database) as server:
        public_id = open_a_visit(tmp_path, database, capacity=SEATS)
        with ThreadPoolExecutor(RACING_AT_ONCE) as crowd:
            seen = list(crowd.map(lambda n: book_or_wait(server.port, public_id, n), range(RACING)))
        feeds = [server.from_each_process(path) for path in ("/feeds/network.ics", private_feed(tmp_path, database))]

    assert Counter(statuses[-1] for statuses in seen) == {303: RACING}, server.output
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": tmp_path})
    with app.app_context():
        seated = db.session.scalar(sa.select(sa.func.sum(Registration.party_size)))
        waiting = db.session.scalar(sa.select(sa.func.count(WaitlistEntry.id)).where(WaitlistEntry.state == EntryState.WAITING))
        mailed = db.session.scalar(sa.select(sa.func.count(sa.distinct(OutboxMail.to_address))))
        db.session.remove()
        db.engine.dispose()
    assert (seated, waiting, mailed) == (SEATS, RACING - SEATS, RACING)
    for first, second in feeds:  # calendars H09: byte for byte the same from both processes
        assert first == second
        assert (first[0], first[1].count("BEGIN:VEVENT")) == (200, 1)


def private_feed(folder: Path, database: str) -> str:
    """The private address of one party's entry, made with the server's own secret."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": folder, "SECRET_KEY": (folder / "secret_key").read_text()})
    with app.app_context():
        party = db.session.scalars(sa.select(Registration.id).order_by(Registration.id)).first() or 0
        service.verify(party, now=datetime.now(UTC))
        public_id = calendars.make_registration_address(party, now=datetime.now(UTC))
        url = links.private_url(db.session.scalars(sa.select(FeedAddress).where(FeedAddress.public_id == public_id)).one())
        db.session.remove()
        db.engine.dispose()
    return urlsplit(url).path


class Person:
    """Somebody in the crowd with a browser: books, then comes back and changes things, as chance has it."""

    def __init__(self, port: int, dates: Sequence[str], n: int) -> None:
        self.visitor, self.dates, self.n, self.chance = Visitor(port), dates, n, random.Random(n)
        self.statuses: list[int] = []
        self.own_page = ""

    def book(self) -> None:
        """Ask for seats on one of the dates, and take the waitlist when it is offered."""
        path = f"/visits/{self.dates[self.n % len(self.dates)]}"
        fields = hidden(self.visitor.get(path)[1]) | {
            "lead_name": f"Visitor {self.n}", "lead_email": f"visitor{self.n}@example.org", "organization": f"School {self.n}",
            "party_size": str(self.chance.choice([1, 1, 2, 3])), "photo_rule": "y",
        }  # fmt: skip
        status, said = self.visitor.post(f"{path}/book", fields)
        if status == 409:
            status, said = self.visitor.post(f"{path}/book", fields | {"wait": "1"})
        self.statuses.append(status)
        self.own_page = said

    def come_back(self) -> None:
        """Look at one's page, and answer an offer, cancel, move, or bring more or fewer people."""
        status, page = self.visitor.get(self.own_page)
        if status == 303:  # moved up
            self.own_page = page
            status, page = self.visitor.get(page)
        self.statuses.append(status)
        deed, more = self.chance.choice(self._deeds(page))
        if f"{self.own_page}/{deed}" in page:  # what has ended has no buttons
            status, said = self.visitor.post(f"{self.own_page}/{deed}", hidden(page) | more)
            self.statuses.append(status)
            if status == 303 and said.startswith("/registrations/"):
                self.own_page = said

    def _deeds(self, page: str) -> list[tuple[str, dict[str, str]]]:
        if self.own_page.startswith("/waiting/"):
            offered = [("accept", {})] * 4 + [("decline", {})]
            return offered if f"{self.own_page}/accept" in page else [("nothing", {})] * 3 + [("withdraw", {})]
        moves = [("move", {"to": date, "wait": "1"}) for date in self.dates]
        return [("cancel", {"reason": "ill"}), ("size", {"party_size": str(self.chance.choice([1, 2, 3]))}), *moves]


def two_dates(folder: Path, database: str) -> list[str]:
    """Two schools with a visit each; the host of the second wants to be asked."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": folder})
    with app.app_context():
        now = datetime.now(UTC)
        begins = (now + timedelta(days=30)).replace(tzinfo=None, hour=15, minute=0, second=0, microsecond=0)
        with transaction():
            db.session.execute(sa.update(Network).values(listed_domains="example.org"))
            schools = [
                School(slug=name, name=name, short_name=name, tier=Tier.LIVING_LAB, borough="", time_zone="UTC", created_at=now)
                for name in ("here", "there")
            ]
            db.session.add_all(schools)
        found = [
            visits.create_visit(
                school.id,
                details(capacity=SEATS, starts_wall=begins, ends_wall=begins + timedelta(hours=2), needs_approval=school.slug == "there"),
                publish=True, actor="command:test", now=now,
            )
            for school in schools
        ]  # fmt: skip
        db.session.remove()
        db.engine.dispose()
    return found


def host_while(running: Callable[[], bool], folder: Path, database: str) -> None:
    """A third process in effect: decides about whoever waits for an answer, and changes the number of seats; ends with the most."""
    app, chance = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": folder}), random.Random(1)
    with app.app_context():
        going = True
        while going:
            going = running()
            _host_round(chance, last=not going)
        db.session.remove()
        db.engine.dispose()


def _host_round(chance: random.Random, *, last: bool) -> None:
    now = datetime.now(UTC)
    for visit_id in db.session.scalars(sa.select(Visit.id).order_by(Visit.id)).all():
        visits.change_capacity(visit_id, MOST if last else chance.choice([SEATS - 4, SEATS, MOST]), actor="user:1", now=now)
    pending = db.session.scalars(sa.select(Registration.id).where(Registration.state == RegistrationState.PENDING)).all()
    moves = db.session.scalars(sa.select(MoveRequest.id).where(MoveRequest.state == MoveState.WAITING)).all()
    for decide, waiting in ((service.decide, pending), (service.decide_move, moves)):
        for one in waiting:
            with suppress(Refusal):  # they have cancelled meanwhile
                decide(one, approve=chance.random() < 0.7, actor="user:1", now=now)
    time.sleep(0.2)


@pytest.mark.soak
def test_crowd_that_books_cancels_moves_and_accepts_at_once_is_never_too_many_and_nobody_is_lost_or_overtaken(
    database: str, tmp_path: Path
) -> None:
    with serving(tmp_path, database) as server:
        dates = two_dates(tmp_path, database)
        crowd = [Person(server.port, dates, n) for n in range(PEOPLE)]
        with ThreadPoolExecutor(AT_ONCE) as threads, ThreadPoolExecutor(1) as office:
            busy = Event()
            host = office.submit(host_while, lambda: not busy.is_set(), tmp_path, database)
            try:
                list(threads.map(Person.book, crowd))
                for _ in range(2):
                    list(threads.map(Person.come_back, crowd))
            finally:
                busy.set()
            host.result()
        output = server.output

    seen = Counter(status for person in crowd for status in person.statuses)
    assert set(seen) <= {200, 303, 409, 422}, output  # 422: a size that is no longer offered
    assert Counter(person.statuses[0] for person in crowd) == {303: PEOPLE}
    assert "Traceback" not in output
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": tmp_path})
    with app.app_context():
        for gathering in db.session.scalars(sa.select(Gathering).order_by(Gathering.id)).all():
            _is_fair(gathering)
        _nobody_is_lost()
        db.session.remove()
        db.engine.dispose()


def _is_fair(gathering: Gathering) -> None:
    seats = queries.seats_of(gathering)
    assert seats.taken <= gathering.capacity == MOST
    entries = db.session.scalars(
        sa.select(WaitlistEntry).where(WaitlistEntry.gathering_id == gathering.id).order_by(WaitlistEntry.id)
    ).all()
    here = queries.addresses_at(gathering.id)
    waiting = [entry for entry in entries if entry.state == EntryState.WAITING and not entry.returned and entry.lead_email not in here]
    assert [entry.id for entry in waiting if entry.smallest <= seats.left] == []  # P2
    for entry in waiting:
        later = [offer.size for other in entries if other.id > entry.id for offer in other.offers]
        assert all(size < entry.smallest for size in later), "somebody was overtaken by a party that took seats they could have had"


def _nobody_is_lost() -> None:
    parties, entries = db.session.scalars(sa.select(Registration)).all(), db.session.scalars(sa.select(WaitlistEntry)).all()
    names = {f"visitor{n}@example.org" for n in range(PEOPLE)}
    assert {row.lead_email for row in (*parties, *entries)} == names
    seated = Counter((party.gathering_id, party.lead_email) for party in parties if party.holds_seats)
    assert set(seated.values()) <= {1}
    told = Counter(db.session.scalars(sa.select(OutboxMail.chain).where(OutboxMail.template.in_(FIRST_WORDS))))
    sure = [party.uid for party in parties if party.confirmed_at]
    assert {uid: told[uid] for uid in sure} == dict.fromkeys(sure, 1)
