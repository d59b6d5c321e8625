"""The list of schools page by page: how many stand where is counted over all of them, and only those of the page are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from scheduler.core.invitations import Known, Standing
from scheduler.foundation.db import columns
from scheduler.foundation.pages import Page, page_of
from scheduler.meetups.invitations import queries
from scheduler.meetups.invitations.models import MeetupInvitation
from scheduler.meetups.invitations.queries import LostMail, Row
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Registration, RegistrationState
from scheduler.schools.models import School, SchoolContact, Tier
from scheduler.schools.queries import Choice

FIRST = (
    Standing.REMINDED, Standing.INVITED, Standing.NOT_INVITED, Standing.NO_CONTACT, Standing.ASKS, Standing.DECLINED, Standing.COMES,
)  # fmt: skip
"""Schools that want something done stand above the others"""


class Alike(NamedTuple):
    """Schools of one tier and borough of which the same is known, as far as lists tell them apart."""

    number: int
    people: int
    tier: Tier
    borough: str
    facts: tuple[bool, ...]
    """As in FACTS"""

    @property
    def standing(self) -> Standing:
        comes, asks, is_invited, is_reminded, has_declined, has_contact, _has_lost = self.facts
        return Known(comes, asks, is_invited, is_reminded, has_declined, [None] if has_contact else []).standing

    @property
    def has_contact(self) -> bool:
        return self.facts[-2]

    @property
    def has_lost(self) -> bool:
        return self.facts[-1]


FACTS = ("comes", "asks", "is_invited", "is_reminded", "has_declined", "has_contact", "has_lost")
Holds = Callable[[Alike | Row], bool]


@dataclass(frozen=True)
class Listed:
    """All schools in numbers, and pages of those that are wanted: two statements, and those that read a page."""

    meetup: Meetup

    @cached_property
    def lost(self) -> Mapping[str, LostMail]:
        return queries.lost_mails()

    @cached_property
    def _schools(self) -> sa.Subquery:
        """Every school of the directory with what is known of it."""
        gathering_id, meetup_id = self.meetup.gathering_id, self.meetup.id
        teams = (
            sa.select(Registration.school_id, *(_people(state).label(state.value) for state in _TEAMS))
            .where(Registration.gathering_id == gathering_id, Registration.state.in_(_TEAMS)).group_by(Registration.school_id).subquery()
        )  # fmt: skip
        is_lost = sa.func.max(sa.case((SchoolContact.email.in_(self.lost.keys()), 1), else_=0))
        contacts = sa.select(SchoolContact.school_id, is_lost.label("lost")).group_by(SchoolContact.school_id).subquery()
        people, asking = (sa.func.coalesce(teams.c[state.value], 0) for state in _TEAMS)
        sent = sa.and_(MeetupInvitation.school_id == School.id, MeetupInvitation.meetup_id == meetup_id)
        facts = (
            people > 0, asking > 0, MeetupInvitation.id.is_not(None), MeetupInvitation.reminded_at.is_not(None),
            MeetupInvitation.declined_at.is_not(None), contacts.c.school_id.is_not(None), sa.func.coalesce(contacts.c.lost, 0) > 0,
        )  # fmt: skip
        named = (fact.label(name) for name, fact in zip(FACTS, facts, strict=True))
        return (
            sa.select(*(getattr(School, name) for name in Choice._fields), people.label("people"), *named)
            .outerjoin(teams, teams.c.school_id == School.id).outerjoin(contacts, contacts.c.school_id == School.id)
            .outerjoin(MeetupInvitation, sent).subquery("known")
        )  # fmt: skip

    @cached_property
    def groups(self) -> list[Alike]:
        """All schools, by what is known of them: a few dozen rows, however many there are."""
        known = self._schools.c
        kinds = (known.tier, known.borough, *(known[name] for name in FACTS))
        counted = sa.select(sa.func.count(), sa.func.sum(known.people), *kinds).group_by(*kinds)
        found = columns(counted)
        return [Alike(number, int(people), tier, borough, tuple(map(bool, facts))) for number, people, tier, borough, *facts in found]

    def page(self, holds: Holds, tier: str, borough: str, asked: Mapping[str, str]) -> Page[Row]:
        """A page of the schools that are wanted, those first that want something done, each kind by name."""
        known = self._schools.c
        kinds = {group.facts: group for group in self.groups}
        wanted = [self._are(group.facts) for group in kinds.values() if holds(group)]
        rank = sa.case(*((self._are(facts), FIRST.index(group.standing)) for facts, group in kinds.items()), else_=len(FIRST))
        narrowed = [known[name] == value for name, value in (("tier", tier), ("borough", borough)) if value]
        chosen = sa.select(*(known[name] for name in Choice._fields)).where(sa.or_(sa.false(), *wanted), *narrowed)
        found = page_of(chosen, [rank, known.name], known.slug, asked)
        return found.of(queries.rows_of(self.meetup, [Choice._make(row) for row in found.rows], lost=self.lost))

    def _are(self, facts: Iterable[bool]) -> sa.ColumnElement[bool]:
        known: list[Any] = [self._schools.c[name] for name in FACTS]
        return sa.and_(*(column if holds else sa.not_(column) for column, holds in zip(known, facts, strict=True)))


_TEAMS = RegistrationState.CONFIRMED, RegistrationState.PENDING


def _people(state: RegistrationState) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((Registration.state == state, Registration.party_size), else_=0))


def number(groups: Iterable[Alike], holds: Holds) -> int:
    """How many schools a list holds."""
    return sum(group.number for group in groups if holds(group))
