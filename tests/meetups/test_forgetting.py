"""Students go after 30 days, teams go on when somebody is erased, rounds keep their pairings (registration rules 6 and 7, trust P14)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler.core.pairing.wishes import Kind, Wish
from scheduler.core.people import FORMER_STUDENT, STUDENT
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups import queries, service
from scheduler.meetups.models import Meetup, Seating
from scheduler.meetups.results import Result
from scheduler.meetups.wishes import service as wishes
from scheduler.meetups.wishes.models import MeetupWish, WishPerson
from scheduler.registration.models import Attendee, DataLink, Registration, RegistrationState
from scheduler.registration.privacy import erase, mail, retention
from scheduler.registration.privacy import service as privacy
from scheduler.registration.service import Member
from scheduler.schools.models import School
from tests.forgetting import bytes_with, places_of, totals
from tests.people import MONDAY

END = datetime(2026, 12, 3, 23, tzinfo=UTC)
"""Six in the evening in New York, when the meetup is over"""

MakeMeetup = Callable[..., Meetup]


def erase_address(address: str, now: datetime) -> None:
    privacy.ask(address, now=now)
    link = db.session.scalars(sa.select(DataLink.id).order_by(DataLink.id.desc())).first()
    assert link
    erase.erase(link, now=now)


def pairings(meetup: Meetup) -> Counter[tuple[int, int]]:
    """Who sat with whom, by place."""
    db.session.rollback()
    tables: dict[tuple[int, int | None], list[int]] = {}
    for seating in db.session.scalars(sa.select(Seating)):
        tables.setdefault((seating.round, seating.table), []).append(seating.attendee_id)
    return Counter(pair for people in tables.values() for pair in combinations(sorted(people), 2))


def test_students_are_gone_30_days_after_and_every_count_stays(
    make_meetup: MakeMeetup, fill: Callable[..., None], make_plan: Callable[..., Result]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    make_plan(meetup)
    late = END + timedelta(days=30, minutes=1)
    before, met = totals(until=late), pairings(meetup)
    assert places_of("Stuart S.") != []

    retention.run(END + timedelta(days=29))
    kept = places_of("Stuart S.") != []
    done = retention.run(late)

    assert (kept, done["student"], places_of("Stuart")) == (True, 8, [])
    assert (totals(until=late), pairings(meetup)) == (before, met)
    students = db.session.scalars(sa.select(Attendee).where(Attendee.role == STUDENT)).all()
    assert {attendee.name for attendee in students} == {FORMER_STUDENT}
    assert all(one.person and one.person.school_id == one.registration.school_id for one in students)
    assert retention.run(late + timedelta(days=1)) == Counter()


def test_nothing_leads_from_a_student_of_one_meetup_to_the_next(make_meetup: MakeMeetup, fill: Callable[..., None]) -> None:
    """Staff may have said that two rows are one student: afterwards each is somebody of that school."""
    first, second = make_meetup(), make_meetup(starts_wall=datetime(2026, 12, 17, 16), ends_wall=datetime(2026, 12, 17, 18))
    fill(first, 1)
    fill(second, 1)
    old, new = db.session.scalars(sa.select(Attendee).where(Attendee.role == STUDENT).order_by(Attendee.id))
    old.person_id, person_id = new.person_id, new.person_id
    db.session.commit()

    retention.run(END + timedelta(days=31))

    db.session.expire_all()
    assert (old.name, new.name, new.person_id) == (FORMER_STUDENT, "Stuart S.", person_id)


def test_team_goes_on_when_its_lead_is_erased(make_meetup: MakeMeetup, fill: Callable[..., None]) -> None:
    meetup = make_meetup()
    fill(meetup, 2)
    db.session.execute(sa.update(Registration).values(purpose="to meet old friends"))
    db.session.commit()

    erase_address("leader.0@example.org", MONDAY)

    assert places_of("leader.0@", "Leader 0") == []
    [team, _] = queries.teams_of(meetup.gathering_id)
    assert (team.state, team.party_size, team.lead_name) == (RegistrationState.CONFIRMED, 2, "Teacher 0")
    assert [attendee.name for attendee in team.attendees] == ["Teacher 0", "Stuart S."]
    assert team.purpose == ""  # the lead wrote it


def test_team_of_one_is_cancelled_and_organizers_are_told(make_meetup: MakeMeetup, network: list[School], cast: object) -> None:
    meetup = make_meetup()
    service.register_team(meetup.id, network[0].id, [Member("Solo Single", "teacher", "solo@example.org")], actor="user:1", now=MONDAY)

    erase_address("solo@example.org", MONDAY)

    assert queries.teams_of(meetup.gathering_id) == []
    assert places_of("solo@", "Solo Single") == []
    told = db.session.scalars(sa.select(OutboxMail.to_address).where(OutboxMail.template == mail.ERASED)).all()
    assert told == ["olga.organizer@example.org"]


@pytest.mark.both_engines
def test_no_wish_names_somebody_erased_and_none_outlives_its_meetup_by_more_than_30_days(
    make_meetup: MakeMeetup, fill: Callable[..., None]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    people = {attendee.name: attendee.public_id for attendee in queries.attendees_of(meetup.gathering_id)}
    kept = [
        Wish(Kind.APART, (people["Teacher 3"], people["Leader 1"])), Wish(Kind.OFFERS, (people["Teacher 3"],), topic="Own troubles"),
        Wish(Kind.STATION, (people["Teacher 3"],), table=1, topic="Grading"),
    ]  # fmt: skip
    wishes.add_wishes(meetup.id, kept, user_id=1, now=MONDAY)

    erase_address("teacher.3@example.org", END + timedelta(days=1))
    named = {wish.kind: [person.public_id for person in wish.named] for wish in db.session.scalars(sa.select(MeetupWish))}
    retention.run(END + timedelta(days=29))
    still = db.session.scalar(sa.select(sa.func.count()).select_from(MeetupWish))
    retention.run(END + timedelta(days=30, minutes=1))

    assert named == {Kind.APART: [people["Leader 1"]], Kind.STATION: []}
    assert still == 2
    assert [db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (MeetupWish, WishPerson)] == [0, 0]


@pytest.mark.both_engines
def test_pairings_stay_between_pseudonyms(make_meetup: MakeMeetup, fill: Callable[..., None], make_plan: Callable[..., Result]) -> None:
    meetup = make_meetup()
    fill(meetup)
    make_plan(meetup)
    before, met = totals(until=END), pairings(meetup)

    erase_address("teacher.3@example.org", END + timedelta(days=1))

    assert places_of("teacher.3@", "Teacher 3") == []
    assert (totals(until=END), pairings(meetup)) == (before, met)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_erased_in_whatever_order_totals_stay_and_no_byte_is_left(
    make_meetup: MakeMeetup, network: list[School], seed: int
) -> None:
    """Teams of random sizes at three meetups, some of the people erased in a random order: counts hold, also in the pages of the file."""
    chance = random.Random(seed)
    ends = [datetime(2026, 12, day, 23, tzinfo=UTC) for day in (3, 10, 17)]
    meetups = [make_meetup(starts_wall=datetime(2026, 12, end.day, 16), ends_wall=datetime(2026, 12, end.day, 18)) for end in ends]
    people = [(f"Xanthippe{n:03} Zzyzx{chance.randrange(10**9)}", f"xan.{n:03}@example.org") for n in range(24)]
    for meetup in meetups:
        for school, members in zip(network, split(chance.sample(people, 18), chance), strict=False):
            team = [Member(name, "teacher", address) for name, address in members]
            service.register_team(meetup.id, school.id, team, actor="user:1", now=MONDAY)
    now = ends[-1] + timedelta(days=1)
    before = totals(until=now)
    erased = chance.sample(people, 6)

    for _, address in erased:
        erase_address(address, now)
    retention.run(now)

    gone = [text for person in erased for text in person]
    assert places_of(*gone) == []
    assert totals(until=now) == before
    if db.engine.dialect.name == "sqlite":
        assert bytes_with(Path(str(db.engine.url.database)).parent, *gone) == []


def split(people: Sequence[tuple[str, str]], chance: random.Random) -> list[Sequence[tuple[str, str]]]:
    cuts = sorted(chance.sample(range(1, len(people)), 5))
    return [people[start:end] for start, end in zip([0, *cuts], [*cuts, len(people)], strict=True)]
