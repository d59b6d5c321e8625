"""The page of a visit as its hosts see it: answers, sizes, the line, the seats, and whose page it is (rules 1, 2, 6, 7, 8, 11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import due, service
from scheduler.registration import queries as registration
from scheduler.registration.models import EntryState, Gathering, MoveState, Registration, RegistrationState, WaitlistEntry
from scheduler.schools import closures
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import Tier
from scheduler.visits import needs
from scheduler.visits import service as visits
from scheduler.visits.board import board_of
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
SignIn = Callable[[User], FlaskClient]
OUTSIDE = {"organization": "Somebody Else’s School", "lead_name": "Olu Outsider"}


def now() -> datetime:
    return datetime.now(UTC)


def path(visit: Visit) -> str:
    return f"/workspace/visits/{visit.gathering.public_id}"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.split("<main")[1])).replace("\u00a0", " ")


def party(public_id: str) -> Registration:
    db.session.expire_all()
    return registration.registration_or_404(public_id)


def entry(public_id: str) -> WaitlistEntry:
    db.session.expire_all()
    return registration.entry_or_404(public_id)


def close_booking(visit: Visit) -> None:
    """The cutoff has passed."""
    with transaction():
        db.session.get_one(Gathering, visit.gathering_id).closes_at = now() - timedelta(minutes=1)


def mails() -> list[str]:
    return [mail.template.rsplit("/", 1)[-1] for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


# Answers


def test_host_says_yes_to_a_party_from_outside(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20, needs_approval=True)
    asked = book(visit, 3, now=now(), purpose="Grading without points", **OUTSIDE)
    host = sign_in(cast.host)
    before = words(host.get(path(visit)).text)

    answer = host.post(f"{path(visit)}/parties/{asked.public_id}/approve")
    after = words(host.get(path(visit)).text)

    assert "3 people wait for your answer Olu Outsider" in before
    assert "To see: Grading without points" in before
    assert "We hold the seats until" in before
    assert answer.status_code == 303
    assert party(asked.public_id).state == RegistrationState.CONFIRMED
    assert "wait for your answer" not in after
    assert mails()[-1] == "confirmed"


def test_host_says_no_with_a_reason_that_the_party_reads(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20, needs_approval=True)
    asked = book(visit, 3, now=now(), **OUTSIDE)
    host, deed, field = sign_in(cast.host), f"{path(visit)}/parties/{asked.public_id}/decline", f"decline-{asked.public_id}-reason"

    silent = host.post(deed, data={field: " "})
    answer = host.post(deed, data={field: "We keep that day for teachers."})

    assert (silent.status_code, answer.status_code) == (422, 303)
    assert silent.text.count("<details open>") == 1
    assert (party(asked.public_id).state, party(asked.public_id).cancel_reason) == (
        RegistrationState.DECLINED,
        "We keep that day for teachers.",
    )
    assert mails()[-1] == "declined"


def test_answer_that_comes_too_late_gets_a_sentence_and_changes_nothing(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit = make_visit(cast.here, in_days=20, needs_approval=True)
    asked = book(visit, 3, now=now(), **OUTSIDE)
    service.cancel(party(asked.public_id).id, reason="Ill", by="party", actor="link", now=now())

    answer = sign_in(cast.host).post(f"{path(visit)}/parties/{asked.public_id}/approve")

    assert answer.status_code == 409
    assert "This party no longer waits for you" in answer.text
    assert party(asked.public_id).state == RegistrationState.CANCELLED


@pytest.mark.parametrize("choice", ["approve", "decline"])
def test_host_decides_about_a_party_that_would_move_here(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn, choice: str
) -> None:
    old, new = make_visit(cast.there, in_days=15), make_visit(cast.here, in_days=20, needs_approval=True)
    booked = book(old, 2, now=now(), **OUTSIDE)
    service.move(party(booked.public_id).id, new.gathering_id, actor="link", now=now())
    host = sign_in(cast.host)
    before = words(host.get(path(new)).text)

    answer = host.post(f"{path(new)}/moves/{booked.public_id}/{choice}", data={f"keep-{booked.public_id}-reason": "Too many that day."})

    assert "2 people wait for your answer" in before
    assert "They are booked on" in before
    assert answer.status_code == 303
    assert party(booked.public_id).gathering_id == (new.gathering_id if choice == "approve" else old.gathering_id)
    assert registration.moves_to(new.gathering_id) == []
    assert db.session.query(registration.MoveRequest).one().state == (MoveState.APPROVED if choice == "approve" else MoveState.DECLINED)


# Parties


def test_host_changes_the_size_of_a_party_after_the_cutoff_too(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=6)
    booked = book(visit, 3, now=now())
    close_booking(visit)
    host, deed, field = sign_in(cast.host), f"{path(visit)}/parties/{booked.public_id}/size", f"size-{booked.public_id}-party_size"

    larger, too_large, wrong = (host.post(deed, data={field: size}) for size in ("5", "7", "many"))

    assert (larger.status_code, too_large.status_code, wrong.status_code) == (303, 409, 422)
    assert "A party here has up to 6 people." in too_large.text
    assert 'value="many"' in wrong.text
    assert party(booked.public_id).party_size == 5
    assert mails() == ["confirmed", "resized"]


def test_host_cancels_a_party_with_a_reason_and_its_seats_go_to_those_who_wait(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4)
    booked, waits = book(visit, 4, now=now()), book(visit, 2, now=now(), organization="NYC iSchool")
    host, deed = sign_in(cast.host), f"{path(visit)}/parties/{booked.public_id}/cancel"

    silent = host.post(deed, data={f"cancel-{booked.public_id}-reason": ""})
    answer = host.post(deed, data={f"cancel-{booked.public_id}-reason": "The room is too small."})

    assert (silent.status_code, answer.status_code) == (422, 303)
    assert (party(booked.public_id).state, party(booked.public_id).cancelled_by) == (RegistrationState.CANCELLED, "host")
    assert entry(waits.public_id).state == EntryState.OFFERED
    assert "Asked until" in host.get(path(visit)).text
    rendered = [mail.facts["reason"] for mail in db.session.query(OutboxMail) if mail.template.endswith("/cancelled")]
    assert rendered == ["The room is too small."]


# The line


def test_after_the_cutoff_the_host_seats_who_waits_with_one_press(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4)
    booked, waits = book(visit, 4, now=now()), book(visit, 2, now=now(), organization="NYC iSchool")
    host = sign_in(cast.host)
    close_booking(visit)
    full = words(host.get(path(visit)).text)
    service.resize(party(booked.public_id).id, 2, reason="Two are ill", actor="link", now=now())
    free = words(host.get(path(visit)).text)

    answer = host.post(f"{path(visit)}/waiting/{waits.public_id}/seat")

    assert "now" not in re.findall(r"Seat \d+ pe\w+ now", full)
    assert re.findall(r"Seat \d+ pe\w+ now", free) == ["Seat 2 people now"]
    assert answer.status_code == 303
    assert entry(waits.public_id).state == EntryState.TAKEN
    assert registration.seats_of(visit.gathering).taken == 4


def test_seat_that_somebody_else_has_by_now_gets_a_sentence(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4)
    book(visit, 4, now=now())
    waits = book(visit, 2, now=now(), organization="NYC iSchool")

    answer = sign_in(cast.host).post(f"{path(visit)}/waiting/{waits.public_id}/seat")

    assert answer.status_code == 409
    assert "No seat is left." in answer.text
    assert entry(waits.public_id).state == EntryState.WAITING


def test_who_would_come_on_any_day_stands_in_the_line_of_each(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    full, other = make_visit(cast.here, in_days=20, capacity=2), make_visit(cast.here, in_days=22, capacity=2)
    elsewhere = make_visit(cast.there, in_days=22, capacity=2)
    for visit in (full, other, elsewhere):
        book(visit, 2, now=now())
    days = (full.gathering.starts_wall.date(), other.gathering.starts_wall.date())
    waits = book(full, 2, now=now(), organization="NYC iSchool", wish=service.Wish(window=days))

    lines = [[entry.public_id for entry in board_of(visit, now=now()).line] for visit in (full, other, elsewhere)]

    assert lines == [[waits.public_id], [waits.public_id], []]
    assert "this day would do as well" in words(sign_in(cast.host).get(path(other)).text)


# Seats and booking


def test_seats_are_said_in_words_with_what_is_kept_for_whom(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=40, needs_approval=True, reserved={Tier.INCUBATOR: 4})
    book(visit, 2, now=now(), school_id=cast.member.id)
    book(visit, 3, now=now(), **OUTSIDE)

    page = sign_in(cast.host).get(path(visit)).text

    said = words(page)
    assert "5 of 12 taken" in said
    assert "2 people come" in said
    assert "3 wait for your answer" in said
    assert "7 seats left, 3 of them for everybody" in said
    assert "4 kept for Incubator schools until" in said
    assert page.count('<i class="taken">') == 5
    assert page.count('<i class="kept">') == 4


def test_paused_booking_takes_nobody_until_it_is_opened_again(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, book: Book) -> None:
    visit, host = make_visit(cast.here, in_days=20), sign_in(cast.host)

    paused = host.post(f"{path(visit)}/pause")
    said = words(host.get(path(visit)).text)
    with pytest.raises(service.booking.Refusal, match="The host has paused booking"):
        book(visit, 1, now=now())
    opened = host.post(f"{path(visit)}/open")

    assert (paused.status_code, opened.status_code) == (303, 303)
    assert "Booking paused" in said
    assert "Take parties again" in said
    assert book(visit, 1, now=now()).outcome == service.Outcome.CONFIRMED
    assert [line.what for line in db.session.query(AuditLine).order_by(AuditLine.id) if "booking" in line.what] == [
        "booking paused",
        "booking opened",
    ]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "Open for booking"),
        ({"publish": False}, "Draft"),
        ({"opens_days": 10}, "Opens later"),
        ({"cutoff_days": 30, "publish": False}, "Draft"),
    ],
)
def test_visit_says_how_it_stands(cast: SimpleNamespace, make_visit: Make, more: dict[str, object], word: str) -> None:
    visit = make_visit(cast.here, in_days=20, **more)

    assert board_of(visit, now=now()).standing.label == word


def test_page_of_a_visit_that_is_over_says_who_was_there_and_offers_nothing(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    starts = (now() - timedelta(days=9)).replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0)
    before = now() - timedelta(days=30)
    visit = make_visit(cast.here, capacity=3, starts_wall=starts, ends_wall=starts + timedelta(hours=2), now=before)
    book(visit, 3, now=before)
    book(visit, 2, now=before, organization="NYC iSchool")

    page = sign_in(cast.host).get(path(visit)).text

    said = words(page)
    assert "Over Student-led conferences" in said
    assert "Who was booked Tess Teacher" in said
    assert "Who waited Tess Teacher" in said
    assert "they are asked by themselves" not in said
    assert 'method="post"' not in page.split("<main")[1]


# Whose it is


DEEDS = [
    "pause",
    "open",
    "capacity",
    "parties/{party}/approve",
    "parties/{party}/decline",
    "parties/{party}/size",
    "parties/{party}/cancel",
]
DEEDS += ["moves/{party}/approve", "moves/{party}/decline", "waiting/{entry}/seat"]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", ["other_host", "viewer"])
def test_deeds_of_others_are_not_there(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn, who: str, deed: str) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4, needs_approval=True)
    asked, waits = book(visit, 4, now=now(), **OUTSIDE), book(visit, 2, now=now())
    address = f"{path(visit)}/{deed.format(party=asked.public_id, entry=waits.public_id)}"

    answer = sign_in(getattr(cast, who)).post(address, data={f"decline-{asked.public_id}-reason": "x", "capacity": "1"})

    assert answer.status_code == 404
    assert party(asked.public_id).state == RegistrationState.PENDING
    assert (entry(waits.public_id).state, party(asked.public_id).gathering.paused) == (EntryState.WAITING, False)


@pytest.mark.parametrize("deed", DEEDS[3:])
def test_party_of_another_visit_is_not_there(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn, deed: str) -> None:
    visit, other = make_visit(cast.here, in_days=20, capacity=4, needs_approval=True), make_visit(cast.here, in_days=25)
    asked, waits = book(visit, 4, now=now(), **OUTSIDE), book(visit, 2, now=now())

    answer = sign_in(cast.host).post(f"{path(other)}/{deed.format(party=asked.public_id, entry=waits.public_id)}")

    assert answer.status_code == 404
    assert party(asked.public_id).state == RegistrationState.PENDING


def test_nobody_does_anything_without_signing_in(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> None:
    visit = make_visit(cast.here, now=MONDAY)

    assert [client.post(f"{path(visit)}/{deed}").status_code for deed in ("pause", "open", "capacity")] == [404, 404, 404]


# Too few people (rule 9)

FRIDAY = datetime(2026, 11, 27, 15, tzinfo=UTC)
"""Ten in the morning by the school's clock, three school days before the visit of Wednesday"""


def small(make_visit: Make, school: object, **more: object) -> Visit:
    return make_visit(school, **({"least_people": 5, "cutoff_days": 2} | more))


def needed(user: User, at: datetime) -> list[str]:
    return [str(need.said) for need in needs.needs_of(user.actor, now=at)]


def test_visit_with_too_few_people_is_asked_about_three_school_days_before(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = small(make_visit, cast.here)
    book(visit, 3)

    asked = [board_of(visit, now=at).too_small for at in (FRIDAY - timedelta(hours=2), FRIDAY, visit.gathering.starts_at)]

    assert asked == [False, True, False]
    assert needed(cast.host, FRIDAY) == ["3 people are booked, and 5 are needed"]
    assert needed(cast.host, FRIDAY - timedelta(hours=2)) == needed(cast.other_host, FRIDAY) == []


def test_closed_days_ask_earlier(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = small(make_visit, cast.here)
    closures.close_days(None, ClosureDetails(date(2026, 11, 26), date(2026, 11, 27), "Thanksgiving"), actor="command:test", now=MONDAY)

    assert board_of(visit, now=FRIDAY - timedelta(days=2)).too_small
    assert needed(cast.host, FRIDAY - timedelta(days=2)) == ["0 people are booked, and 5 are needed"]


def test_host_says_that_it_takes_place_and_is_not_asked_again(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = small(make_visit, cast.here)

    visits.settle_least(visit.id, "run", actor="user:1", now=FRIDAY)

    assert not board_of(visit, now=FRIDAY).too_small
    assert needed(cast.host, FRIDAY) == []
    assert db.session.query(AuditLine).filter(AuditLine.what == "too few people: run").count() == 1


def test_answer_was_about_that_day_and_number(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = small(make_visit, cast.here)
    visits.settle_least(visit.id, "run", actor="user:1", now=FRIDAY)
    details = replace(visits.details_of(visit), least_people=8)

    visits.edit_visit(visit.id, details, version=visit.gathering.version, actor="user:1", now=FRIDAY)

    assert board_of(visit, now=FRIDAY).too_small


def test_booking_that_stays_open_ends_one_school_day_before_and_no_later(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = small(make_visit, cast.here)
    before = visit.gathering.closes_at

    visits.settle_least(visit.id, "extend", actor="user:1", now=FRIDAY)
    closes_at = db.session.get_one(Gathering, visit.gathering_id).closes_at
    with pytest.raises(service.booking.Refusal, match=r"Booking cannot stay open longer than Tuesday, December 1 at 3:00 pm\."):
        visits.settle_least(visit.id, "extend", actor="user:1", now=FRIDAY)

    assert closes_at - before == timedelta(days=1)
    assert db.session.get_one(Gathering, visit.gathering_id).least_asked_at == FRIDAY
    assert due.too_small(closes_at, only=visit.gathering_id) == [visit.gathering_id]


def test_host_is_asked_and_answers_on_the_page(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit = small(make_visit, cast.here, in_days=9)
    recess = ClosureDetails(now().date(), visit.gathering.starts_wall.date() - timedelta(days=1), "Recess")
    closures.close_days(None, recess, actor="command:test", now=now())  # three school days before it are over, and so is booking
    host = sign_in(cast.host)
    page, home = words(host.get(path(visit)).text), words(host.get("/workspace").text)

    longer = host.post(f"{path(visit)}/extend")
    others = [sign_in(cast.other_host).post(f"{path(visit)}/{deed}").status_code for deed in ("run", "extend")]
    answer = host.post(f"{path(visit)}/run", follow_redirects=True)

    assert "Does it take place? 0 people are booked, and you want 5 at least." in page
    assert "1 thing needs you 0 people are booked, and 5 are needed" in home
    assert longer.status_code == 409
    assert "Booking cannot stay open longer than" in longer.text
    assert others == [404, 404]
    assert "You are not asked again." in answer.text
    assert "Does it take place?" not in words(answer.text)


def test_workspace_lists_what_needs_its_host_by_deadline(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    late, soon = make_visit(cast.here, in_days=40, needs_approval=True), make_visit(cast.here, in_days=20, needs_approval=True)
    elsewhere = make_visit(cast.there, in_days=20, needs_approval=True)
    before = words(sign_in(cast.host).get("/workspace").text)
    book(late, 4, now=now(), **OUTSIDE)
    book(soon, 2, now=now() - timedelta(days=3), **OUTSIDE)  # over a weekend, too, at least one school day earlier
    book(elsewhere, 1, now=now(), **OUTSIDE)

    said = [(need.gathering.id, str(need.said)) for need in needs.needs_of(cast.host.actor, now=now())]
    page = words(sign_in(cast.host).get("/workspace").text)

    assert "Nothing needs you now" in before
    assert said == [(soon.gathering_id, "2 people wait for your answer"), (late.gathering_id, "4 people wait for your answer")]
    assert "2 things need you" in page
    assert len(needs.needs_of(cast.organizer.actor, now=now())) == 3
