"""What organizers do with wishes: say some, take one away, choose the format, say what each round is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.pairing.wishes import ABOUT_TABLES, Wish
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.meetups import queries as meetups
from scheduler.meetups import service as meetup_service
from scheduler.meetups.models import Format, Meetup, MeetupRound
from scheduler.meetups.plans import refuse_too_long
from scheduler.meetups.timing import Talk, Talks
from scheduler.meetups.wishes import queries
from scheduler.meetups.wishes.models import MeetupWish, WishPerson
from scheduler.registration.models import Gathering


@dataclass(frozen=True)
class Chosen:
    """How the rounds are held."""

    format: Format
    table_size: int
    stays: str
    students_have_company: bool
    role_mix: int


def add_wishes(meetup_id: int, wishes: Sequence[Wish], *, user_id: int, now: datetime) -> int:
    """Keep wishes; one that is there already is not kept twice, and a table's seats or station take the place of what was said.

    Returns how many are new or changed.
    """
    with transaction():
        gathering = _hold(meetup_id, now)[1]
        people = {attendee.public_id: attendee.id for attendee in meetups.attendees_of(gathering.id)}
        changed = [wish for wish in wishes if _keep(meetup_id, wish, people, user_id, now)]
        if changed:
            kinds = sorted({wish.kind.value for wish in changed})
            _log("wishes added", meetup_id, user_id, now, kinds=kinds, number=len(changed))
        return len(changed)


def remove_wish(meetup_id: int, wish_id: int, *, user_id: int, now: datetime) -> bool:
    """Take a wish away; taking it away twice is taking it away once."""
    with transaction():
        _hold(meetup_id, now)
        found = queries.find_wish(meetup_id, wish_id)
        if found is None:
            return False
        _log("wish removed", meetup_id, user_id, now, kinds=[found.kind.value], number=1)
        db.session.delete(found)
        return True


def choose_format(meetup_id: int, chosen: Chosen, *, user_id: int, now: datetime) -> None:
    """How the rounds are held from the next plan on."""
    with transaction():
        meetup = _hold(meetup_id, now)[0]
        for name in ("format", "table_size", "stays", "students_have_company", "role_mix"):
            setattr(meetup, name, getattr(chosen, name))
        if db.session.is_modified(meetup):
            _log("format chosen", meetup_id, user_id, now, format=chosen.format.value, company=chosen.students_have_company)


def tell_rounds(meetup_id: int, talks: Talks, *, user_id: int, now: datetime) -> None:
    """What each round is about and how long it takes; refused where the rounds no longer fit."""
    with transaction():
        meetup, gathering = _hold(meetup_id, now)
        refuse_too_long(gathering, meetup.rounds, talks)
        before = {row.number: row for row in meetup.told_rounds}
        for number, talk in enumerate(talks, 1):
            row = before.get(number)
            if row is None and talk != Talk():
                meetup.told_rounds.append(MeetupRound(number=number, minutes=talk.minutes, prompt=talk.prompt))
            elif row is not None:
                row.minutes, row.prompt = talk.minutes, talk.prompt
        _log("rounds told", meetup_id, user_id, now, minutes=[talk.minutes for talk in talks])


def unmark(attendee_ids: Collection[int]) -> None:
    """No wish names these people any more, inside the transaction that erases them; one that was about them alone goes."""
    named = sa.select(WishPerson.wish_id).where(WishPerson.attendee_id.in_(attendee_ids))
    touched = db.session.scalars(sa.select(MeetupWish.id).where(MeetupWish.id.in_(named), MeetupWish.kind.not_in(ABOUT_TABLES))).all()
    db.session.execute(sa.delete(WishPerson).where(WishPerson.attendee_id.in_(attendee_ids)))
    others = sa.select(WishPerson.wish_id).where(WishPerson.wish_id == MeetupWish.id).exists()
    db.session.execute(sa.delete(MeetupWish).where(MeetupWish.id.in_(touched), ~others))


def _hold(meetup_id: int, now: datetime) -> tuple[Meetup, Gathering]:
    meetup, gathering = meetup_service.hold(meetup_id)
    if gathering.is_cancelled or gathering.is_over(now):
        raise Refusal(say("This meetup is over or cancelled, so nothing is planned for it any more."))
    return meetup, gathering


def _keep(meetup_id: int, wish: Wish, people: dict[str, int], user_id: int, now: datetime) -> bool:
    """Whether anything changed."""
    if any(person not in people for person in wish.people):
        raise Refusal(say("Somebody was taken off the list in the meantime. Pick the people again."))
    named = {person: people[person] for person in wish.people}
    same = next((row for row in queries.wishes_of(meetup_id) if row.asked.key == wish.key), None)
    if same is not None and _says(same.asked) == _says(wish):
        return False
    row = same or MeetupWish(meetup_id=meetup_id, kind=wish.kind, key=wish.key, round=wish.round, created_by=user_id, created_at=now)
    row.table, row.seats, row.topic = wish.table, wish.seats, wish.topic
    db.session.add(row)
    row.named.clear()
    db.session.flush()
    row.named.extend(WishPerson(attendee_id=id, public_id=public_id) for public_id, id in named.items())
    db.session.flush()
    return True


def _says(wish: Wish) -> tuple[object, ...]:
    return frozenset(wish.people), wish.table, wish.seats, wish.topic


def _log(what: str, meetup_id: int, user_id: int, now: datetime, **after: object) -> None:
    audit.record(what, f"meetup:{meetup_id}", actor=audit.user(user_id), now=now, after=after)
