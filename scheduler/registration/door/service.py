"""What is done at the door: check in, undo, sign out, walk in; greeters' links; marking and closing the roster."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core import door, times
from scheduler.core.capacity import people
from scheduler.core.consents import PHOTO_RULE
from scheduler.core.door import Caller, Deed, DeedKind, Presence, Result, Standing
from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id, new_token
from scheduler.registration import changes, terms
from scheduler.registration import queries as registration
from scheduler.registration.door import queries
from scheduler.registration.models import (
    Attendee,
    AttendeeState,
    DoorDeed,
    Gathering,
    GreeterLink,
    Registration,
    RegistrationState,
    Roster,
)

LOGGED = {
    DeedKind.ARRIVE: "arrived",
    DeedKind.UNDO: "arrival taken back",
    DeedKind.LEAVE: "left",
    DeedKind.ABSENT: "marked absent",
}


@dataclass(frozen=True)
class Claim:
    """What somebody at the door says was done: about whom (public id), what, when, and the nonce that names it."""

    attendee: str
    kind: DeedKind
    at: datetime
    nonce: str


@dataclass(frozen=True)
class Answer:
    """What became of a claim, and how the person stands now."""

    claim: Claim
    result: Result
    word: Sentence
    explained: Sentence
    presence: Presence


@dataclass(frozen=True)
class WalkIn:
    """A party that comes without a booking."""

    name: str
    organization: str
    school_id: int | None
    party_size: int
    email: str = ""
    reason: str = ""
    """Why it is let in beyond the seats"""


def take(gathering_id: int, claims: Sequence[Claim], *, actor: str, now: datetime, link_id: int | None = None) -> list[Answer]:
    """Take what was done at the door, in any order and any number of times: each nonce counts once (rule 16).

    With a greeter's link only what was done while it was alive is taken.
    """
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        link = db.session.get_one(GreeterLink, link_id, populate_existing=True) if link_id else None
        return _take(gathering, claims, link, actor, now)


def take_held(gathering: Gathering, claims: Sequence[Claim], *, actor: str, now: datetime) -> list[Answer]:
    """The same inside the caller's transaction, which holds the gathering."""
    return _take(gathering, claims, None, actor, now)


def check_in(gathering_id: int, attendees: Collection[str], *, actor: str, now: datetime) -> list[Answer]:
    """People arrive, by their public ids."""
    return take(gathering_id, claims_of(attendees, DeedKind.ARRIVE, at=now), actor=actor, now=now)


def undo(gathering_id: int, attendees: Collection[str], *, actor: str, now: datetime) -> list[Answer]:
    """As if they had not come."""
    return take(gathering_id, claims_of(attendees, DeedKind.UNDO, at=now), actor=actor, now=now)


def leave(gathering_id: int, attendees: Collection[str], *, actor: str, now: datetime) -> list[Answer]:
    """People leave; from then on their hours are known."""
    return take(gathering_id, claims_of(attendees, DeedKind.LEAVE, at=now), actor=actor, now=now)


def claims_of(attendees: Collection[str], kind: DeedKind, *, at: datetime) -> list[Claim]:
    """The same about several people, each under a nonce of its own."""
    return [Claim(attendee, kind, at, new_token()) for attendee in attendees]


def _take(
    gathering: Gathering, claims: Sequence[Claim], link: GreeterLink | None, actor: str, now: datetime, *, says_host: bool = False
) -> list[Answer]:  # fmt: skip
    named = queries.attendees_named([claim.attendee for claim in claims])
    before = queries.taken_before([claim.nonce for claim in claims])
    known: dict[int, list[DoorDeed]] = {}
    for deed in queries.deeds_of(gathering.id, [attendee.id for attendee in named.values()]):
        known.setdefault(deed.attendee_id or 0, []).append(deed)
    for claim in claims:
        attendee = named.get(claim.attendee)
        if claim.nonce not in before:
            mine = known.setdefault(attendee.id, []) if attendee else []
            before[claim.nonce] = _judged(gathering, claim, attendee, mine, link, actor, now, says_host=says_host)
            mine.append(before[claim.nonce])
    return [_answer(gathering, claim, before[claim.nonce], named.get(claim.attendee), known) for claim in claims]


def _judged(
    gathering: Gathering, claim: Claim, attendee: Attendee | None, mine: Sequence[DoorDeed], link: GreeterLink | None, actor: str,
    now: datetime, *, says_host: bool,
) -> DoorDeed:  # fmt: skip
    """Decide about a deed that is new, and write it down. Who a host says was there was there, permission or not."""
    at = min(claim.at, now)
    caller, is_alive = _caller(gathering, attendee, mine, says_host), _lets_in(link, at, now)
    result = door.judge(claim.kind, caller, at=at, starts_at=gathering.starts_at, link_is_alive=is_alive)
    deed = DoorDeed(
        nonce=claim.nonce, gathering_id=gathering.id, attendee_id=attendee.id if attendee else None, kind=claim.kind, at=at, taken_at=now,
        result=result, actor=actor,
    )  # fmt: skip
    db.session.add(deed)
    if attendee is not None and result in (Result.OK, Result.ALREADY):
        _write(gathering, attendee, [*mine, deed])
    if attendee is not None and result == Result.OK:
        audit.record(LOGGED[claim.kind], f"attendee:{attendee.id}", actor=actor, now=now, school_id=gathering.school_id)
    return deed


def _lets_in(link: GreeterLink | None, at: datetime, now: datetime) -> bool:
    """A phone without network sends later what was done in time."""
    return link is None or (link.is_alive(at) and now < link.expires_at + door.STILL_SENT)


def _caller(gathering: Gathering, attendee: Attendee | None, mine: Sequence[DoorDeed], says_host: bool) -> Caller:
    if attendee is None:
        return Caller(Standing.NOWHERE)
    here = _presence(mine)
    return Caller(
        queries.standing_of(attendee.registration, gathering.id), may_enter=says_host or attendee.may_enter,
        is_here=here.is_here and here.left_at is None,
    )  # fmt: skip


def _presence(deeds: Sequence[DoorDeed]) -> Presence:
    """Where the deeds that were taken lead; the refused ones count for nothing."""
    taken = [deed for deed in deeds if deed.result in (Result.OK, Result.ALREADY)]
    return door.presence(Deed(DeedKind(deed.kind), deed.at, deed.nonce) for deed in taken)


def _write(gathering: Gathering, attendee: Attendee, deeds: Sequence[DoorDeed]) -> None:
    found = _presence(deeds)
    attendee.state = AttendeeState.ARRIVED if found.is_here else AttendeeState.ABSENT if found.is_absent else AttendeeState.EXPECTED
    attendee.arrived_at, attendee.left_at = found.arrived_at, found.left_at
    if found.arrived_at and found.arrived_at >= gathering.ends_at:  # marked when all was over: nobody knows better than the start
        attendee.arrived_at = gathering.starts_at


def _answer(
    gathering: Gathering, claim: Claim, deed: DoorDeed, attendee: Attendee | None, known: Mapping[int, Sequence[DoorDeed]]
) -> Answer:  # fmt: skip
    """What became of one deed, and where all of them have led."""
    found = _presence(known.get(attendee.id, [])) if attendee else Presence()
    result, elsewhere = Result(deed.result), attendee.registration.gathering if attendee else None
    explained = explain(gathering, result, claim.kind, since=found.arrived_at, elsewhere=elsewhere)
    return Answer(claim, result, door.word(result, claim.kind), explained, found)


def explain(
    gathering: Gathering, result: Result, kind: DeedKind = DeedKind.ARRIVE, *, since: datetime | None = None,
    elsewhere: Gathering | None = None,
) -> Sentence:  # fmt: skip
    """What stands under the word of a result, with its facts by the clock on the wall."""
    opens = times.to_wall(gathering.starts_at - door.OPENS, gathering.zone)
    return door.explained(
        result, kind, since=times.clock_text(times.to_wall(since, gathering.zone)) if since else "", opens=times.clock_text(opens),
        elsewhere=_named(elsewhere) if elsewhere else "",
    )  # fmt: skip


def _named(gathering: Gathering) -> Sentence:
    at = {"title": gathering.title, "day": times.day_text(gathering.starts_wall), "time": times.clock_text(gathering.starts_wall)}
    return say("%(title)s, %(day)s, %(time)s", **at)


def walk_in(
    gathering_id: int, wish: WalkIn, *, nonce: str, at: datetime, actor: str, now: datetime, link_id: int | None = None
) -> Registration:
    """Let a party in that has no booking; the same nonce gives the same party. Beyond the seats a reason is needed."""
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        link = db.session.get_one(GreeterLink, link_id, populate_existing=True) if link_id else None
        at = min(at, now)
        return let_in(gathering, wish, nonce=nonce, at=at, actor=actor, now=now, link_is_alive=_lets_in(link, at, now))


def let_in(
    gathering: Gathering, wish: WalkIn, *, nonce: str, at: datetime, actor: str, now: datetime, link_is_alive: bool = True
) -> Registration:
    """The same inside the caller's transaction, which holds the gathering."""
    if (earlier := queries.taken_before([nonce]).get(nonce)) is not None:
        return _party_of(earlier)
    _may_walk_in(gathering, wish, link_is_alive, at)
    party = _walked_in(gathering, wish, now)
    for attendee in party.attendees:
        is_first = attendee is party.attendees[0]
        deed = DoorDeed(
            nonce=nonce if is_first else new_token(), gathering_id=gathering.id, attendee_id=attendee.id, kind=DeedKind.ARRIVE, at=at,
            taken_at=now, result=Result.OK, actor=actor, note=wish.reason if is_first else "",
        )  # fmt: skip
        db.session.add(deed)
        _write(gathering, attendee, [deed])
    changes.touch_seats(gathering, now=now)
    about = f"registration:{party.id}"
    audit.record("walked in", about, actor=actor, now=now, school_id=gathering.school_id, after={"party_size": party.party_size})
    return party


def _party_of(deed: DoorDeed) -> Registration:
    attendee = db.session.get(Attendee, deed.attendee_id) if deed.attendee_id else None
    if attendee is None:
        raise Refusal(door.explained(Result.ENDED))
    return attendee.registration


def _may_walk_in(gathering: Gathering, wish: WalkIn, link_is_alive: bool, at: datetime) -> None:
    result = door.judge(DeedKind.ARRIVE, Caller(Standing.COMES), at=at, starts_at=gathering.starts_at, link_is_alive=link_is_alive)
    if result != Result.OK:
        raise Refusal(explain(gathering, result))
    if gathering.is_cancelled:
        raise Refusal(say("This was cancelled, so nobody can walk in."))
    known = registration.party_of_address(gathering.id, address_key(wish.email)) if wish.email else None
    if known is not None:
        raise Refusal(say("This address has a party here already: %(lead)s. Check it in from the list.", lead=known.lead_name))
    seats = registration.seats_of(gathering)
    left = max(0, seats.capacity - seats.taken)
    if wish.party_size > left and not wish.reason:
        facts = {"left": count(left, "%(n)d seat is left", "%(n)d seats are left"), "people": people(wish.party_size)}
        raise Refusal(say("%(left)s, and this party has %(people)s. Say why it is let in all the same.", **facts))


def _walked_in(gathering: Gathering, wish: WalkIn, now: datetime) -> Registration:
    party = Registration(
        public_id=new_public_id(), uid=changes.new_uid(), gathering_id=gathering.id, gathering=gathering, lead_name=wish.name,
        lead_email=address_key(wish.email), organization=wish.organization, school_id=wish.school_id, tier=terms.tier_of(wish.school_id),
        party_size=wish.party_size, photo_rule_version=PHOTO_RULE, state=RegistrationState.CONFIRMED, created_at=now, changed_at=now,
    )  # fmt: skip
    changes.seat(party, now=now)
    return party


def make_link(gathering_id: int, name: str, expires_at: datetime, *, actor: str, now: datetime) -> str:
    """Let somebody check people in until an instant; returns the public id of the link."""
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        if gathering.is_cancelled:
            raise Refusal(say("This was cancelled, so nobody is expected at the door."))
        if expires_at <= now:
            raise Refusal(say("A link that has ended opens nothing. Choose a later time."))
        link = GreeterLink(
            public_id=new_public_id(), gathering_id=gathering.id, name=name, expires_at=expires_at, created_by=actor, created_at=now
        )  # fmt: skip
        db.session.add(link)
        db.session.flush()
        after = {"expires_at": expires_at.isoformat()}
        audit.record("greeter's link made", f"greeter:{link.id}", actor=actor, now=now, school_id=gathering.school_id, after=after)
    return link.public_id


def revoke_link(link_id: int, *, actor: str, now: datetime) -> None:
    """A link opens nothing from now on; revoking twice is revoking once."""
    with transaction():
        link = db.session.get_one(GreeterLink, link_id)
        gathering = registration.lock_gathering(link.gathering_id)
        db.session.refresh(link)
        if link.revoked_at is not None:
            return
        link.revoked_at = now
        audit.record("greeter's link revoked", f"greeter:{link.id}", actor=actor, now=now, school_id=gathering.school_id)


def mark(gathering_id: int, marks: Mapping[str, AttendeeState], *, close: bool, actor: str, now: datetime) -> int:
    """Say of people, by public id, whether they came; `close` the roster with it. Returns how many marks changed (rule 17).

    Whoever is not marked stays unmarked: nobody is absent because nothing was said.
    """
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        roster = _open_roster(gathering, now)
        claims = _changed(gathering, marks, now)
        _take(gathering, claims, None, actor, now, says_host=True)
        if close:
            roster.closed_at, roster.closed_by = now, actor
            _end_links(gathering, now)
            audit.record("roster closed", f"gathering:{gathering.id}", actor=actor, now=now, school_id=gathering.school_id)
    return len(claims)


def _open_roster(gathering: Gathering, now: datetime) -> Roster:
    """Marks are made once it has begun, and while the roster is open."""
    if not gathering.has_started(now):
        raise Refusal(say("It has not begun yet. Until then people are checked in at the door."))
    roster = queries.roster_of(gathering.id)
    if roster is None:
        roster = Roster(gathering_id=gathering.id)
        db.session.add(roster)
    if roster.closed_at is not None:
        raise Refusal(say("This roster is closed. Open it again to change who came."))
    return roster


def _changed(gathering: Gathering, marks: Mapping[str, AttendeeState], now: datetime) -> list[Claim]:
    named = queries.attendees_named(list(marks))
    kinds = {AttendeeState.ARRIVED: DeedKind.ARRIVE, AttendeeState.ABSENT: DeedKind.ABSENT, AttendeeState.EXPECTED: DeedKind.UNDO}
    return [
        Claim(name, kinds[wanted], now, new_token())
        for name, wanted in marks.items()
        if name in named and named[name].registration.gathering_id == gathering.id and named[name].state != wanted
    ]


def _end_links(gathering: Gathering, now: datetime) -> None:
    """What phones without network did before is still taken."""
    for link in queries.links_of(gathering.id):
        link.expires_at = min(link.expires_at, now)


def reopen_roster(gathering_id: int, *, actor: str, now: datetime) -> None:
    """A closed roster can be changed again; nobody is asked once more to close it."""
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        roster = queries.roster_of(gathering_id)
        if roster is None or roster.closed_at is None:
            return
        roster.closed_at, roster.closed_by = None, ""
        audit.record("roster opened again", f"gathering:{gathering_id}", actor=actor, now=now, school_id=gathering.school_id)
