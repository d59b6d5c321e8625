"""Fills a database that holds the sample network: first one page of whatever it has none of, then as many schools, visits and
registrations as asked for, with all that belongs to them, by INSERT … SELECT over a series of numbers."""

# ruff: noqa: E501 (each statement in SQL on one line of its own)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.foundation import statistics
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.meetups.memory.models import EarlierSeat
from scheduler.meetups.memory.network import MOST_DRAWN
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Gathering, GatheringKind, GatheringState, Registration
from scheduler.schools.models import School
from scheduler.visits.models import Visit

LETTERS = "bcdfghjkmn"
DAYS_AGO, DAYS = 1250, 1500
"""The visits of five school years, a sixth of them to come"""
PAGE = 50


@dataclass(frozen=True)
class Size:
    schools: int
    visits: int
    registrations: int


FULL = Size(1_000, 50_000, 1_000_000)
TWENTIETH = Size(50, 2_500, 50_000)


def grow(size: Size, now: datetime) -> None:
    """So many schools, visits and registrations more."""
    Filling(size, now).all()
    statistics.gather(now)
    if on_postgresql():  # what its autovacuum does by itself, a minute later
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def one_page_of_the_rest(now: datetime) -> None:
    """What the sample network has none of, so that its lists are as long as those of the big one: a page."""
    rows = [mail_row(number, now, MailState.SENT if number < PAGE else MailState.DEAD) for number in range(2 * PAGE)]
    db.session.execute(sa.insert(OutboxMail), rows)
    actor = "CASE n % 3 WHEN 0 THEN 'job:mail' WHEN 1 THEN 'link' ELSE 'user:1' END"
    insert("audit_lines", 3 * PAGE, at=quoted(now), actor=actor, what="'booked'", about="'visit:3'", before="'{}'", after="'{}'")
    neighbours()
    coming_visits(now)
    past_visits(now)
    insert("users", PAGE, email="'staff-' || n || '@example.org'", name="'Staff ' || n", created_at=quoted(now))
    first = db.session.scalar(sa.text("SELECT min(id) FROM users WHERE email LIKE 'staff-%'"))
    school = db.session.scalar(sa.select(sa.func.min(Visit.school_id)))
    insert("grants", PAGE, user_id=f"{first} + n", role="'host'", school_id=str(school))
    insert(
        "resources", PAGE, public_id=name("n", "resources"), school_id=str(school), kind="'grading'", audience="'everybody'",
        title="'Rubric ' || n", words="''", url="'https://example.org/rubric'",
        created_at=quoted(now), changed_at=quoted(now),
    )  # fmt: skip
    insert("earlier_meetups", PAGE, public_id=name("n", "earlier"), title="'Meetup ' || n", held_on="'2025-03-04'",
           fingerprint="'f' || n", conversations="1", created_at=quoted(now))  # fmt: skip
    email = db.session.scalar(sa.select(sa.func.min(Registration.lead_email)))
    insert(
        "data_links",
        1,
        public_id=name("n", "links"),
        email=f"'{email}'",
        created_at=quoted(now),
        expires_at=quoted(now + timedelta(days=1)),
    )


def neighbours() -> None:
    """So many schools in one borough as its map shows at once; all together are still few enough for a plain list."""
    number = MOST_DRAWN - (db.session.scalar(sa.select(sa.func.count()).where(School.borough == "Manhattan")) or 0)
    copy("schools", number, slug="'neighbour-' || n", name="'Neighbouring School ' || n", short_name="'Neighbour ' || n",
         borough="'Manhattan'", tier="'friend'")  # fmt: skip
    school = first("schools", "slug LIKE 'neighbour-%'")
    insert("school_contacts", number, school_id=f"{school} + n", name="'Contact ' || n", email="'near-' || n || '@example.org'")
    insert("earlier_meetups", 1, public_id=name("n", "earlier-near"), title="'Before the others'", held_on="'2024-10-04'",
           fingerprint="'near'", conversations="300", created_at="'2026-01-05 12:00:00.000000'")  # fmt: skip
    earlier, who = first("earlier_meetups", "fingerprint = 'near'"), f"{school} + (n * 13) % {number}"
    insert(EarlierSeat.__tablename__, 4 * number, earlier_meetup_id=str(earlier), table="1 + n / 4", school_id=who)


def past_visits(now: datetime) -> None:
    """One at each of a page of schools, with three who said what it was worth; what visitors came for is due to be deleted."""
    schools = db.session.scalars(sa.select(School.id).order_by(School.id.desc()).limit(PAGE)).all()
    rows = [gathering_row(letters(n, "past"), school_id, now, -n - 60, 0) for n, school_id in enumerate(schools)]
    db.session.execute(sa.insert(Gathering), [row | {"uid": f"{row['public_id']}@past"} for row in rows])
    gathering = first("gatherings", "uid LIKE '%@past'")
    facts = [{"gathering_id": gathering + n, "school_id": row["school_id"], "published_at": now} for n, row in enumerate(rows)]
    db.session.execute(sa.insert(Visit), facts)
    insert("rosters", PAGE, gathering_id=f"{gathering} + n", closed_at=quoted(now))
    copy("registrations", PAGE, public_id=name("n", "past"), uid="'past-' || n || '@bench'", gathering_id=f"{gathering} + n",
         purpose="'To see it'", state="'confirmed'", expires_at="NULL")  # fmt: skip
    party, somebody = first("registrations", "uid LIKE 'past-%@bench'"), first("people", "1 = 1")
    insert("attendees", 3 * PAGE, public_id=name("n", "past-places"), registration_id=f"{party} + n / 3", person_id=str(somebody),
           is_lead="(n % 3 = 0)", role="'teacher'", state="'arrived'", created_at=quoted(now))  # fmt: skip
    place = first("attendees", f"registration_id >= {party}")
    insert("debriefs", 3 * PAGE, attendee_id=f"{place} + n", gathering_id=f"{gathering} + n / 3", value="1 + n % 4", noticed="''",
           will_try="''", is_shared="(n < 0)", created_at=quoted(now), changed_at=quoted(now))  # fmt: skip


def coming_visits(now: datetime) -> None:
    """Three a day for a month, at the schools that have visits, and a page of them about one thing; parties wait for an answer at a
    page of them."""
    schools = db.session.scalars(sa.select(Visit.school_id).distinct().order_by(Visit.school_id)).all()
    rows = [gathering_row(letters(n, "coming"), schools[n % len(schools)], now, n // 3 + 1, 20 * n % 60) for n in range(90)]
    db.session.execute(sa.insert(Gathering), rows)
    mine = sa.select(Gathering.id, Gathering.school_id).where(Gathering.public_id.in_([row["public_id"] for row in rows]))
    facts = [{"gathering_id": each.id, "school_id": each.school_id, "published_at": now} for each in db.session.execute(mine)]
    db.session.execute(sa.insert(Visit), facts)
    coming = "visits AS v JOIN gatherings AS g ON g.id = v.gathering_id"
    for step in (1, 8):
        facts_of = {"visit_id": "v.id", "focus_area_id": f"1 + (v.id + {step}) % 15"}
        written("visit_focus_areas", coming, 1, "g.uid LIKE '%@coming'", facts_of)
    grading = "(SELECT f.id FROM focus_areas AS f WHERE f.slug = 'grading-practices')"
    other = f"NOT EXISTS (SELECT 1 FROM visit_focus_areas AS a WHERE a.visit_id = v.id AND a.focus_area_id = {grading})"
    half = f"g.uid LIKE '%@coming' AND v.id % 2 = 0 AND {other}"
    written("visit_focus_areas", coming, 1, half, {"visit_id": "v.id", "focus_area_id": grading})
    gathering, until = first("gatherings", "uid LIKE '%@coming'"), now + timedelta(days=20)
    copy("registrations", PAGE, public_id=name("n", "asking"), uid="'asking-' || n || '@bench'", gathering_id=f"{gathering} + n",
         state="'pending'", expires_at=quoted(until))  # fmt: skip


def gathering_row(public_id: str, school_id: int, now: datetime, days: int, minutes: int) -> dict[str, Any]:
    """A visit so many days from now."""
    later = timedelta(days=days, minutes=minutes)
    wall = now.replace(tzinfo=None, hour=9, minute=30, second=0, microsecond=0) + later
    starts = now.replace(hour=14, minute=30, second=0, microsecond=0) + later
    return {
        "public_id": public_id, "uid": f"{public_id}@coming", "kind": GatheringKind.VISIT, "school_id": school_id,
        "title": f"Student-led conferences {public_id}", "description": "You sit in on two conferences.", "time_zone": "America/New_York",
        "starts_wall": wall, "ends_wall": wall + timedelta(hours=2), "starts_at": starts, "ends_at": starts + timedelta(hours=2),
        "closes_at": starts, "capacity": 60, "place": "34 West 14th St", "state": GatheringState.PUBLISHED, "sequence": 1,
        "created_at": starts - timedelta(days=60), "changed_at": starts - timedelta(days=60),
    }  # fmt: skip


def mail_row(number: int, now: datetime, state: MailState) -> dict[str, object]:
    return {
        "message_id": f"<bench.{number}@example.org>", "template": "registration/mail/receipt", "to_address": f"visitor-{number}@example.org",
        "to_name": f"Visitor {number}", "facts": {}, "about": f"registration:{number + 1}", "created_at": now - timedelta(minutes=number),
        "send_at": now, "state": state, "attempts": 1, "sent_at": now,
    }  # fmt: skip


class Filling:
    """One big network, table by table; ids follow those of the sample."""

    def __init__(self, size: Size, now: datetime) -> None:
        self.size, self.now = size, now
        self.people = max(size.registrations // 5, 1)
        self.base = {
            table: top(table) + 1 for table in ("schools", "users", "gatherings", "visits", "people", "registrations", "attendees")
        }

    def all(self) -> None:
        steps: list[Callable[[], None]] = [self.schools, self.visits, self.parties, self.papers, self.meetups, self.rest]
        for step in steps:
            with transaction():
                step()

    def schools(self) -> None:
        number, base = self.size.schools, self.base
        boroughs = (
            "CASE n % 5 WHEN 0 THEN 'Bronx' WHEN 1 THEN 'Brooklyn' WHEN 2 THEN 'Manhattan' WHEN 3 THEN 'Queens' ELSE 'Staten Island' END"
        )
        tiers = "CASE n % 4 WHEN 0 THEN 'living_lab' WHEN 1 THEN 'incubator' WHEN 2 THEN 'active_member' ELSE 'friend' END"
        copy("schools", number, id=f"{base['schools']} + n", slug="'school-' || n", name="'School of the big network ' || n",
             short_name="'School ' || n", borough=boroughs, tier=tiers)  # fmt: skip
        insert("school_focus_areas", number, school_id=f"{base['schools']} + n", focus_area_id="1 + n % 15")
        insert("school_contacts", number, school_id=f"{base['schools']} + n", name="'Contact ' || n", email="'contact-' || n || '@example.org'")  # fmt: skip
        insert("users", number, id=f"{base['users']} + n", email="'host-' || n || '@example.org'", name="'Host ' || n",
               created_at=quoted(self.now))  # fmt: skip
        insert("grants", number, user_id=f"{base['users']} + n", role="'host'", school_id=f"{base['schools']} + n")
        # Hosts plan few visits on closed days: one closure in a hundred lies on days with visits.
        days = {
            "first_day": "CASE WHEN n % 100 = 0 THEN t.first_day ELSE '2035-07-04' END",
            "last_day": "CASE WHEN n % 100 = 0 THEN t.last_day ELSE '2035-07-04' END",
        }
        if on_postgresql():
            days = {column: said.replace("'2035-07-04'", "DATE '2035-07-04'") for column, said in days.items()}
        copy("closures", 2 * number, public_id=name("n", "closures"), school_id=f"{base['schools']} + n / 2", source_uid="NULL", **days)

    def visits(self) -> None:
        numbers = range(self.size.visits)
        db.session.execute(sa.insert(Gathering), [self.gathering(number) for number in numbers])
        school, gathering, visit = (self.base[table] for table in ("schools", "gatherings", "visits"))
        whose = f"{school} + n % {self.size.schools}"
        insert(
            "visits", self.size.visits, id=f"{visit} + n", gathering_id=f"{gathering} + n", school_id=whose, published_at=quoted(self.now)
        )
        for step in (0, 7):
            insert("visit_focus_areas", self.size.visits, visit_id=f"{visit} + n", focus_area_id=f"1 + (n + {step}) % 15")
        over = "1 + n" if self.size.visits < 5 else "n"
        insert(
            "rosters", self.size.visits, where=f"g.id = {gathering} + {over} AND g.ends_at < {quoted(self.now)} AND n % 100 <> 0",
            more=", gatherings AS g", gathering_id="g.id", closed_at="g.ends_at",
        )  # fmt: skip

    def gathering(self, number: int) -> dict[str, Any]:
        school_id, public_id = self.base["schools"] + number % self.size.schools, letters(number, "gatherings")
        days, minutes = number % DAYS - DAYS_AGO, number % 60
        state = (GatheringState.DRAFT, GatheringState.CANCELLED)[number % 2] if number % 20 == 0 else GatheringState.PUBLISHED
        row = gathering_row(public_id, school_id, self.now, days, minutes)
        return row | {"id": self.base["gatherings"] + number, "uid": f"big-{number}@bench", "state": state}

    def parties(self) -> None:
        number, base = self.size.registrations, self.base
        who = f"((n * 7) % {self.people})"  # on SQLite || comes before %
        coming = f"g.starts_at > {quoted(self.now)}"
        insert("people", self.people, id=f"{base['people']} + n", name="'Visitor ' || n", email="'visitor-' || n || '@example.org'",
               school_id=f"{base['schools']} + n % {self.size.schools}", created_at=quoted(self.now))  # fmt: skip
        copy(
            "registrations", number, more=", gatherings AS g", where=f"g.id = {base['gatherings']} + n % {self.size.visits}",
            id=f"{base['registrations']} + n", public_id=name("n", "registrations"), uid="'party-' || n || '@bench'", gathering_id="g.id",
            lead_name=f"'Visitor ' || {who}", lead_email=f"'visitor-' || {who} || '@example.org'", party_size="1 + n % 2", tier="''",
            school_id=f"{base['schools']} + {who} % {self.size.schools}", organization=f"'School of the big network ' || ({who} % {self.size.schools})",
            state=f"CASE WHEN n % 17 = 0 THEN 'cancelled' WHEN n % 101 = 0 AND {coming} THEN 'pending' ELSE 'confirmed' END",
            expires_at=f"CASE WHEN n % 17 > 0 AND n % 101 = 0 AND {coming} THEN g.starts_at END",
            created_at="g.created_at", changed_at="g.created_at", confirmed_at="g.created_at", verified_at="g.created_at",
        )  # fmt: skip
        came = f"CASE WHEN {coming} THEN 'expected' WHEN n % 9 = 0 THEN 'absent' ELSE 'arrived' END"
        insert(
            "attendees", number + number // 2, more=", gatherings AS g", where=f"g.id = {base['gatherings']} + n % {number} % {self.size.visits}",
            id=f"{base['attendees']} + n", public_id=name("n", "attendees"), registration_id=f"{base['registrations']} + n % {number}",
            person_id=f"{base['people']} + {who}", is_lead=f"(n < {number})", role="'teacher'", state=came,
            arrived_at=f"CASE WHEN {coming} OR n % 9 = 0 THEN NULL ELSE g.starts_at END", created_at="g.created_at",
        )  # fmt: skip
        insert("consents", number, attendee_id=f"{base['attendees']} + n", kind="'photo'", version="'1'", answer="'yes'", actor="'link'",
               by_name="''", created_at=quoted(self.now))  # fmt: skip

    def papers(self) -> None:
        """What each registration left behind: a mail, a line in the log, a reminder; and a party in a hundred waits."""
        number, base = self.size.registrations, self.base
        first = db.session.scalar(sa.select(sa.func.min(OutboxMail.id)))
        copy("outbox_mails", number, template_id=first, message_id="'<big.' || n || '@example.org>'", about=f"'registration:' || ({base['registrations']} + n)",
             to_address=f"'visitor-' || ((n * 7) % {self.people}) || '@example.org'", chain="'party-' || n || '@bench'",
             state="CASE WHEN n % 5000 = 0 THEN 'dead' ELSE 'sent' END")  # fmt: skip
        line = db.session.scalar(sa.select(sa.func.max(AuditLine.id)).where(AuditLine.before.is_not(None)))
        copy("audit_lines", number, template_id=line, actor="CASE n % 4 WHEN 0 THEN 'user:1' ELSE 'link' END", what="CASE n % 3 WHEN 0 THEN 'booked' WHEN 1 THEN 'moved' ELSE 'cancelled' END",
             about=f"'registration:' || ({base['registrations']} + n)", school_id=f"{base['schools']} + n % {self.size.schools}")  # fmt: skip
        insert("reminders", number, gathering_id=f"{base['gatherings']} + n % {self.size.visits}", registration_id=f"{base['registrations']} + n",
               kind="'week'", day="'2026-01-05'", sent_at=quoted(self.now))  # fmt: skip
        copy("waitlist_entries", number // 100, public_id=name("n", "entries"), gathering_id=f"{base['gatherings']} + n % {self.size.visits}",
             lead_email="'waits-' || n || '@example.org'", registration_id="NULL", moving_id="NULL",
             state="CASE WHEN n % 4 = 0 THEN 'waiting' ELSE 'closed' END")  # fmt: skip

    def meetups(self) -> None:
        """Four a year, with their memory, and lists from before."""
        number = max(self.size.visits // 2_500, 1)
        past = db.session.execute(sa.select(Meetup.gathering_id, Meetup.id).join(Gathering).order_by(Gathering.starts_at)).first()
        assert past is not None
        gathering, meetup = top("gatherings") + 1, top("meetups") + 1
        copy("gatherings", number, template_id=past[0], id=f"{gathering} + n", public_id=name("n", "meetups"), uid="'meetup-' || n || '@bench'",
             title="'Meetup of the big network ' || n")  # fmt: skip
        copy("meetups", number, template_id=past[1], id=f"{meetup} + n", gathering_id=f"{gathering} + n")
        earlier = top("earlier_meetups") + 1
        insert("earlier_meetups", number, id=f"{earlier} + n", public_id=name("n", "earlier-big"), title="'From before ' || n",
               held_on="'2024-03-04'", fingerprint="'big' || n", conversations="300", created_at=quoted(self.now))  # fmt: skip
        insert(EarlierSeat.__tablename__, 200 * number, earlier_meetup_id=f"{earlier} + n / 200", table="1 + n % 200 / 4",
               school_id=f"{self.base['schools']} + (n * 13) % {self.size.schools}")  # fmt: skip

    def rest(self) -> None:
        """Resources, watches, jobs that are done, and what visitors said afterwards."""
        number, base = self.size.schools, self.base
        copy(
            "resources", number, public_id=name("n", "resources-big"), school_id=f"{base['schools']} + n", title="'Rubric of school ' || n"
        )
        insert("watches", 5 * number, public_id=name("n", "watches"), email="'watch-' || n || '@example.org'",
               school_id=f"{base['schools']} + n / 5", confirmed_at=quoted(self.now), told_until=quoted(self.now),
               created_at=quoted(self.now))  # fmt: skip
        insert("jobs", 5 * number, public_id=name("n", "jobs"), kind="'plan'", about="'meetup:1'", payload="'{}'", progress="'{}'", state="'done'",
               run_at=quoted(self.now), created_at=quoted(self.now))  # fmt: skip
        replies = self.size.registrations // 10
        insert("debriefs", replies, more=", attendees AS a, registrations AS r", where=f"a.id = {base['attendees']} + n * 11 AND r.id = a.registration_id AND a.state = 'arrived'",
               attendee_id="a.id", gathering_id="r.gathering_id", value="1 + n % 4", noticed="'Students lead'", will_try="'Try it'",
               is_shared="(n % 3 = 0)", created_at=quoted(self.now), changed_at=quoted(self.now))  # fmt: skip


def insert(table: str, number: int, /, *, more: str = "", where: str = "1 = 1", **values: str) -> None:
    """So many rows; each value is an expression in `n`, the row's number."""
    written(table, f"series{more}", number, where, defaults(table) | values)


def defaults(table: str) -> dict[str, str]:
    """What SQLAlchemy would write where nothing is said."""
    said = {
        column.name: column.default.arg
        for column in db.metadata.tables[table].columns
        if column.default is not None and column.default.is_scalar
    }
    return {name: f"'{value}'" if isinstance(value, str) else str(value).lower() for name, value in said.items()}


def copy(table: str, number: int, /, *, template_id: int | None = None, more: str = "", where: str = "1 = 1", **values: str) -> None:
    """So many copies of a row that is there, the first if none is named, apart from some values."""
    columns = [column.name for column in db.metadata.tables[table].columns if column.name != "id"]
    picked = template_id or db.session.scalar(sa.text(f"SELECT min(id) FROM {table}"))
    kept = {column: f't."{column}"' for column in columns}
    written(table, f"series, {table} AS t{more}", number, f"t.id = {picked} AND {where}", kept | values)


def written(table: str, source: str, number: int, where: str, values: dict[str, str]) -> None:
    names, picked = ", ".join(f'"{name}"' for name in values), ", ".join(values.values())
    if on_postgresql():
        picked = ", ".join(typed(table, name, value) for name, value in values.items())
    db.session.execute(
        sa.text(
            f"WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < {number - 1}) "
            f"INSERT INTO {table} ({names}) SELECT {picked} FROM {source} WHERE {where}".replace(":", "\\:")
        )
    )


def typed(table: str, column: str, value: str) -> str:
    """PostgreSQL takes no text for an instant unless it is told to."""
    of_column = db.metadata.tables[table].columns[column].type
    return f"CAST({value} AS {of_column.compile(db.engine.dialect)})"


def on_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def top(table: str) -> int:
    return db.session.scalar(sa.text(f"SELECT max(id) FROM {table}")) or 0


def first(table: str, where: str) -> int:
    return db.session.scalars(sa.text(f"SELECT min(id) FROM {table} WHERE {where}")).one()


def quoted(instant: datetime) -> str:
    """As SQLAlchemy writes an instant on SQLite, and as PostgreSQL reads it."""
    zone = "+00" if on_postgresql() else ""
    return f"'{instant:%Y-%m-%d %H:%M:%S.%f}{zone}'"


def name(number: str, kind: str) -> str:
    """The expression of a public id: ten letters from a number, other ones for each kind of thing."""
    text = f"CAST({offset(kind)} + {number} AS VARCHAR)"
    for digit, letter in enumerate(LETTERS):
        text = f"replace({text}, '{digit}', '{letter}')"
    return text


def letters(number: int, kind: str) -> str:
    """The same in Python."""
    return "".join(LETTERS[int(digit)] for digit in str(offset(kind) + number))


def offset(kind: str) -> int:
    return 1_000_000_000 + KINDS.index(kind) * 10_000_000


KINDS = (
    "gatherings", "registrations", "attendees", "closures", "entries", "meetups", "resources", "resources-big", "earlier", "earlier-big",
    "watches", "jobs", "links", "coming",
    "earlier-near", "past", "past-places", "asking",
)  # fmt: skip
