"""Guests who come unannounced: seated at once by a spare card, at the desk or after they walked in at the door (rounds rules 8 and 10)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.meetups.live import service
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.live.spares import Spare, spares_of
from scheduler.meetups.models import Meetup
from scheduler.registration.door import service as door
from scheduler.registration.door.service import WalkIn
from scheduler.registration.models import AttendeeState
from tests.meetups.test_desk import SignIn, Tonight, tonight
from tests.meetups.test_live import OLGA, Evening, evening

__all__ = ["evening", "tonight"]
GUS = WalkIn("Gus Guest", "A school from outside", None, 1)


def welcome(evening: Evening, card: int | None, nonce: str = "gus") -> int:
    service.welcome(evening.id, GUS, card, nonce=nonce, user_id=OLGA, now=evening.now)
    return max(evening.state.people)


def seats(state: LiveState, person: int) -> dict[int, int | None]:
    return {number: state.seats[number].get(person) for number in state.seats}


def cards(evening: Evening) -> list[Spare]:
    db.session.rollback()
    return list(spares_of(evening.meetup))


def test_guest_with_a_spare_card_sits_on_its_chairs_in_all_rounds_and_nobody_else_moves(evening: Evening) -> None:
    evening.press(service.start)
    card, before = cards(evening)[0], evening.state
    guest = welcome(evening, card.number)
    again = welcome(evening, card.number)

    after = evening.state
    assert (seats(after, guest), guest) == (dict(card.table_of), again)
    assert {number: {id: table for id, table in after.seats[number].items() if id != guest} for number in after.seats} == before.seats
    assert (after.people[guest].state, [change.round for change in after.changes]) == (AttendeeState.ARRIVED, [1, 2, 3])
    assert [spare.is_taken for spare in cards(evening)] == [True, False]


def test_card_that_somebody_has_taken_or_that_was_not_printed_is_refused(evening: Evening) -> None:
    evening.press(service.start)
    welcome(evening, 1)
    before = evening.state
    for number, said in {1: "Somebody sits by spare card 1 already", 9: "There is no spare card 9"}.items():
        with pytest.raises(Refusal, match=said):
            welcome(evening, number, nonce="another")

    assert len(evening.state.people) == len(before.people)


def test_new_plan_seats_the_guest_like_everybody_and_their_card_holds_again_once_it_is_taken_back(evening: Evening) -> None:
    evening.everybody_comes(but=2)
    evening.press(service.start)
    guest = welcome(evening, 2)
    by_card = evening.state.seats
    evening.wait(minutes=3)
    version = evening.planned_anew()
    shown = service.preview(evening.meetup, version, now=evening.now)
    evening.do(service.apply, version)
    planned = evening.state
    evening.do(service.take_back)

    assert shown.is_current
    assert all(guest not in (*each.seated, *each.unseated) for each in shown.differences)
    assert [change.round for change in planned.changes] == [1]
    assert all(seats(planned, guest).values())
    assert evening.state.seats == by_card
    assert cards(evening)[1].is_taken


def test_chair_that_may_not_be_is_left_and_the_guest_waits_for_a_plan(evening: Evening) -> None:
    """Nobody sits at the card's table in the last round any more."""
    evening.press(service.start)
    card = cards(evening)[0]
    gone = [id for id, table in evening.state.seats[3].items() if table == card.table_of[3]]
    for id in gone:
        evening.do(service.leave, id)
    guest = service.welcome(evening.id, GUS, 1, nonce="gus", user_id=OLGA, now=evening.now)

    assert [(seat.round, seat.table) for seat in guest.elsewhere][-1:] == [(3, None)]


def test_desk_welcomes_a_guest_in_two_taps_and_keeps_what_was_typed_wrong(tonight: Tonight) -> None:
    tonight.turn("start")
    first = tonight.page("/guest?name=Gus+Guest")
    card = cards(tonight)[0]
    typed = {"name": "Gus Guest", "organization": "Sample 3", "card": "1", "key": "a-key-of-the-form-1"}
    wrong = tonight.tap("guest", **typed)
    right = tonight.tap("guest", **typed, told="y")

    assert 'value="Gus Guest"' in first
    assert (wrong[0], "Tell them, then tick this." in wrong[1], 'value="Sample 3"' in wrong[1]) == (422, True, True)
    assert f"Gus Guest: round 1: table {card.table_of[1]}. Then they follow spare card 1." in right[1]
    guest = max(tonight.state.people.values(), key=lambda one: one.id)
    assert (guest.name, guest.registration.organization) == ("Gus Guest", "Sample 3 Collegiate High School")
    assert "Spare card 1<" not in tonight.page("/guest")


def test_form_for_guests_leads_to_the_desk_while_there_is_no_plan(
    make_meetup: Callable[..., Meetup], cast: SimpleNamespace, sign_in: SignIn
) -> None:
    answer = sign_in(cast.organizer).get(f"/workspace/meetups/{make_meetup().gathering.public_id}/desk/guest", follow_redirects=True)

    assert (answer.status_code, "The desk opens with a published plan." in answer.text) == (200, True)


def test_somebody_who_walked_in_at_the_door_takes_a_card_on_their_page(tonight: Tonight) -> None:
    tonight.turn("start")
    door.walk_in(tonight.meetup.gathering_id, GUS, nonce="at the door", at=tonight.now, actor="greeter:1", now=tonight.now)
    guest = max(tonight.state.people.values(), key=lambda one: one.id)
    page = tonight.page(f"/people/{guest.public_id}")
    said = tonight.tap(f"people/{guest.public_id}/card", card="2")

    assert "Seat by the card" in page
    assert "Seat by the card" not in tonight.page(f"/people/{guest.public_id}")
    assert "Then they follow spare card 2." in said[1]
    assert seats(tonight.state, guest.id) == dict(cards(tonight)[1].table_of)
    assert tonight.tap(f"people/{guest.public_id}/card", card="no number")[0] == 404
