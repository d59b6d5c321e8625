"""What a merge would do: the rows that it writes, and the sentences that say it beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core import capacity, times, twins
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.core.twins import Known, Place, Shared
from scheduler.registration import queries as registrations
from scheduler.registration.models import Attendee, Consent, ConsentKind, Gathering, GatheringKind, Person, Registration
from scheduler.registration.twins import followers, queries, rows
from scheduler.registration.twins.rows import Change, Values

PHOTO = {"yes": say("Being in pictures: yes."), "no": say("Being in pictures: no."), "unknown": say("Being in pictures: nothing was said.")}
CONTACT = {"yes": say("Staying in touch: yes."), "no": say("Staying in touch: no."), "unknown": say("Staying in touch: nothing was said.")}
GUARDIAN = {
    "yes": say("Permission of a guardian: yes."), "no": say("Permission of a guardian: no."),
    "unknown": say("Permission of a guardian: not known."),
}  # fmt: skip
ATTENDANCE = ("state", "arrived_at", "left_at")


@dataclass(frozen=True)
class Plan:
    """A merge before it is done."""

    changes: Sequence[Change]
    says: Sequence[Sentence]
    mark: str
    """Another one, and something about the two has changed"""


def place_of(attendee: Attendee) -> Place:
    """Somebody on a list as the rules see them."""
    return Place(
        attendee.id, attendee.name, attendee.registration_id, is_lead=attendee.is_lead, is_student=attendee.is_student,
        was_here=followers.is_here(attendee),
    )  # fmt: skip


def in_turn(one: Attendee, other: Attendee) -> tuple[Attendee, Attendee]:
    """Who stays and who goes: as asked, but a lead always stays."""
    return (one, other) if twins.lead_stays(place_of(one), place_of(other)) else (other, one)


def of_places(gathering: Gathering, stays: Attendee, goes: Attendee, *, now: datetime) -> Plan:
    """Make one of two places at one gathering; refuses what cannot be one."""
    _refuse_ended(gathering, now)
    twins.may_merge(place_of(stays), place_of(goes))
    follow = followers.changes_for(stays, goes)
    changes = [*_places(gathering, stays, goes), *follow]
    seat, others = _seat(gathering, goes), [*_attendance(stays, goes), *_permissions(stays, goes), *_told(follow)]
    first = _who_stays(stays)
    # Other parties may come and go meanwhile: the seats of the whole gathering are said, and do not count for the mark.
    mark = _mark(changes, [first, *others], goes.name, goes.email, goes.registration.party_size)
    return Plan(changes, [first, seat, *others], mark)


def _mark(changes: Sequence[Change], says: Sequence[Sentence], *facts: object) -> str:
    return rows.fingerprint(changes, [str(sentence) for sentence in says], *facts)


def _refuse_ended(gathering: Gathering, now: datetime) -> None:
    if gathering.is_cancelled:
        raise Refusal(say("This was cancelled, so its list stays as it is."))
    if gathering.is_over(now):
        raise Refusal(say("This is over, so its list stays as it is."))


def _places(gathering: Gathering, stays: Attendee, goes: Attendee) -> list[Change]:
    """What becomes of the two places themselves."""
    (kept,), (freed,) = rows.rows_of("attendees", id=stays.id), rows.rows_of("attendees", id=goes.id)
    swaps = followers.is_here(goes)
    stay = {name: kept[name] or freed[name] for name in ("role", "grade_band")}
    stay |= {name: (freed if swaps else kept)[name] for name in ATTENDANCE}
    go: Values = {name: (kept if swaps else freed)[name] for name in ATTENDANCE}
    if gathering.kind == GatheringKind.VISIT:
        go |= {"person_id": None, "role": "", "grade_band": ""}
    return [
        rows.changed("attendees", kept, person_id=kept["person_id"], registration_id=kept["registration_id"], **stay),
        rows.changed("attendees", freed, **go),
        *(_seen_party(registration_id) for registration_id in sorted({stays.registration_id, goes.registration_id})),
    ]


def _seen_party(registration_id: int) -> Change:
    """A party that ended or moved since is another story."""
    (row,) = rows.rows_of("registrations", id=registration_id)
    return rows.seen("registrations", row, "gathering_id", "state")


def _who_stays(stays: Attendee) -> Sentence:
    facts = {"name": stays.name, "party": _party(stays.registration)}
    if not stays.email:
        return say("%(name)s stays on the list, in %(party)s.", **facts)
    return say("%(name)s stays on the list with the address %(address)s, in %(party)s.", address=stays.email, **facts)


def _party(registration: Registration) -> Sentence:
    if registration.gathering.kind == GatheringKind.MEETUP:
        return say("the team of %(school)s", school=registration.organization)
    return say("the party of %(lead)s", lead=registration.lead_name)


def _seat(gathering: Gathering, goes: Attendee) -> Sentence:
    """What becomes of the seat of the one who goes; a visit's is the party's to give back."""
    party, seats = goes.registration, registrations.seats_of(gathering)
    facts = {"name": goes.name, "party": _party(party)}
    if gathering.kind == GatheringKind.MEETUP:
        return say(
            "%(name)s comes off %(party)s, which has %(people)s then. Of %(capacity)d seats %(taken)d are taken, one less than before.",
            people=capacity.people(party.party_size - 1), capacity=seats.capacity, taken=seats.taken - 1, **facts,
        )  # fmt: skip
    return say(
        "The place of %(name)s in %(party)s stays booked without a name: it keeps its %(people)s, and its lead can name somebody else. "
        "%(taken)d of %(capacity)d seats are taken, as before. To free the seat, make that party smaller afterwards.",
        people=capacity.people(party.party_size), capacity=seats.capacity, taken=seats.taken, **facts,
    )  # fmt: skip


def _attendance(stays: Attendee, goes: Attendee) -> list[Sentence]:
    if followers.is_here(goes):
        return [say("%(other)s is checked in; from then on %(name)s is.", other=goes.name, name=stays.name)]
    return [say("%(name)s stays checked in.", name=stays.name)] if followers.is_here(stays) else []


def _permissions(stays: Attendee, goes: Attendee) -> list[Sentence]:
    """How many permissions go over, and what counts then: the newest of each kind."""
    if not goes.consents:
        return []
    said = [count(len(goes.consents), "%(n)d permission goes over.", "%(n)d permissions go over; of each kind the newest counts.")]
    newest: dict[ConsentKind, Consent] = {
        consent.kind: consent for consent in sorted([*stays.consents, *goes.consents], key=lambda one: one.id)
    }
    words = {ConsentKind.PHOTO: PHOTO, ConsentKind.GUARDIAN: GUARDIAN, ConsentKind.CONTACT: CONTACT}
    return [*said, *(words[kind][one.answer] for kind, one in sorted(newest.items()))]


def _told(follow: Sequence[Change]) -> list[Sentence]:
    """What goes over of answers and needs."""
    moved = sum(change.table == "answers" and change.after is not None for change in follow)
    older = sum(change.table == "answers" and change.after is None for change in follow)
    needs = [change for change in follow if change.table == "access_needs"]
    return [
        *([count(moved, "%(n)d answer goes over.", "%(n)d answers go over.")] if moved else []),
        *([count(older, "Of %(n)d question the later of two answers counts.", "Of %(n)d questions the later of two answers counts.")]
          if older else []),
        *([say("What is needed at the place goes over.")] if len(needs) == 1 else []),
        *([say("What the two entries need at the place is put together.")] if len(needs) > 1 else []),
    ]  # fmt: skip


def of_people(stays: Person, goes: Person, *, now: datetime) -> Plan:
    """Make one of two people of the network; refuses who are two."""
    mine, theirs = queries.places_of(stays.id), queries.places_of(goes.id)
    students = (any(place.is_student for place in mine), any(place.is_student for place in theirs))
    twins.may_merge_people(known(stays), known(goes), _shared(mine, theirs, now), students=students)
    changes = [_seen_person(person) for person in (stays, goes)]
    for place in theirs:
        (row,) = rows.rows_of("attendees", id=place.id)
        changes.append(rows.changed("attendees", row, person_id=stays.id))
    says = [_person_stays(stays), *_person_goes(goes), *_bookings(theirs, now)]
    return Plan(changes, says, _mark(changes, says))


def known(person: Person) -> Known:
    """A person as the rules see them."""
    return Known(person.id, person.name, person.email or "", person.school_id)


def _seen_person(person: Person) -> Change:
    (row,) = rows.rows_of("people", id=person.id)
    return rows.seen("people", row, "name", "email", "school_id")


def _shared(mine: Sequence[Attendee], theirs: Sequence[Attendee], now: datetime) -> list[Shared]:
    """The gatherings where both have a place."""
    return [
        Shared(
            where(one.registration.gathering), both_were_here=followers.is_here(one) and followers.is_here(other),
            is_coming=_comes(one, now) and _comes(other, now),
        )
        for one in mine
        for other in theirs
        if one.registration.gathering_id == other.registration.gathering_id
    ]  # fmt: skip


def _comes(place: Attendee, now: datetime) -> bool:
    gathering = place.registration.gathering
    return place.registration.holds_seats and not gathering.is_cancelled and not gathering.is_over(now)


def where(gathering: Gathering) -> Sentence:
    """A gathering in a sentence."""
    return say("%(title)s, %(day)s", title=gathering.title, day=times.day_text(gathering.starts_wall))


def _person_stays(stays: Person) -> Sentence:
    if not stays.email:
        return say("%(name)s stays, without an address.", name=stays.name)
    return say("%(name)s stays, with the address %(address)s.", name=stays.name, address=stays.email)


def _person_goes(goes: Person) -> list[Sentence]:
    if not goes.email:
        return []
    sentence = "The address %(address)s is not kept here. Whoever books with it again is a new entry."
    return [say(sentence, address=goes.email)]


def _bookings(theirs: Sequence[Attendee], now: datetime) -> list[Sentence]:
    leads = sum(place.is_lead and _comes(place, now) for place in theirs)
    return [
        count(
            len(theirs), "%(n)d place goes over, with what was said and whether they came. No party changes its size.",
            "%(n)d places go over, with what was said and whether they came. No party changes its size.",
        ),
        *([count(
            leads, "Mail about %(n)d booking still goes where the party wanted it.",
            "Mail about %(n)d bookings still goes where the parties wanted it.",
        )] if leads else []),
    ]  # fmt: skip
