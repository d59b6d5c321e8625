"""Tour stops (visits rule 19): rooms and turns as hosts type them, routes and the sheets, and what a change of the party means."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.people import STUDENT
from scheduler.core.refusal import Refusal
from scheduler.core.tours.rules import Turn
from scheduler.foundation import clock
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.registration import links
from scheduler.registration import queries as registrations
from scheduler.registration import service as registration
from scheduler.registration.models import Person
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from scheduler.visits.tours import queries, service
from scheduler.visits.tours.models import Tour, TourRoute
from scheduler.visits.tours.service import StopDetails
from scheduler.visits.tours.sheet import Sheet
from tests.people import MONDAY, details

Make = Callable[..., Visit]
Book = Callable[..., registration.Booked]
SignIn = Callable[[User], FlaskClient]
ROOMS = [StopDetails(name) for name in ("Room 204", "Room 206", "Gym", "Library")]


def path(visit: Visit, page: str = "") -> str:
    return f"/workspace/visits/{visit.gathering.public_id}/tour{page}"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1])).replace("\u00a0", " ")


def three_turns(visit: Visit, number: int = 3) -> list[Turn]:
    starts = [visit.gathering.starts_wall + timedelta(minutes=30 + 25 * turn) for turn in range(number)]
    return [Turn(start, start + timedelta(minutes=20)) for start in starts]


def save(visit: Visit, stops: Sequence[StopDetails] = ROOMS, turns: int = 3, version: int = 0) -> bool:
    return service.save(visit.id, stops, three_turns(visit, turns), version=version, actor="user:1", now=MONDAY)


def plan(visit: Visit, seen: int = 0) -> int:
    return service.plan(visit.id, seen=seen, actor="user:1", now=MONDAY)


def sheet(visit: Visit) -> Sheet:
    db.session.rollback()
    tour = queries.find_tour(visit.id)
    assert tour
    return Sheet(visit.gathering, tour)


def routes(visit: Visit) -> dict[str, list[str]]:
    return {str(walker.called): [stop.name if stop else "" for stop in walker.stops] for walker in sheet(visit).by_person}


def name_people(booked: registration.Booked, *names: str, role: str = "") -> None:
    with transaction():
        free = [one for one in registrations.registration_or_404(booked.public_id).attendees if one.person is None]
        for attendee, name in zip(free, names, strict=False):
            attendee.person, attendee.role = Person(name=name, created_at=MONDAY), role


def typed(
    *rooms: tuple[str, str, str], turns: Sequence[tuple[str, str]] = (("09:30", "09:50"), ("09:55", "10:15")), version: str = "0"
) -> dict[str, str]:
    """What the form sends."""
    fields = {"version": version}
    for number, room in enumerate(rooms):
        fields |= {f"stops-{number}-{name}": value for name, value in zip(("name", "about", "most_adults"), room, strict=True)}
    for number, turn in enumerate(turns):
        fields |= {f"turns-{number}-{name}": value for name, value in zip(("starts", "ends"), turn, strict=True)}
    return fields


# Rooms and turns


def test_host_lists_rooms_and_turns_plans_and_prints(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, book: Book) -> None:
    """The whole way through the pages: empty, form, saved, planned, two papers."""
    visit = make_visit(cast.here, in_days=10)
    booked = book(visit, 3, now=clock.now())
    name_people(booked, "Ana Perez")
    host = sign_in(cast.host)
    empty, form = host.get(path(visit)).text, host.get(path(visit, "/edit")).text

    sent = host.post(path(visit, "/edit"), data=typed(("Room 204", "Conferences", "2"), ("Gym", "", "2"), ("", "", "2")))
    saved = host.get(path(visit)).text
    planned = host.post(path(visit, "/plan"), data={"seen": "0"})
    page, by_room, by_name = (host.get(path(visit, end)).text for end in ("", "/rooms", "/people"))

    assert "This visit has no tour stops." in empty
    assert re.findall(r'name="turns-\d-starts"[^>]*value="([^"]*)"', form) == ["09:30", "09:55", "10:20"]
    assert (sent.status_code, planned.status_code) == (303, 303)
    assert "So far 3 people booked; 4 adults fit." in words(saved)
    assert "3 people have a route." in page
    assert ("Conferences" in by_room, "9:30–9:50 am" in by_room) == (True, True)
    assert [name in by_name for name in ("Ana Perez", "Tess Teacher", "guest 3 of Tess Teacher’s party")] == [True] * 3
    assert re.findall(r'<th scope="row">(?:<small>)?(\S+)', by_name) == ["Ana", "Tess", "guest"]


def test_form_begins_with_what_the_school_had_last(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make) -> None:
    save(make_visit(cast.here), [StopDetails("Room 9", "The forge", 4), *ROOMS], turns=2)
    save(make_visit(cast.there), [StopDetails("Elsewhere")], turns=1)
    later = make_visit(cast.here, starts_wall=datetime(2026, 12, 9, 13), ends_wall=datetime(2026, 12, 9, 15))

    form = sign_in(cast.host).get(path(later, "/edit")).text

    assert ("The forge" in form, "Elsewhere" in form) == (True, False)
    assert re.findall(r'name="turns-\d-starts"[^>]*value="([^"]*)"', form) == ["13:30", "13:55"]


@pytest.mark.parametrize(
    ("rooms", "turns", "sentence"),
    [
        ([("Gym", "", "2"), ("gym", "", "2")], [("09:30", "09:50")], "“gym” stands above already."),
        ([("Gym", "", "0")], [("09:30", "09:50")], "Write a whole number from 1 to 500."),
        ([("", "Conferences", "2")], [("09:30", "09:50")], "Name the room, or clear what there is to see."),
        ([("", "", "2")], [("09:30", "09:50")], "Name at least one room."),
        ([("Gym", "", "2")], [("", "")], "Say when at least one turn begins and ends."),
        ([("Gym", "", "2")], [("09:30", "")], "Choose a time."),
        ([("Gym", "", "2")], [("25:30", "09:50")], "There is no time 25:30."),
        ([("Gym", "", "2")], [("08:30", "09:10")], "This turn would begin at 8:30 am, and the visit begins at 9:00 am."),
        ([("Gym", "", "2")], [("11:20", "11:40")], "This turn would end at 11:40 am, and the visit ends at 11:30 am."),
        ([("Gym", "", "2"), ("Hall", "", "2")], [("09:30", "09:50"), ("09:45", "10:05")], "while the one before goes on until 9:50 am."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, rooms: list[tuple[str, str, str]], turns: list[tuple[str, str]], sentence: str
) -> None:
    visit = make_visit(cast.here, in_days=10)

    answer = sign_in(cast.host).post(path(visit, "/edit"), data=typed(*rooms, turns=turns))

    assert (answer.status_code, sentence in answer.text) == (422, True)
    shown = dict(re.findall(r'name="((?:stops|turns)-\d-[a-z_]+)"[^>]*value="([^"]*)"', answer.text))
    assert shown == {name: value for name, value in typed(*rooms, turns=turns).items() if name != "version"}
    assert queries.find_tour(visit.id) is None


def test_one_more_line_keeps_what_was_typed_and_writes_nothing(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make) -> None:
    visit = make_visit(cast.here, in_days=10)

    page = sign_in(cast.host).post(path(visit, "/edit"), data=typed(("Gym", "", "nine")) | {"more": "room"}).text

    assert re.findall(r'name="stops-\d-(?:name|most_adults)"[^>]*value="([^"]*)"', page) == ["Gym", "nine", "", "2"]
    assert queries.find_tour(visit.id) is None


def test_too_little_room_says_who_comes_and_what_would_work(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, book: Book) -> None:
    """Twelve adults, four rooms of two, three turns."""
    visit = make_visit(cast.here, in_days=10)
    for _ in range(2):
        book(visit, 6, now=clock.now())
    rooms = [(room.name, "", "2") for room in ROOMS]

    answer = sign_in(cast.host).post(path(visit, "/edit"), data=typed(*rooms))

    assert answer.status_code == 409
    assert "12 adults come, and the rooms take 8 at a time. It works with 3 adults in each room, or with 2 more rooms." in words(
        answer.text
    )
    assert 'value="Library"' in answer.text
    assert queries.find_tour(visit.id) is None


def test_party_that_grew_too_large_for_the_rooms_is_told_before_anything_is_written(
    cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, in_days=10)
    book(visit, 6, now=clock.now())
    save(visit)
    plan(visit)
    before = routes(visit)
    book(visit, 3, lead_name="Ben Leader", now=clock.now())

    answer = sign_in(cast.host).post(path(visit, "/plan"), data={"seen": "1"})

    assert (answer.status_code, "9 adults come, and the rooms take 8 at a time." in words(answer.text)) == (409, True)
    assert {name: route for name, route in routes(visit).items() if any(route)} == before


def test_second_of_two_who_edit_at_once_is_told(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make) -> None:
    visit = make_visit(cast.here, in_days=10)
    save(visit)

    answer = sign_in(cast.host).post(path(visit, "/edit"), data=typed(("Room 1", "", "2"), ("Room 2", "", "2"), version="0"))

    assert (answer.status_code, "Somebody else changed the rooms or turns" in answer.text) == (409, True)
    assert [stop.name for stop in sheet(visit).tour.stops] == [room.name for room in ROOMS]


def test_numbers_that_no_page_sent_are_told_as_somebody_elses_change(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make) -> None:
    visit, host = make_visit(cast.here, in_days=10), sign_in(cast.host)
    save(visit)
    with transaction():
        db.session.execute(sa.update(Tour).values(seed=1))
    rooms = ("Gym", "", "2"), ("Hall", "", "2")

    for sent in ("", "x", "-1", "\u0661", "9" * 5000):
        answers = host.post(path(visit, "/plan"), data={"seen": sent}), host.post(path(visit, "/edit"), data=typed(*rooms, version=sent))
        assert [answer.status_code for answer in answers] == [409, 409], sent[:9]


# Routes


def test_routes_are_those_of_their_seed(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 4)
    book(visit, 3, lead_name="Ben Leader")
    save(visit)
    plan(visit)
    first = routes(visit)
    plan(visit, seen=1)
    second = routes(visit)
    with transaction():
        db.session.execute(sa.update(Tour).values(seed=0))
    plan(visit)

    assert (routes(visit), first != second, len(first)) == (first, True, 7)
    assert sheet(visit).still_fits


def test_two_who_plan_at_once_make_one_plan(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 4)
    save(visit)
    visit_id, together = visit.id, threading.Barrier(2)

    def run(_: int) -> str:
        with app.app_context():
            together.wait()
            try:
                return str(service.plan(visit_id, seen=0, actor="user:1", now=MONDAY))
            except Refusal as refusal:
                return str(refusal)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(run, range(2)))

    assert said == ["4", "Somebody else planned the routes a moment ago. Here they are; plan anew if they do not fit."]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TourRoute)) == 12


def test_students_go_with_an_adult_of_their_party_and_do_not_count(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=20)
    name_people(book(visit, 5), "Maria L.", "Sam K.", "Kim O.", "Lou P.", role=STUDENT)
    book(visit, 2, lead_name="Ben Leader")

    save(visit, [StopDetails("Gym", most_adults=1), StopDetails("Hall", most_adults=2), StopDetails("Lab", most_adults=1)])
    plan(visit)

    found = routes(visit)
    assert [found[name] for name in ("Maria L.", "Sam K.", "Kim O.", "Lou P.")] == [found["Tess Teacher"]] * 4


def test_student_without_an_adult_has_no_route_and_the_page_says_so(
    cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, in_days=10)
    book(visit, 2, now=clock.now())
    alone = book(visit, 1, lead_name="Lou P.", now=clock.now())
    with transaction():
        registrations.registration_or_404(alone.public_id).attendees[0].role = STUDENT
    save(visit)

    people = plan(visit)

    page = words(sign_in(cast.host).get(path(visit)).text)
    assert (people, sheet(visit).still_fits) == (2, True)
    assert "1 student comes without an adult of the party, and has no route: Lou P. Ask the lead" in page.replace("P.. Ask", "P. Ask")


# When the party changes


def change(visit: Visit, book: Book, what: str, booked: registration.Booked) -> None:
    party, now = registrations.registration_or_404(booked.public_id), clock.now()
    if what == "cancelled":
        registration.cancel(party.id, reason="", by="party", actor="link", now=now)
    elif what == "late":
        book(visit, 2, lead_name="Lena Late", now=now)
    else:
        registration.resize(party.id, 2 if what == "smaller" else 4, actor="link", now=now)


@pytest.mark.parametrize(
    ("what", "missing", "left", "sentence"),
    [
        ("cancelled", 0, 3, "3 people with a route do not come any more."),
        ("smaller", 0, 1, "1 person with a route does not come any more."),
        ("larger", 1, 0, "1 person has no route: guest 4 of Tess Teacher’s party"),
        ("late", 2, 0, "2 people have no route: Lena Late , guest 2 of Lena Late’s party"),
    ],
)  # fmt: skip
def test_changed_party_is_counted_and_one_button_plans_anew(
    cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, book: Book, what: str, missing: int, left: int, sentence: str
) -> None:
    visit = make_visit(cast.here, in_days=10)
    booked, _ = book(visit, 3, now=clock.now()), book(visit, 2, lead_name="Ben Leader", now=clock.now())
    save(visit)
    plan(visit)
    host = sign_in(cast.host)
    fresh = words(host.get(path(visit)).text)
    change(visit, book, what, booked)

    stands, page = sheet(visit), words(host.get(path(visit)).text)
    counted = len(stands.missing), stands.left, stands.wrong
    host.post(path(visit, "/plan"), data={"seen": "1"})

    assert "The routes no longer fit" not in fresh
    assert counted == (missing, left, [])
    assert sentence.replace(" ,", ",") in page.replace(" ,", ",")
    assert sheet(visit).still_fits


def test_who_comes_instead_takes_the_route_over(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    booked = book(visit, 2)
    name_people(booked, "Ana Perez")
    save(visit)
    plan(visit)
    before = routes(visit)["Ana Perez"]
    with transaction():
        registrations.registration_or_404(booked.public_id).attendees[1].person = Person(name="Luis Gómez", created_at=MONDAY)

    assert (routes(visit)["Luis Gómez"], sheet(visit).still_fits) == (before, True)


def test_adult_in_place_of_a_student_may_be_one_too_many(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    booked = book(visit, 2)
    name_people(booked, "Maria L.", role=STUDENT)
    save(visit, [StopDetails("Gym", most_adults=1), StopDetails("Hall", most_adults=1)], turns=2)
    plan(visit)
    with transaction():
        registrations.registration_or_404(booked.public_id).attendees[1].role = "teacher"

    assert sorted(str(sentence) for sentence in sheet(visit).wrong) == sorted(
        f"2 adults are in {room} in turn {turn}, and it takes 1." for turn, room in enumerate(routes(visit)["Tess Teacher"], 1)
    )


def test_party_that_comes_on_another_date_leaves_its_route(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    """And is nobody's on the new date; planning anew forgets it."""
    visit, other = (
        make_visit(cast.here),
        make_visit(cast.here, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11, 30)),
    )
    booked, _ = book(visit, 2), book(visit, 1, lead_name="Ben Leader")
    for each in (visit, other):
        save(each)
    plan(visit)
    party = registrations.registration_or_404(booked.public_id)
    registration.move(party.id, other.gathering_id, actor="link", now=MONDAY)
    left, missing = sheet(visit).left, len(sheet(other).missing)
    plan(visit, seen=1)

    assert (left, missing) == (2, 2)
    assert len({row.attendee_id for row in db.session.scalars(sa.select(TourRoute))}) == 1


def test_visit_at_another_hour_takes_its_turns_along_and_a_shorter_one_is_told(
    cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here)
    book(visit, 2)
    save(visit)
    plan(visit)

    def edit(**hours: Any) -> None:
        version = db.session.get_one(Visit, visit.id, populate_existing=True).gathering.version
        visits.edit_visit(visit.id, details(**hours), version=version, actor="user:1", now=MONDAY)

    edit(starts_wall=datetime(2026, 12, 2, 13), ends_wall=datetime(2026, 12, 2, 15, 30))
    moved = [turn.starts.strftime("%H:%M") for turn in sheet(visit).turns]
    edit(starts_wall=datetime(2026, 12, 2, 13), ends_wall=datetime(2026, 12, 2, 14))

    said = [str(sentence) for sentence in sheet(visit).wrong]
    assert moved == ["13:30", "13:55", "14:20"]
    assert said[-1] == "Turn 3: This turn would end at 2:40 pm, and the visit ends at 2:00 pm. Let it end by then."
    with pytest.raises(Refusal, match="Turn 2: This turn would end at 2:15 pm"):
        plan(visit, seen=1)


def test_names_and_times_change_under_routes_and_other_limits_end_them(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 2)
    save(visit)
    plan(visit)
    before = routes(visit)
    renamed = [StopDetails(f"New {room.name}", "New") for room in ROOMS]
    later = [Turn(turn.starts + timedelta(minutes=25), turn.ends + timedelta(minutes=25)) for turn in three_turns(visit)]

    kept = service.save(visit.id, renamed, later, version=1, actor="user:1", now=MONDAY)
    after = routes(visit)
    ended = save(visit, [StopDetails(room.name, most_adults=3) for room in ROOMS], version=2)

    assert (kept, ended) == (False, True)
    assert after == {name: [f"New {room}" for room in route] for name, route in before.items()}
    assert (sheet(visit).is_planned, db.session.scalars(sa.select(TourRoute)).all()) == (False, [])


def test_tour_can_be_taken_away_and_ends_with_its_visit(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit, over = (
        make_visit(cast.here),
        make_visit(cast.here, starts_wall=datetime(2026, 12, 3, 9), ends_wall=datetime(2026, 12, 3, 11, 30)),
    )
    for each in (visit, over):
        book(each, 2)
        save(each)
        plan(each)
    for _ in range(2):
        service.remove(visit.id, actor="user:1", now=MONDAY)
    ended = over.gathering.ends_at

    for deed in (
        lambda: service.remove(over.id, actor="user:1", now=ended),
        lambda: service.plan(over.id, seen=1, actor="user:1", now=ended),
    ):
        with pytest.raises(Refusal, match="over or was cancelled, so its tour stays"):
            deed()

    assert queries.find_tour(visit.id) is None
    assert len(routes(over)) == 2


def test_log_says_who_planned_and_how_many_and_names_nobody(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 2)
    save(visit)
    plan(visit)
    service.remove(visit.id, actor="user:1", now=MONDAY)

    lines = db.session.scalars(sa.select(AuditLine).where(AuditLine.what.like("tour %")).order_by(AuditLine.id)).all()

    assert [(line.what, line.actor, line.after) for line in lines] == [
        ("tour changed", "user:1", {"stops": 4, "turns": 3, "most_adults": [2, 2, 2, 2]}),
        ("tour planned", "user:1", {"people": 2, "seed": 1}),
        ("tour removed", "user:1", {}),
    ]


# Who sees it


def test_tour_is_there_for_the_hosts_of_the_school_and_organizers_alone(
    cast: SimpleNamespace, client: FlaskClient, sign_in: SignIn, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, in_days=10)
    book(visit, 2, now=clock.now())
    save(visit)
    plan(visit)
    pages = [path(visit, end) for end in ("", "/edit", "/rooms", "/people")]
    wanted = {"host": 200, "organizer": 200, "administrator": 200, "other_host": 404, "viewer": 404}

    got = {who: {sign_in(getattr(cast, who)).get(page).status_code for page in pages} for who in wanted}
    posts = {
        sign_in(user).post(path(visit, end)).status_code for user in (cast.other_host, cast.viewer) for end in ("/edit", "/plan", "/remove")
    }

    assert got == {who: {status} for who, status in wanted.items()}
    assert posts == {404}
    assert {client.get(page).status_code for page in pages} == {302}
    assert sheet(visit).still_fits


def test_papers_are_not_there_before_anybody_has_a_route(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make) -> None:
    visit = make_visit(cast.here, in_days=10)
    host = sign_in(cast.host)
    save(visit)

    assert [host.get(path(visit, end)).status_code for end in ("/rooms", "/people")] == [404, 404]


def own_page(client: FlaskClient, booked: registration.Booked) -> str:
    party = registrations.registration_or_404(booked.public_id)
    url = links.party_url({"name": party.public_id, "round": party.link_round})
    assert client.get(re.sub(r"^https?://[^/]+", "", url)).status_code == 303
    return words(client.get(f"/registrations/{party.public_id}").text)


def test_confirmed_party_sees_its_own_routes_once_they_are_planned(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, in_days=10, needs_approval=True)
    booked = book(visit, 2, school_id=cast.member.id, now=clock.now())
    other = book(visit, 1, school_id=cast.member.id, lead_name="Ben Leader", now=clock.now())
    pending = book(visit, 1, organization="Elsewhere", lead_name="Olu Outsider", now=clock.now())
    save(visit, [StopDetails(room.name, "Ask about portfolios") for room in ROOMS])
    before = own_page(app.test_client(), booked)
    plan(visit)
    late = book(visit, 1, school_id=cast.member.id, lead_name="Lena Late", now=clock.now())

    page = own_page(app.test_client(), booked)

    title = "Your way through the school"
    assert (title in before, title in page, "Guest 2" in page, "Ask about portfolios" in page) == (
        False,
        True,
        True,
        True,
    )
    assert "Ben Leader" not in page
    assert [title in own_page(app.test_client(), one) for one in (other, pending, late)] == [True, False, False]


def test_names_are_just_names_on_every_paper(cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, in_days=10)
    name_people(book(visit, 2, now=clock.now()), "<b>Ana</b> & %(n)s {{ x }}")
    save(visit, [StopDetails("<i>Gym</i>", "%s"), StopDetails("Hall")], turns=2)
    plan(visit)
    host = sign_in(cast.host)

    pages = [host.get(path(visit, end)).text for end in ("", "/rooms", "/people", "/edit")]

    assert all("<b>Ana" not in page and "<i>Gym" not in page for page in pages)
    assert all("&lt;b&gt;Ana&lt;/b&gt; &amp; %(n)s {{ x }}" in page for page in pages[:3])


def test_pages_take_the_same_number_of_statements_for_two_and_for_ten(
    cast: SimpleNamespace, make_visit: Make, book: Book, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    def cost(*sizes: int) -> int:
        visit = make_visit(cast.here)
        for number, size in enumerate(sizes):
            book(visit, size, lead_name=f"Lead {number}")
        save(visit, [StopDetails(f"Room {n}", most_adults=4) for n in range(4)])
        plan(visit)
        return count_statements(lambda: [sheet(visit).by_stop, sheet(visit).wrong, sheet(visit).missing])

    assert cost(2) == cost(4, 3, 3)
