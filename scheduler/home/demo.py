"""The sample network: 33 real schools, invented people who are plainly marked, a season from today on. Sends no mail."""

from __future__ import annotations

import csv
import random
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scheduler.accounts.models import Grant, User
from scheduler.core import teams
from scheduler.core.access import AccessRole
from scheduler.core.consents import PHOTO_RULE
from scheduler.core.refusal import Refusal, say
from scheduler.core.times import to_wall
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import raise_names
from scheduler.foundation.tokens import new_public_id
from scheduler.home import demo_meetups
from scheduler.meetups.models import Format, Meetup
from scheduler.registration import changes, queries, service, terms
from scheduler.registration.models import (
    EntryState,
    Gathering,
    GatheringKind,
    GatheringState,
    Person,
    Registration,
    WaitlistEntry,
)
from scheduler.schools import closures_queries as closures
from scheduler.schools.models import Closure, FocusArea, Network, School, Tier
from scheduler.visits.models import Visit

SAMPLE = Path(__file__).parent / "sample"
ZONE = "America/New_York"
ACTOR = "command:demo"
UNNAMED, SAMPLE_NAME = "Our network of schools", "Mastery Collaborative (sample network)"
"""What a network is called before anybody named it, and while it is the sample."""
LISTED = "example.org schools.nyc.gov"
"""Addresses there need not be confirmed."""
TIMES = (("9:00", "11:30"), ("13:00", "15:00"), ("8:45", "11:00"), ("9:30", "12:00"))
SIZES = (1, 1, 2, 2, 3, 3, 4, 5)
FILLED = (0.7, 0.5, 1, 0.85, 1.4, 0.4, 0.9, 0.6)
"""Shares of the seats that are asked for at each Living Lab's next visit; at one school more than there are. Later visits fill later."""
MEETING = 41
"""Schools whose teams are registered for the coming meetup"""
TEAM_ROLES = ("leader", "teacher", "teacher", "counselor")


def is_empty() -> bool:
    """True for a database in which nobody has worked yet."""
    empty = db.session.scalar(sa.select(School.id).limit(1)) is None
    db.session.rollback()
    return empty


def load(*, now: datetime) -> None:
    """Add the sample network beside whatever is there; loading it twice is loading it once. Refuses where one of its schools is known."""
    with transaction():
        if db.session.scalar(sa.select(User.id).where(User.is_sample).limit(1)) is not None:
            return
        _refuse_known_schools()
        chance = random.Random(2026)
        network = db.session.get_one(Network, 1)
        if network.name == UNNAMED:
            network.name, network.listed_domains = SAMPLE_NAME, LISTED
        schools = list(_schools(now))
        _staff(schools, now)
        _closures(now)
        visitors = _names()
        for index, school in enumerate(school for school in schools if school.tier == Tier.LIVING_LAB):
            _season(school, index, schools, visitors, chance, now)
        coming = _meetup(schools, visitors, now)
        demo_meetups.took_place(_past_meetup(now), coming, actor=ACTOR, now=now)
        demo_meetups.invite(coming, schools, now=now)
        audit.record("sample network loaded", "network:1", actor=ACTOR, now=now)


def remove(*, now: datetime) -> None:
    """Take the sample network away; what real people booked, planned or host at its schools stays."""
    with transaction():
        for table in (Registration, WaitlistEntry):
            db.session.execute(sa.delete(table).where(table.is_sample))
        taken = sa.union(sa.select(Registration.gathering_id), sa.select(WaitlistEntry.gathering_id))
        db.session.execute(sa.delete(Gathering).where(Gathering.is_sample, Gathering.id.not_in(taken)))
        demo_meetups.take_away()
        db.session.execute(sa.delete(Closure).where(Closure.is_sample))
        db.session.execute(sa.delete(User).where(User.is_sample))
        _delete_unused(Person, Person.is_sample, "attendees.person_id")
        used = sa.union(
            sa.select(Gathering.school_id).where(Gathering.school_id.is_not(None)),
            sa.select(Grant.school_id).where(Grant.school_id.is_not(None)),
        )
        db.session.execute(sa.delete(School).where(School.is_sample, School.id.not_in(used)))
        sample_areas = FocusArea.slug.in_([_slug(name) for row in _rows() for name in _areas(row)])
        _delete_unused(FocusArea, sample_areas, "school_focus_areas.focus_area_id", "visit_focus_areas.focus_area_id")
        network = db.session.get_one(Network, 1)
        if network.name == SAMPLE_NAME:
            network.name, network.listed_domains = UNNAMED, ""
        raise_names(db.session.scalars(sa.select(School.id)), now=now)
        audit.record("sample network removed", "network:1", actor=ACTOR, now=now)


def _delete_unused(model: Any, which: Any, *columns: str) -> None:
    for table, column in (name.split(".") for name in columns):
        which = sa.and_(which, model.id.not_in(sa.select(db.metadata.tables[table].c[column])))
    db.session.execute(sa.delete(model).where(which))


def _refuse_known_schools() -> None:
    """A name and a slug are one school's only; schools that real people use stay when a sample network goes."""
    names, slugs = zip(*((row["name"], _slug(row["short_name"])) for row in _rows()), strict=True)
    known = db.session.scalar(sa.select(School.name).where(School.name.in_(names) | School.slug.in_(slugs)).order_by(School.id).limit(1))
    if known is not None:
        raise Refusal(say("The directory and the sample network both have %(school)s. Load it into an empty database.", school=known))


def _rows() -> list[dict[str, str]]:
    """The real schools, from the file beside this one, and 14 more: with eight of them 41 teams meet, six have no team yet."""
    with (SAMPLE / "schools.csv").open(encoding="utf-8", newline="") as file:
        real = list(csv.DictReader(line for line in file if not line.startswith("#")))
    more = {"tier": Tier.FRIEND.value, "borough": "", "address": "", "focus_areas": ""}
    return [*real, *({"name": f"Sample School {n}", "short_name": f"Sample {n}", **more} for n in range(1, 15))]


def _schools(now: datetime) -> Iterator[School]:
    areas: dict[str, FocusArea] = {area.slug: area for area in db.session.scalars(sa.select(FocusArea))}
    for number, row in enumerate(_rows()):
        known_for = [areas.setdefault(_slug(name), FocusArea(slug=_slug(name), name=name)) for name in _areas(row)]
        school = _school(row["name"], row["short_name"], Tier(row["tier"]), row["borough"], row["address"], known_for, now)
        school.contacts = demo_meetups.contacts_of(number)
        yield school


def _areas(row: dict[str, str]) -> list[str]:
    return [name for name in row["focus_areas"].split(";") if name]


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-")


def _school(name: str, short: str, tier: Tier, borough: str, address: str, areas: list[FocusArea], now: datetime) -> School:
    school = School(
        slug=_slug(short), name=name, short_name=short, tier=tier, borough=borough, address=address, time_zone=ZONE, focus_areas=areas,
        private_address="" if address else "The school writes the address into your confirmation (sample).",
        arrival_notes="Bring a photo ID and sign in at the front desk." if tier == Tier.LIVING_LAB else "", is_sample=True, created_at=now,
    )  # fmt: skip
    db.session.add(school)
    return school


def _staff(schools: Sequence[School], now: datetime) -> None:
    """One person for each access role; the host runs the iSchool's visits."""
    db.session.flush()
    host_at = next(school for school in schools if school.short_name == "iSchool")
    for role in AccessRole:
        user = User(email=f"sample.{role.value}@example.org", name=f"Sample {role.value.capitalize()}", is_sample=True, created_at=now)
        user.grants.append(Grant(role=role, school_id=host_at.id if role == AccessRole.HOST else None))
        db.session.add(user)


def _closures(now: datetime) -> None:
    """The next Thanksgiving, winter recess and midwinter recess, for the whole network."""
    today = to_wall(now, _zone()).date()
    for title, span_in in HOLIDAYS.items():
        first, last = next((first, last) for first, last in map(span_in, range(today.year - 1, today.year + 2)) if last >= today)
        db.session.add(Closure(public_id=new_public_id(), first_day=first, last_day=last, title=title, is_sample=True, created_at=now))
    db.session.flush()


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th Monday (0) to Sunday (6) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


HOLIDAYS: dict[str, Callable[[int], tuple[date, date]]] = {
    "Thanksgiving": lambda year: (_nth(year, 11, 3, 4), _nth(year, 11, 3, 4) + timedelta(days=1)),
    "Winter recess": lambda year: (date(year, 12, 24), date(year + 1, 1, 1)),
    "Midwinter recess": lambda year: (_nth(year, 2, 0, 3), _nth(year, 2, 0, 3) + timedelta(days=4)),
}
"""First and last day in a year"""


def _names() -> Iterator[str]:
    """Invented people are plainly marked."""
    n = 0
    while True:
        n += 1
        yield f"Sample Visitor {n}"


def _season(school: School, index: int, schools: Sequence[School], names: Iterator[str], chance: random.Random, now: datetime) -> None:
    """Five visits of one school: one that was, four to come; some nearly full, one with a waitlist, one draft, one cancelled."""
    plan = tomllib.loads((SAMPLE / "visits.toml").read_text(encoding="utf-8"))[school.short_name]
    today = to_wall(now, _zone()).date()
    for turn, week in enumerate((-2, 1, 3, 6, 9)):
        day = _open_day(today + timedelta(days=7 * week + index), timedelta(days=7 if week > 0 else -7))
        gathering = _visit(school, plan, turn, index, day, now)
        if (index, turn) == (2, 4):
            gathering.state = GatheringState.DRAFT
        elif (index, turn) == (5, 3):
            gathering.state, gathering.cancel_reason, gathering.sequence = GatheringState.CANCELLED, "State testing moved to this day", 1
        else:
            _parties(gathering, schools, names, chance, fill=FILLED[index] * (1, 1, 0.7, 0.4, 0.1)[turn], now=now)


def _zone() -> Any:
    return Gathering(time_zone=ZONE).zone


def _open_day(day: date, step: timedelta) -> date:
    """The weekday on or after a day, or some weeks further on when the network is closed on it."""
    day = _weekday(day)
    while closures.network_days(day, day):
        day += step
    return day


def _weekday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def _visit(school: School, plan: dict[str, Any], turn: int, index: int, day: date, now: datetime) -> Gathering:
    starts, ends = (datetime.combine(day, datetime.strptime(text, "%H:%M").time()) for text in TIMES[(index + turn) % len(TIMES)])  # noqa: DTZ007
    gathering = _gathering(GatheringKind.VISIT, plan["titles"][turn % len(plan["titles"])], plan["text"], starts, ends, now)
    gathering.school_id, gathering.capacity = school.id, (12, 16, 10, 20)[(index + turn) % 4]
    gathering.school_most, gathering.opens_days, gathering.cutoff_days, gathering.needs_approval = 6, 60, 2, True
    changes.derive(gathering)
    gathering.place, gathering.private_place, gathering.arrival_notes = school.address, school.private_address, school.arrival_notes
    db.session.add(Visit(gathering=gathering, school=school, focus_areas=list(school.focus_areas)))
    db.session.flush()
    changes.raise_feeds(["network", f"school:{school.id}"], now=now)
    return gathering


def _gathering(kind: GatheringKind, title: str, text: str, starts: datetime, ends: datetime, now: datetime) -> Gathering:
    gathering = Gathering(
        public_id=new_public_id(), uid=changes.new_uid(), kind=kind, title=title, description=text, capacity=12, party_most=6,
        state=GatheringState.PUBLISHED, is_sample=True, created_at=now, changed_at=now,
    )  # fmt: skip
    changes.set_times(gathering, starts, ends, ZONE)
    db.session.add(gathering)
    return gathering


def _parties(
    gathering: Gathering, schools: Sequence[School], names: Iterator[str], chance: random.Random, *, fill: float, now: datetime
) -> None:
    """Parties up to a share of the seats; those beyond the last seat wait."""
    asked = 0
    while asked < int(gathering.capacity * fill):
        size = min(chance.choice(SIZES), max(int(gathering.capacity * fill) - asked, 1))
        if asked < gathering.capacity:
            size = min(size, gathering.capacity - asked)
        _party(gathering, chance.choice([school for school in schools if school.id != gathering.school_id]), next(names), size, asked, now)
        asked += size


def _party(gathering: Gathering, school: School, name: str, size: int, asked: int, now: datetime) -> None:
    facts: dict[str, Any] = {
        "public_id": new_public_id(), "gathering_id": gathering.id, "lead_name": name, "school_id": school.id, "organization": school.name,
        "tier": terms.tier_of(school.id),
        "lead_email": _address(name), "party_size": size, "purpose": "How students follow their own progress",
        "photo_rule_version": PHOTO_RULE, "is_sample": True, "created_at": now, "changed_at": now,
    }  # fmt: skip
    if asked + size <= gathering.capacity:
        changes.seat(Registration(uid=changes.new_uid(), **facts), now=now, role="teacher")
    else:
        db.session.add(WaitlistEntry(state=EntryState.WAITING, smallest=size, **facts))


def _address(name: str) -> str:
    return name.lower().replace(" ", ".") + "@example.org"


def _past_meetup(now: datetime) -> Gathering:
    """Ten weeks ago."""
    day = _open_day(to_wall(now, _zone()).date() - timedelta(days=70), timedelta(days=-7))
    at = datetime.combine(day, datetime.min.time())
    text = "A first try in a small circle: three rounds at tables of four."
    gathering = _gathering(GatheringKind.MEETUP, "First meetup", text, at.replace(hour=15, minute=30), at.replace(hour=16, minute=15), now)
    gathering.capacity, gathering.needs_approval, gathering.place = 40, True, "The library of a member school"
    gathering.party_least, gathering.party_most = teams.LEAST, teams.MOST
    changes.derive(gathering)
    return gathering


def _meetup(schools: Sequence[School], names: Iterator[str], now: datetime) -> Gathering:
    """The quarterly meetup: 41 teams, 120 people, nine of them students."""
    day = _open_day(to_wall(now, _zone()).date() + timedelta(days=24), timedelta(days=7))
    at = datetime.combine(day, datetime.min.time())
    text = (
        "School leaders, teachers and students of all our schools meet in speed rounds: short talks at small tables, each with new people."
    )
    gathering = _gathering(GatheringKind.MEETUP, "Quarterly meetup", text, at.replace(hour=15, minute=30), at.replace(hour=18), now)
    gathering.capacity, gathering.party_least, gathering.party_most, gathering.needs_approval = 140, 3, 6, True
    gathering.cutoff_days = teams.DAYS
    changes.derive(gathering)
    gathering.place = "The cafeteria of a member school; the address is in your confirmation"
    db.session.add(Meetup(gathering=gathering, format=Format.TABLES, rounds=6, table_size=4))
    db.session.flush()
    come = schools[:MEETING]
    for n, (school, size) in enumerate(zip(come, _team_sizes(len(come), 120), strict=True)):
        service.add_team(queries.lock_gathering(gathering.id), _team(school, size, n < 9, names), actor=ACTOR, now=now, is_sample=True)
    return gathering


def _team_sizes(teams: int, people: int) -> Iterable[int]:
    """As even as it goes."""
    least, more = divmod(people, teams)
    return [least + (n < more) for n in range(teams)]


def _team(school: School, size: int, with_student: bool, names: Iterator[str]) -> service.Team:
    members = []
    for n in range(size):
        name, is_student = next(names), with_student and n == size - 1
        if is_student:
            members.append(service.Member(f"Sample{name.split()[-1]} Student", "student"))
            continue
        members.append(service.Member(name, TEAM_ROLES[n % len(TEAM_ROLES)], _address(name)))
    return service.Team(school.name, school.id, members)
