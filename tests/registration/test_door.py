"""The door: nine results, nonces that count once, walk-ins, greeters' links, and closing the roster (visits rules 16 and 17)."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.door import DeedKind
from scheduler.core.refusal import Refusal
from scheduler.foundation import outbox, ticks
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.tokens import new_token
from scheduler.registration import changes
from scheduler.registration import service as parties
from scheduler.registration.door import links, queries, service
from scheduler.registration.door.service import Claim, WalkIn
from scheduler.registration.models import (
    Attendee,
    AttendeeState,
    Consent,
    ConsentAnswer,
    ConsentKind,
    DoorDeed,
    Gathering,
    GreeterLink,
    Registration,
    RegistrationState,
)
from scheduler.visits.models import Visit
from tests.people import MONDAY

START = datetime(2026, 12, 2, 14, tzinfo=UTC)
"""Nine in the morning in New York"""
END = START + timedelta(hours=2, minutes=30)

FORM = "application/x-www-form-urlencoded"

Make = Callable[..., Visit]
Book = Callable[..., parties.Booked]
SignIn = Callable[[User], FlaskClient]


def party_of(booked: parties.Booked) -> Registration:
    return db.session.scalars(sa.select(Registration).where(Registration.public_id == booked.public_id)).one()


def names_of(party: Registration) -> list[str]:
    return [attendee.public_id for attendee in party.attendees]


def results(answers: list[service.Answer]) -> list[str]:
    return [answer.result.value for answer in answers]


def claim(attendee: str, kind: DeedKind = DeedKind.ARRIVE, *, at: datetime = START, nonce: str = "") -> Claim:
    return Claim(attendee, kind, at, nonce or new_token())


def states(gathering_id: int) -> list[tuple[str, datetime | None, datetime | None]]:
    """How everybody stands, in a fixed order."""
    chosen = sa.select(Attendee).join(Attendee.registration).where(Registration.gathering_id == gathering_id).order_by(Attendee.id)
    found = db.session.scalars(chosen.execution_options(populate_existing=True)).all()
    return [(attendee.state.value, attendee.arrived_at, attendee.left_at) for attendee in found]


def make_student(attendee: Attendee) -> None:
    with transaction():
        found = db.session.get_one(Attendee, attendee.id)
        found.role, found.person = "student", changes.person_of("Sam S.", None, None, False, now=MONDAY)


def permit(attendee_id: int, answer: ConsentAnswer) -> None:
    with transaction():
        db.session.add(
            Consent(attendee_id=attendee_id, kind=ConsentKind.GUARDIAN, version="2026-1", answer=answer, actor="link", created_at=MONDAY)
        )


@pytest.fixture
def visit(cast: SimpleNamespace, make_visit: Make) -> Visit:
    return make_visit(cast.here, capacity=12)


def test_party_arrives_leaves_and_is_counted(visit: Visit, book: Book) -> None:
    first, *others = names_of(party_of(book(visit, 3)))

    came = service.check_in(visit.gathering_id, [first, *others], actor="user:1", now=START)
    again = service.check_in(visit.gathering_id, [first], actor="user:1", now=START + timedelta(minutes=2))
    left = service.leave(visit.gathering_id, [first], actor="user:1", now=END)

    arrivals = queries.arrivals_of(visit.gathering)
    assert (results(came), results(again), results(left)) == (["ok"] * 3, ["already"], ["ok"])
    assert str(again[0].explained) == "Here since 9:00 am."
    assert (arrivals.here, arrivals.arrived, arrivals.expected, arrivals.unmarked) == (2, 3, 3, 0)
    assert states(visit.gathering_id)[0] == ("arrived", START, END)


def test_undo_leaves_a_person_as_if_nothing_had_been_said(visit: Visit, book: Book) -> None:
    (lead,) = names_of(party_of(book(visit)))
    service.check_in(visit.gathering_id, [lead], actor="user:1", now=START)

    answers = service.undo(visit.gathering_id, [lead], actor="user:1", now=START + timedelta(seconds=3))

    assert results(answers) == ["ok"]
    assert states(visit.gathering_id) == [("expected", None, None)]


def test_every_deed_stands_in_the_audit_log_with_its_greeter_and_without_names(visit: Visit, book: Book) -> None:
    party = party_of(book(visit))
    service.check_in(visit.gathering_id, names_of(party), actor="greeter:5", now=START)
    service.check_in(visit.gathering_id, names_of(party), actor="greeter:5", now=START)

    lines = db.session.scalars(sa.select(AuditLine).where(AuditLine.actor == "greeter:5")).all()

    assert [(line.what, line.about, line.after) for line in lines] == [("arrived", f"attendee:{party.attendees[0].id}", {})]


def test_nine_results(cast: SimpleNamespace, make_visit: Make, visit: Visit, book: Book) -> None:
    other = make_visit(
        cast.there, title="Internships that matter", starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11)
    )
    comes, cancelled, pending = (party_of(book(visit)) for _ in range(3))
    elsewhere, student = party_of(book(other)), party_of(book(visit, 2))
    make_student(student.attendees[1])
    parties.cancel(cancelled.id, reason="ill", by="party", actor="link", now=MONDAY)
    with transaction():
        db.session.get_one(Registration, pending.id).state = RegistrationState.PENDING
    link = queries.link_or_404(service.make_link(visit.gathering_id, "Gus", END, actor="user:1", now=MONDAY))
    asked = [
        claim(names_of(comes)[0], at=START - timedelta(minutes=61)), claim(names_of(comes)[0]), claim(names_of(comes)[0]),
        claim(names_of(cancelled)[0]), claim(names_of(pending)[0]), claim(names_of(elsewhere)[0]), claim("bcdfghjkmn"),
        claim(names_of(student)[1]), claim(names_of(student)[0], at=END),
    ]  # fmt: skip

    answers = service.take(visit.gathering_id, asked, actor="greeter:1", now=END, link_id=link.id)

    assert results(answers) == ["early", "ok", "already", "cancelled", "pending", "other", "unknown", "permission", "ended"]
    assert [str(answer.word) for answer in answers] == [
        "Too early", "Checked in", "Already in", "Cancelled", "Not confirmed", "Another visit", "Not known", "Permission missing",
        "Link ended",
    ]  # fmt: skip
    assert str(answers[5].explained) == "This party is booked for Internships that matter, Wednesday, December 9, 9:00 am."
    assert str(answers[0].explained) == "Check-in begins at 8:00 am, an hour before the start."
    assert [state for state, *_ in states(visit.gathering_id)] == ["arrived", "expected", "expected", "expected", "expected"]


@pytest.mark.parametrize(
    ("answered", "result"),
    [
        ([], "permission"),
        ([ConsentAnswer.UNKNOWN], "permission"),
        ([ConsentAnswer.YES], "ok"),
        ([ConsentAnswer.YES, ConsentAnswer.NO], "permission"),
        ([ConsentAnswer.NO, ConsentAnswer.YES], "ok"),
    ],
)
def test_newest_permission_of_a_guardian_lets_a_student_in(visit: Visit, book: Book, answered: list[ConsentAnswer], result: str) -> None:
    party = party_of(book(visit, 2))
    make_student(party.attendees[1])
    for answer in answered:
        permit(party.attendees[1].id, answer)

    answers = service.check_in(visit.gathering_id, [names_of(party)[1]], actor="user:1", now=START)

    assert results(answers) == [result]


def test_refused_nonce_stays_refused_and_a_new_one_is_looked_at_anew(visit: Visit, book: Book) -> None:
    party = party_of(book(visit, 2))
    make_student(party.attendees[1])
    first = claim(names_of(party)[1])
    before = service.take(visit.gathering_id, [first], actor="greeter:1", now=START)
    permit(party.attendees[1].id, ConsentAnswer.YES)

    same = service.take(visit.gathering_id, [first], actor="greeter:1", now=START)
    fresh = service.take(visit.gathering_id, [claim(names_of(party)[1])], actor="greeter:1", now=START)

    assert [results(before), results(same), results(fresh)] == [["permission"], ["permission"], ["ok"]]


@pytest.mark.parametrize("seed", range(6))
def test_queues_replayed_in_any_order_and_any_number_of_times_give_the_same_roster(
    cast: SimpleNamespace, make_visit: Make, book: Book, seed: int
) -> None:
    chance = random.Random(seed)
    kinds, moments = list(DeedKind)[:3], [START + timedelta(minutes=n) for n in range(4)]
    plan = [(n, chance.choice(kinds), chance.choice(moments), f"nonce-of-phone-{n:04}") for n in range(12)]
    rosters = []
    for turn in range(3):
        visit = make_visit(
            cast.here, capacity=12, title=f"Visit {turn}", starts_wall=datetime(2026, 12, 2, 9), ends_wall=datetime(2026, 12, 2, 11)
        )
        names = names_of(party_of(book(visit, 3)))
        deeds = [claim(names[n % 3], kind, at=at, nonce=f"{nonce}-{turn}") for n, kind, at, nonce in plan]
        if turn:
            deeds = chance.sample(deeds, len(deeds)) + chance.choices(deeds, k=5)
        while deeds:
            some, deeds = deeds[: (size := chance.randint(1, 5))], deeds[size:]
            service.take(visit.gathering_id, some, actor=f"greeter:{turn}", now=END)
        rosters.append(states(visit.gathering_id))
        with transaction():
            db.session.execute(sa.delete(Gathering).where(Gathering.id == visit.gathering_id))

    assert rosters[1] == rosters[0]
    assert rosters[2] == rosters[0]


def test_two_phones_at_once_take_each_nonce_once(app: Flask, visit: Visit, book: Book) -> None:
    names = names_of(party_of(book(visit, 4)))
    gathering_id, deeds = visit.gathering_id, [claim(name, nonce=f"the-same-nonce-{name}") for name in names]

    def send(phone: int) -> list[str]:
        with app.app_context():
            try:
                return results(service.take(gathering_id, deeds[:: 1 - 2 * (phone % 2)], actor=f"greeter:{phone}", now=START))
            finally:
                db.session.remove()

    db.session.rollback()
    with ThreadPoolExecutor(4) as phones:
        found = list(phones.map(send, range(8)))

    assert found == [["ok"] * 4] * 8
    assert db.session.scalar(sa.select(sa.func.count(DoorDeed.id))) == 4
    assert db.session.scalar(sa.select(sa.func.count(AuditLine.id)).where(AuditLine.what == "arrived")) == 4


def test_clock_of_a_phone_that_is_ahead_counts_as_now(visit: Visit, book: Book) -> None:
    (lead,) = names_of(party_of(book(visit)))

    service.take(visit.gathering_id, [claim(lead, at=START + timedelta(days=1))], actor="greeter:1", now=START)

    assert states(visit.gathering_id) == [("arrived", START, None)]


def test_what_was_done_before_a_link_ended_is_taken_for_a_day(visit: Visit, book: Book) -> None:
    one, two, three = (names_of(party_of(book(visit)))[0] for _ in range(3))
    link = queries.link_or_404(service.make_link(visit.gathering_id, "Gus", END, actor="user:1", now=MONDAY))

    in_time = service.take(visit.gathering_id, [claim(one)], actor="greeter:1", now=END + timedelta(hours=23), link_id=link.id)
    late = service.take(visit.gathering_id, [claim(two)], actor="greeter:1", now=END + timedelta(hours=24), link_id=link.id)
    service.revoke_link(link.id, actor="user:1", now=START)
    revoked = service.take(visit.gathering_id, [claim(three)], actor="greeter:1", now=START, link_id=link.id)

    assert [results(in_time), results(late), results(revoked)] == [["ok"], ["ended"], ["ended"]]


def test_party_that_shrinks_at_the_door_keeps_those_who_are_here(visit: Visit, book: Book) -> None:
    party = party_of(book(visit, 3))
    last = names_of(party)[-1]
    early = START - timedelta(minutes=20)
    service.check_in(visit.gathering_id, [last], actor="greeter:1", now=early)

    parties.resize(party.id, 2, reason="ill", actor="link", now=early)

    assert [state for state, *_ in states(visit.gathering_id)] == ["expected", "arrived"]


def test_party_that_moves_after_it_was_checked_in_is_expected_on_the_new_date(
    cast: SimpleNamespace, make_visit: Make, visit: Visit, book: Book
) -> None:  # fmt: skip
    other = make_visit(cast.there, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))
    party = party_of(book(visit, 2))
    early = START - timedelta(minutes=20)
    service.check_in(visit.gathering_id, names_of(party), actor="greeter:1", now=early)

    parties.move(party.id, other.gathering_id, wait_if_full=False, actor="link", now=early)

    assert states(other.gathering_id) == [("expected", None, None)] * 2
    later = service.take(visit.gathering_id, [claim(names_of(party)[0])], actor="greeter:1", now=START)
    assert results(later) == ["other"]


WALKER = WalkIn(name="Wanda Walker", organization="Bronx Arena High School", school_id=None, party_size=2, email="wanda@example.org")


def test_walk_in_is_a_party_that_is_here(visit: Visit) -> None:
    party = service.walk_in(visit.gathering_id, WALKER, nonce="nonce-of-walk-in-1", at=START, actor="greeter:1", now=START)
    again = service.walk_in(visit.gathering_id, WALKER, nonce="nonce-of-walk-in-1", at=START, actor="greeter:1", now=START)

    arrivals = queries.arrivals_of(visit.gathering)
    assert again.id == party.id
    assert (arrivals.here, arrivals.expected, party.state) == (2, 2, RegistrationState.CONFIRMED)
    assert [guest.attendee.name for guest in arrivals.guests] == ["Wanda Walker", ""]


def test_walk_in_beyond_the_seats_needs_a_reason_which_the_host_reads(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=3)
    book(visit, 2)
    with pytest.raises(Refusal) as refused:
        service.walk_in(visit.gathering_id, WALKER, nonce="nonce-of-walk-in-1", at=START, actor="greeter:1", now=START)

    why = WalkIn(**(vars(WALKER) | {"reason": "They came from far"}))
    party = service.walk_in(visit.gathering_id, why, nonce="nonce-of-walk-in-1", at=START, actor="greeter:1", now=START)

    assert str(refused.value) == "1 seat is left, and this party has 2 people. Say why it is let in all the same."
    assert queries.walk_in_notes(visit.gathering_id) == {party.attendees[0].id: "They came from far"}


@pytest.mark.parametrize(
    ("at", "wish", "said"),
    [
        (START - timedelta(hours=2), WALKER, "Check-in begins at 8:00 am, an hour before the start."),
        (
            START,
            WalkIn(**(vars(WALKER) | {"email": "tess@example.org"})),
            "This address has a party here already: Tess Teacher. Check it in from the list.",
        ),
    ],
)
def test_walk_in_is_refused_in_words(visit: Visit, book: Book, at: datetime, wish: WalkIn, said: str) -> None:
    book(visit)

    with pytest.raises(Refusal) as refused:
        service.walk_in(visit.gathering_id, wish, nonce="nonce-of-walk-in-1", at=at, actor="greeter:1", now=START)

    assert str(refused.value) == said


# The greeter's page


@pytest.fixture
def today(cast: SimpleNamespace, make_visit: Make) -> Visit:
    """A visit that begins in half an hour, by the clock of the machine."""
    visit = make_visit(cast.here, in_days=3, capacity=6)
    move_to(visit, datetime.now(UTC) + timedelta(minutes=30))
    return visit


def move_to(visit: Visit, starts_at: datetime) -> None:
    with transaction():
        gathering = db.session.get_one(Gathering, visit.gathering_id)
        gathering.closes_at, gathering.starts_at, gathering.ends_at = starts_at, starts_at, starts_at + timedelta(hours=2)


@pytest.fixture
def link(today: Visit) -> GreeterLink:
    now = datetime.now(UTC)
    return queries.link_or_404(service.make_link(today.gathering_id, "Gus", now + timedelta(hours=4), actor="user:1", now=now))


@pytest.fixture
def greeter(app: Flask, link: GreeterLink) -> FlaskClient:
    """A phone that opened the link."""
    client = app.test_client()
    client.get(path_of(link))
    return client


def path_of(link: GreeterLink) -> str:
    return urlsplit(links.greeter_url(link)).path


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_link_is_exchanged_for_a_clean_address(client: FlaskClient, link: GreeterLink, today: Visit, book: Book) -> None:
    book(today, 2, now=datetime.now(UTC))

    opened = client.get(path_of(link))
    page = client.get(opened.location)

    assert (opened.status_code, opened.location) == (303, f"/door/{link.public_id}")
    assert page.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "0 of 2 here" in words(page.text)


def test_link_one_letter_off_or_never_opened_is_not_there(client: FlaskClient, link: GreeterLink) -> None:
    url = path_of(link)
    wrong = url[:-1] + ("A" if url[-1] != "A" else "B")

    statuses = [client.get(wrong).status_code, client.get(f"/door/{link.public_id}").status_code, client.get("/door/open/x/y").status_code]

    assert statuses == [404, 404, 404]


def test_link_opens_one_door_only(app: Flask, cast: SimpleNamespace, make_visit: Make, greeter: FlaskClient, book: Book) -> None:
    now = datetime.now(UTC)
    other = make_visit(cast.there, in_days=5)
    booked = party_of(book(other, now=now))
    theirs = service.make_link(other.gathering_id, "Otto", now + timedelta(days=9), actor="user:2", now=now)

    closed = greeter.get(f"/door/{theirs}")
    found = greeter.get(greeter_path(greeter) + f"/find?code={booked.public_id.upper()}")

    assert closed.status_code == 404
    assert found.json is not None
    assert (found.json["result"], found.json["word"], found.json["who"]) == ("other", "Another visit", "")
    assert "This party is booked for" in found.json["text"]


def greeter_path(greeter: FlaskClient) -> str:
    with greeter.session_transaction() as session:
        return f"/door/{session['doors'][0]}"


@pytest.mark.parametrize(("how", "said"), [("revoked", "This link was taken back."), ("expired", "This link has ended.")])
def test_link_that_ended_says_so(greeter: FlaskClient, link: GreeterLink, today: Visit, book: Book, how: str, said: str) -> None:
    party = party_of(book(today, now=datetime.now(UTC)))
    with transaction():
        found = db.session.get_one(GreeterLink, link.id)
        past = datetime.now(UTC) - timedelta(minutes=1)
        found.revoked_at, found.expires_at = (past, found.expires_at) if how == "revoked" else (None, past)

    page = greeter.get(f"/door/{link.public_id}")
    sent = greeter.post(f"/door/{link.public_id}/deeds", json={"deeds": [deed_of(party)]})
    ticked = greeter.post(f"/door/{link.public_id}/mark", data={"here": names_of(party)})

    assert (page.status_code, ticked.status_code) == (404, 404)
    assert said in page.text
    assert party.lead_name not in page.text
    assert sent.json is not None
    assert [answer["result"] for answer in sent.json["answers"]] == ["ended"]
    assert states(today.gathering_id) == [("expected", None, None)]


def deed_of(party: Registration, kind: str = "arrive", **more: Any) -> dict[str, Any]:
    return {"nonce": new_token(), "kind": kind, "attendee": names_of(party)[0], "at": datetime.now(UTC).isoformat()} | more


def test_phone_sends_its_queue_twice_and_each_deed_counts_once(greeter: FlaskClient, link: GreeterLink, today: Visit, book: Book) -> None:
    party = party_of(book(today, now=datetime.now(UTC)))
    queue = {"deeds": [deed_of(party), deed_of(party, "undo"), deed_of(party)]}

    first, second = (greeter.post(f"/door/{link.public_id}/deeds", json=queue) for _ in range(2))

    assert first.json is not None
    assert first.json == second.json
    assert [answer["result"] for answer in first.json["answers"]] == ["ok", "ok", "ok"]
    assert first.json["answers"][-1]["state"] == "here"
    assert db.session.scalar(sa.select(sa.func.count(DoorDeed.id))) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "short"}, {"kind": "absent"}, {"kind": 7}, {"at": "yesterday"}, {"at": "2026-12-02T09:00:00"}, {"attendee": None},
        {"attendee": "\0"}, {"attendee": "\ud800"}, {"nonce": "x" * 41}, {"at": "0001-01-01T00:00:00+14:00x"},
    ],
)  # fmt: skip
def test_deed_that_is_not_whole_is_not_taken(
    greeter: FlaskClient, link: GreeterLink, today: Visit, book: Book, wrong: dict[str, Any]
) -> None:
    party = party_of(book(today, now=datetime.now(UTC)))

    answer = greeter.post(f"/door/{link.public_id}/deeds", json={"deeds": [deed_of(party, **wrong)]})

    assert answer.status_code == 400
    assert states(today.gathering_id) == [("expected", None, None)]


@pytest.mark.parametrize("body", [None, [], {"deeds": "all"}, {"deeds": [1]}, {"deeds": [{}] * 501}])
def test_what_is_no_queue_is_not_taken(greeter: FlaskClient, link: GreeterLink, body: Any) -> None:
    assert greeter.post(f"/door/{link.public_id}/deeds", json=body).status_code == 400


def test_what_is_nested_deeper_than_a_phone_writes_is_no_queue(greeter: FlaskClient, link: GreeterLink) -> None:
    answer = greeter.post(f"/door/{link.public_id}/deeds", data=b"[" * 100_000, content_type="application/json")

    assert answer.status_code == 400


def test_ticks_without_javascript_arrive_and_a_slip_is_taken_back(
    greeter: FlaskClient, link: GreeterLink, today: Visit, book: Book
) -> None:  # fmt: skip
    path, (first, second) = f"/door/{link.public_id}", names_of(party_of(book(today, 2, now=datetime.now(UTC))))

    everybody = greeter.post(f"{path}/mark", data={"everybody": "yes", "all": [first, second]}, follow_redirects=True)
    slip = greeter.post(f"{path}/mark", data={"was": [first, second], "here": [second]}, follow_redirects=True)
    left = greeter.post(f"{path}/mark", data={"leave": second}, follow_redirects=True)

    assert "Checked in: 2 people." in everybody.text
    assert "Taken back: 1 person." in slip.text
    assert "0 of 2 here" in words(left.text)
    assert [state for state, *_ in states(today.gathering_id)] == ["expected", "arrived"]


def test_search_and_codes_work_without_javascript(greeter: FlaskClient, link: GreeterLink, today: Visit, book: Book) -> None:
    now = datetime.now(UTC)
    ana, ben = (party_of(book(today, lead_name=name, now=now)) for name in ("Ana Alvarez", "Ben Brooks"))
    parties.cancel(ben.id, reason="ill", by="party", actor="link", now=now)
    path = f"/door/{link.public_id}"

    by_name, by_code = words(greeter.get(f"{path}?q=alva").text), words(greeter.get(f"{path}?q={ana.public_id.upper()}").text)
    greeter.post(f"{path}/mark", data={"everybody": "yes", "all": names_of(ana)})
    doubled = words(greeter.get(f"{path}?q={ana.public_id}").text)
    nobody, cancelled = words(greeter.get(f"{path}?q=zzz").text), words(greeter.get(f"{path}?q={ben.public_id}").text)

    assert "Ana Alvarez" in by_name
    assert "Ana Alvarez" in by_code
    assert "Nobody on the list fits." in nobody
    assert re.search(r"Already in Ana Alvarez Here since \d+:\d\d [ap]m\.", doubled)
    assert "Cancelled Ben Brooks This booking no longer holds." in cancelled


@pytest.mark.parametrize("typed", ["\0", "\ud800", "%", "a" * 5000, "' OR 1=1 --", "<b>"])
def test_nothing_that_is_typed_or_sent_breaks_the_door(
    greeter: FlaskClient, link: GreeterLink, today: Visit, book: Book, typed: str
) -> None:  # fmt: skip
    book(today, now=datetime.now(UTC))
    path, escaped = f"/door/{link.public_id}", quote(typed.encode("utf-8", "surrogatepass"))

    statuses = [
        greeter.get(f"{path}?q={escaped}").status_code,
        greeter.get(f"{path}/find?code={escaped}").status_code,
        greeter.post(f"{path}/mark", data=f"here={escaped}&leave={escaped}", content_type=FORM).status_code,
        greeter.post(f"{path}/walk-ins", data=f"name={escaped}&key={escaped}&at={escaped}", content_type=FORM).status_code,
    ]

    assert statuses == [200, 200, 303, 422]
    assert states(today.gathering_id) == [("expected", None, None)]


def test_list_says_in_a_word_that_nothing_changed(
    app: Flask, greeter: FlaskClient, link: GreeterLink, today: Visit, book: Book
) -> None:  # fmt: skip
    book(today, now=datetime.now(UTC))
    path, app.config["WTF_CSRF_ENABLED"] = f"/door/{link.public_id}", True
    try:
        first = greeter.get(f"{path}/list")
        second = greeter.get(f"{path}/list", headers={"If-None-Match": first.headers["ETag"]})
        packed = greeter.get(f"{path}/list", headers={"Accept-Encoding": "gzip"})
        forms = greeter.get(path).text.count('name="csrf_token"')
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert (first.status_code, second.status_code) == (200, 304)
    assert gzip.decompress(packed.data) == first.data
    assert b"csrf_token" not in first.data
    assert forms >= 3


def test_walk_in_form_keeps_what_was_typed(greeter: FlaskClient, link: GreeterLink, today: Visit) -> None:
    path = f"/door/{link.public_id}/walk-ins"
    typed = {"name": "Wanda Walker", "organization": "Bronx Arena", "party_size": "7", "email": "", "key": "key-of-a-walk-in-1"}

    untold = greeter.post(path, data=typed)
    beyond = greeter.post(path, data=typed | {"told": "y"})
    by_itself = greeter.post(path, data=typed | {"told": "y"}, headers={"Accept": "application/json"})
    fits = greeter.post(path, data=typed | {"told": "y", "party_size": "2"}, follow_redirects=True)

    assert (untold.status_code, beyond.status_code, by_itself.status_code) == (422, 409, 409)
    assert "Tell them, then tick this." in untold.text
    assert 'value="Wanda Walker"' in beyond.text
    assert by_itself.json == {"errors": ["6 seats are left, and this party has 7 people. Say why it is let in all the same."]}
    assert "2 of 2 here" in words(fits.text)


def test_phone_that_is_finished_opens_nothing(greeter: FlaskClient, link: GreeterLink) -> None:
    answer = greeter.post(f"/door/{link.public_id}/finish", follow_redirects=True)

    assert "This phone is finished." in answer.text
    assert greeter.get(f"/door/{link.public_id}").status_code == 404


# What its staff do


def test_host_makes_shows_and_revokes_a_link(cast: SimpleNamespace, today: Visit, sign_in: SignIn) -> None:
    host, path = sign_in(cast.host), f"/workspace/door/{today.gathering.public_id}"
    wrong = host.post(f"{path}/links", data={"name": "", "day": "2026-13-01", "time": "9"})
    past = host.post(f"{path}/links", data={"name": "Gus", "day": "2020-01-01", "time": "09:00"})
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    made = host.post(f"{path}/links", data={"name": "Gus", "day": day, "time": "09:00"})
    shown = host.get(made.location)
    link = db.session.scalars(sa.select(GreeterLink)).one()
    host.post(f"{path}/links/{link.public_id}/revoke")

    assert (wrong.status_code, past.status_code, made.status_code) == (422, 409, 303)
    assert links.greeter_url(link) in shown.text
    assert "<svg" in shown.text
    assert "opens nothing any more" in host.get(made.location).text
    assert not queries.link_or_404(link.public_id).is_alive(datetime.now(UTC))


def test_door_of_another_school_is_not_there(cast: SimpleNamespace, today: Visit, link: GreeterLink, sign_in: SignIn) -> None:
    path = f"/workspace/door/{today.gathering.public_id}"
    pages = [path, f"{path}/paper", f"{path}/roster", f"{path}/links/{link.public_id}"]

    theirs = [sign_in(cast.other_host).get(page).status_code for page in pages]
    organizer = [sign_in(cast.organizer).get(page).status_code for page in pages]
    viewer = [sign_in(cast.viewer).get(page).status_code for page in pages]
    nobody = sign_in(cast.other_host).post(f"{path}/reopen").status_code

    assert (theirs, organizer, viewer, nobody) == ([404] * 4, [200] * 4, [404] * 4, 404)


def test_roster_on_paper_has_the_order_and_marks_of_the_phone(cast: SimpleNamespace, today: Visit, book: Book, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    book(today, lead_name="zoe Last", now=now)
    party = party_of(book(today, 2, lead_name="Ana Alvarez", now=now))
    make_student(party.attendees[1])

    page = words(sign_in(cast.host).get(f"/workspace/visits/{today.gathering.public_id}/roster").text)

    assert page.index("Ana Alvarez") < page.index("Sam S. student no photos permission missing") < page.index("zoe Last")


def test_host_says_who_came_and_nobody_is_absent_by_itself(cast: SimpleNamespace, today: Visit, book: Book, sign_in: SignIn) -> None:
    host, path = sign_in(cast.host), f"/workspace/door/{today.gathering.public_id}/roster"
    came, stayed, unmarked = (names_of(party_of(book(today, now=datetime.now(UTC))))[0] for _ in range(3))
    early = host.post(path, data={f"came-{came}": "arrived"})
    starts = datetime.now(UTC) - timedelta(hours=5)
    move_to(today, starts)

    closed = host.post(
        path,
        data={f"came-{came}": "arrived", f"came-{stayed}": "absent", f"came-{unmarked}": "expected", "close": "yes"},
        follow_redirects=True,
    )
    late = host.post(path, data={f"came-{unmarked}": "arrived"})
    host.post(f"/workspace/door/{today.gathering.public_id}/reopen")
    again = host.post(path, data={f"came-{unmarked}": "arrived", "came-bcdfghjkmn": "absent"}, follow_redirects=True)

    assert (early.status_code, late.status_code) == (409, 409)
    assert "The roster is closed. 2 marks are changed." in closed.text
    assert "1 is not marked." in words(closed.text)
    assert "1 mark is changed." in again.text
    assert states(today.gathering_id) == [("arrived", starts, None), ("absent", None, None), ("arrived", starts, None)]
    logged = db.session.scalars(sa.select(AuditLine.what).where(AuditLine.what.like("roster %")).order_by(AuditLine.id)).all()
    assert logged == ["roster closed", "roster opened again"]


def test_host_says_of_all_the_rest_that_they_came(cast: SimpleNamespace, today: Visit, book: Book, sign_in: SignIn) -> None:
    first, second = names_of(party_of(book(today, 2, now=datetime.now(UTC))))
    starts = datetime.now(UTC) - timedelta(hours=1)
    move_to(today, starts)
    marks = {f"came-{first}": "absent", f"came-{second}": "expected", "rest": "arrived"}

    sign_in(cast.host).post(f"/workspace/door/{today.gathering.public_id}/roster", data=marks)

    assert [state for state, *_ in states(today.gathering_id)] == ["absent", "arrived"]


def test_host_may_say_that_a_student_was_there_whose_permission_is_missing(visit: Visit, book: Book) -> None:
    party = party_of(book(visit, 2))
    make_student(party.attendees[1])

    service.mark(visit.gathering_id, {names_of(party)[1]: AttendeeState.ARRIVED}, close=False, actor="user:1", now=END)

    assert states(visit.gathering_id)[1] == ("arrived", START, None)


def test_closing_ends_the_links_and_takes_what_was_done_before(visit: Visit, book: Book) -> None:
    one, two = (names_of(party_of(book(visit)))[0] for _ in range(2))
    link = queries.link_or_404(service.make_link(visit.gathering_id, "Gus", END + timedelta(hours=2), actor="user:1", now=MONDAY))
    service.mark(visit.gathering_id, {}, close=True, actor="user:1", now=END)

    before = service.take(visit.gathering_id, [claim(one)], actor="greeter:1", now=END + timedelta(minutes=5), link_id=link.id)
    after = service.take(
        visit.gathering_id, [claim(two, at=END + timedelta(minutes=1))], actor="greeter:1", now=END + timedelta(minutes=5), link_id=link.id
    )

    assert (results(before), results(after)) == (["ok"], ["ended"])


def test_hosts_are_asked_once_two_hours_after_the_end(cast: SimpleNamespace, visit: Visit, book: Book) -> None:
    book(visit, 2)
    due = END + timedelta(hours=2)

    def asked() -> list[str]:
        chosen = sa.select(OutboxMail.to_address).where(OutboxMail.template == "registration/mail/host_roster")
        return list(db.session.scalars(chosen))

    ticks.run_due(now=due - timedelta(seconds=1))
    before = asked()
    ticks.run_due(now=due)
    ticks.run_due(now=due + timedelta(minutes=1))

    assert before == []
    assert asked() == ["hana.host@example.org"]
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.template == "registration/mail/host_roster")).one()
    assert outbox.render(mail).subject == "Who came? Student-led conferences, start to finish"
    assert "0 people are marked as here, and 2 are not marked." in outbox.render(mail).text
    assert [gathering.id for gathering in queries.to_close(cast.host.actor, now=due)] == [visit.gathering_id]
    assert queries.to_close(cast.other_host.actor, now=due) == []


def test_nobody_is_asked_about_a_closed_roster_or_one_without_people(
    cast: SimpleNamespace, make_visit: Make, visit: Visit, book: Book
) -> None:
    other = make_visit(cast.here, title="Nobody came", starts_wall=datetime(2026, 12, 2, 13), ends_wall=datetime(2026, 12, 2, 14))
    book(visit)
    service.mark(visit.gathering_id, {}, close=True, actor="user:1", now=END)

    assert queries.to_ask(END + timedelta(hours=6)) == []
    assert queries.to_close(cast.host.actor, now=other.gathering.ends_at + timedelta(hours=3)) == []


def test_lead_shows_a_code_that_says_no_more_than_its_name(app: Flask, today: Visit, book: Book) -> None:
    party = party_of(book(today, now=datetime.now(UTC)))
    client = app.test_client()
    with client.session_transaction() as session:
        session["parties"] = {party.public_id: party.link_round}

    page = client.get(f"/registrations/{party.public_id}")

    assert party.public_id.upper() in words(page.text)
    assert '<svg viewBox="0 0' in page.text
