"""Visitors find what fits: filters in an address that can be shared, a party's size, pages, other dates when one is full (rule 21)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal
from scheduler.foundation import clock
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import service as registration
from scheduler.registration.models import (
    EntryState,
    Gathering,
    MoveRequest,
    Offer,
    OfferState,
    Registration,
    RegistrationState,
    ReservedSeats,
    WaitlistEntry,
)
from scheduler.schools.models import FocusArea, School, Tier
from scheduler.visits import queries, search, service
from scheduler.visits.filters import Filters, Place
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., registration.Booked]


def titles(filters: Filters = Filters(), **more: object) -> list[str]:  # noqa: B008 - frozen
    return [row.title for row in search.find(filters, now=MONDAY, **more).rows]  # type: ignore[arg-type]


def on(day: int, hour: int = 9, month: int = 12) -> dict[str, datetime]:
    starts = datetime(2026, month, day, hour)
    return {"starts_wall": starts, "ends_wall": starts + timedelta(hours=2)}


def shown(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'<h3><a href="/visits/[^"]+">(.*?)</a></h3>', page)]


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ").split())


def area_of(school: School) -> FocusArea:
    return school.focus_areas[0]


# Filters


def test_each_filter_leaves_what_fits_it(cast: SimpleNamespace, make_school: Callable[..., School], make_visit: Make) -> None:
    area = area_of(cast.here)
    make_visit(cast.here, title="A", focus_area_ids=[area.id], **on(2))
    make_visit(cast.there, title="B", **on(3))
    make_visit(cast.member, title="C", **on(4))

    assert titles() == ["A", "B", "C"]
    assert titles(Filters(from_day=date(2026, 12, 3))) == ["B", "C"]
    assert titles(Filters(until_day=date(2026, 12, 3))) == ["A", "B"]
    assert titles(Filters(from_day=date(2026, 12, 3), until_day=date(2026, 12, 3))) == ["B"]
    assert titles(Filters(borough="Bronx")) == ["C"]
    assert titles(Filters(school=cast.there.slug)) == ["B"]
    assert titles(Filters(focus=area.slug)) == ["A"]
    assert titles(Filters(tier="active_member")) == ["C"]
    assert titles(Filters(tier="living_lab", borough="Bronx")) == []


def test_days_are_days_on_the_schools_own_wall(make_school: Callable[..., School], make_visit: Make) -> None:
    west = make_school("Pacific Lab", time_zone="America/Los_Angeles")
    make_visit(west, title="Evening", **on(1, hour=21))  # already December 2 in New York, and in UTC

    assert titles(Filters(from_day=date(2026, 12, 1), until_day=date(2026, 12, 1))) == ["Evening"]
    assert titles(Filters(from_day=date(2026, 12, 2))) == []


def test_drafts_cancelled_visits_and_what_has_begun_are_not_found(cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here, title="Draft", publish=False)
    cancelled = make_visit(cast.here, title="Cancelled", **on(3))
    service.cancel_visit(cancelled.id, "Testing", actor="user:1", now=MONDAY)
    begins_now = make_visit(cast.here, title="Begins now", **on(4))

    found = search.find(Filters(), now=begins_now.gathering.starts_at)

    assert (found.rows, found.total, found.later) == ([], 0, None)


# A party that fits now


@pytest.mark.parametrize(
    ("taken", "size", "fits"), [(0, 4, True), (8, 4, True), (9, 4, False), (12, 1, False), (0, 6, True), (0, 7, False), (6, 6, True)]
)
def test_party_finds_only_where_all_of_it_would_be_seated(
    cast: SimpleNamespace, make_visit: Make, book: Book, taken: int, size: int, fits: bool
) -> None:
    visit = make_visit(cast.here, capacity=12, party_most=6)
    for n in range(0, taken, 6):
        book(visit, min(6, taken - n))

    assert bool(titles(Filters(party=size))) == fits
    assert titles() == [visit.gathering.title]


def test_in_a_strict_line_free_seats_fit_nobody_new_while_somebody_waits(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=6, strict_line=True)
    book(visit, 4)
    book(visit, 5)

    with_somebody_waiting = titles(Filters(party=2))
    settle(WaitlistEntry, EntryState.WITHDRAWN)

    assert with_somebody_waiting == []
    assert titles(Filters(party=2)) == [visit.gathering.title]


def test_cancelled_parties_take_no_seats(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 4)
    settle(Registration, RegistrationState.CANCELLED)

    assert titles(Filters(party=4)) == [visit.gathering.title]


def test_what_is_found_for_a_party_can_be_booked_by_it_and_nothing_else_can(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    made = [make_visit(cast.here, title=f"{taken} of {capacity}", capacity=capacity, **on(1 + n))
            for n, (taken, capacity) in enumerate([(0, 3), (1, 3), (3, 3), (2, 5), (5, 5), (4, 6)])]  # fmt: skip
    for visit in made:
        if taken := int(visit.gathering.title[0]):
            book(visit, taken)

    for size in range(1, 7):
        fits = set(titles(Filters(party=size)))
        seated = set()
        for visit in made:
            with suppress(Refusal):
                book(visit, size, wait_if_full=False)
                seated.add(visit.gathering.title)
                settle(Registration, RegistrationState.CANCELLED)
        assert fits == seated


def settle(table: type[Registration | WaitlistEntry], state: RegistrationState | EntryState) -> None:
    """The newest party or entry has come to its end."""
    newest = sa.select(sa.func.max(table.id)).scalar_subquery()
    with transaction():
        db.session.execute(sa.update(table).where(table.id == newest).values(state=state))


def test_search_takes_the_same_statements_for_one_visit_and_for_many(
    cast: SimpleNamespace, make_visit: Make, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    make_visit(cast.here)
    wanted = Filters(party=2, borough="Manhattan")
    one = count_statements(lambda: search.find(wanted, now=MONDAY))
    for day in range(3, 15):
        make_visit(cast.there, **on(day))

    assert count_statements(lambda: search.find(wanted, now=MONDAY)) == one == 2
    assert count_statements(lambda: search.relaxed(wanted, now=MONDAY)) == 1


# Pages


def test_pages_together_hold_every_visit_once_in_order_though_many_begin_at_once(
    cast: SimpleNamespace, make_visit: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 3)
    for n in range(11):
        make_visit(cast.here if n % 2 else cast.there, title=f"{n:02}", **on(2 + n // 4))

    pages, place = [], None
    while True:
        found = search.find(Filters(party=1), now=MONDAY, after=place)
        pages.append([row.title for row in found.rows])
        assert found.total == 11
        place = found.later and Place.read(str(found.later))
        if place is None:
            break

    assert [len(page) for page in pages] == [3, 3, 3, 2]
    assert sorted(title for page in pages for title in page) == [f"{n:02}" for n in range(11)]
    assert [int(title) // 4 for page in pages for title in page] == sorted(n // 4 for n in range(11))


def test_place_of_a_page_outlives_the_visit_that_ended_it(cast: SimpleNamespace, make_visit: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    made = [make_visit(cast.here, title=str(n), **on(2 + n)) for n in range(4)]
    place = search.find(Filters(), now=MONDAY).later

    service.cancel_visit(made[1].id, "Testing", actor="user:1", now=MONDAY)

    assert titles(after=place) == ["2", "3"]


# The page


def test_address_of_a_form_with_empty_fields_becomes_a_clean_one(client: FlaskClient, cast: SimpleNamespace) -> None:
    answer = client.get("/?party=&from=&until=&focus=&school=&tier=living_lab&borough=")

    assert (answer.status_code, answer.location) == (302, "/?tier=living_lab")
    assert client.get("/?_external=1&_scheme=javascript&from=").location == "/"
    assert client.get("/?tier=living_lab").status_code == 200


def test_result_says_how_many_take_the_party_and_each_filter_can_be_removed(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient
) -> None:
    make_visit(cast.here, in_days=20, title="Large enough")
    make_visit(cast.there, in_days=21, title="Too small", capacity=3)
    day = clock.now().date() + timedelta(days=10)

    page = client.get(f"/?party=4&from={day}&borough=Manhattan").text

    assert shown(page) == ["Large enough"]
    page = page.replace("\xa0", " ")
    said = f"{day:%B} {day.day}" + (f", {day.year}" if day.year != clock.now().year else "")
    assert f"1 visit from {said} takes a party of 4." in words(page)
    removed = {
        name: unescape(url) for url, name in re.findall(r'href="([^"]*)"><span class="hide">Remove this filter: </span>(.*?)<', page)
    }
    assert removed == {
        f"From {said}": "/?party=4&borough=Manhattan",
        "Manhattan": f"/?from={day}&party=4",
        "4 of us": f"/?from={day}&borough=Manhattan",
    }


def test_full_visits_are_hidden_only_when_a_party_asks(cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=2)
    book(visit, 2, now=clock.now())

    assert shown(client.get("/").text) == [visit.gathering.title]
    assert shown(client.get("/?party=1").text) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("party=0", "Write a whole number from 1 to 50."),
        ("party=-3", "Write a whole number from 1 to 50."),
        ("party=10000", "Write a whole number from 1 to 50."),
        ("party=1_0", "Write a whole number from 1 to 50."),
        ("party=%D9%A4", "Write a whole number from 1 to 50."),
        ("from=2026-02-30", "There is no day 2026-02-30. Write it like 2026-12-02."),
        ("until=9999-12-31", "There is no day 9999-12-31. Write it like 2026-12-02."),
        ("until=%00x", "There is no day x. Write it like 2026-12-02."),
        ("from=2099-01-02&until=2099-01-01", "This is before the first day. Choose a later one."),
        ("school=no-such", "We know no “no-such”. Choose one of the list."),
        ("focus=%3Cb%3E", "We know no “<b>”. Choose one of the list."),
        ("tier=gold", "We know no “gold”. Choose one of the list."),
    ],
)
def test_nonsense_gets_a_sentence_and_the_other_filters_stay(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient, wrong: str, sentence: str
) -> None:
    make_visit(cast.here, in_days=20, title="In Manhattan")
    make_visit(cast.member, in_days=20, title="In the Bronx")

    answer = client.get(f"/?borough=Bronx&{wrong}")

    assert answer.status_code == 200
    assert sentence in words(answer.text)
    assert "<b>" not in re.sub(r"<b>\d+</b>|<b>[\d:apm ]+</b>|<b>Visits</b>", "", answer.text)
    assert [title for title in shown(answer.text) if title != "In the Bronx"] == []


def test_unknown_borough_is_said_and_filters_nothing(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> None:
    make_visit(cast.here, in_days=20, title="In Manhattan")

    page = client.get("/?borough=Atlantis").text

    assert "We know no “Atlantis”. Choose one of the list." in words(page)
    assert shown(page) == ["In Manhattan"]


def test_empty_result_says_which_filter_to_leave_out(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> None:
    for day in (20, 21):
        make_visit(cast.here, in_days=day)
    make_visit(cast.member, in_days=22, capacity=3)

    page = client.get("/?borough=Bronx&party=4").text

    assert "No open visit fits all of this." in page
    offered = re.findall(r'<a class="chip" href="([^"]*)">(Without.*?)</a>', page)
    assert offered == [
        ("/?party=4", "Without “Bronx” there are 2 visits"),
        ("/?borough=Bronx", "Without “4 of us” there is 1 visit"),
    ]


def test_later_visits_are_a_click_away_and_keep_the_filters(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    for day in range(20, 25):
        make_visit(cast.here, in_days=day, title=f"In {day} days")

    first = client.get("/?party=2").text
    later = unescape(re.findall(r'rel="next" href="([^"]*)"', first)[0])
    second = client.get(later).text

    assert (shown(first), shown(second)) == (["In 20 days", "In 21 days"], ["In 22 days", "In 23 days"])
    assert "5 visits take a party of 2." in words(second)
    assert 'href="/?party=2">First visits' in second
    assert shown(client.get("/?after=nonsense").text) == shown(client.get("/").text)
    assert "There are no later visits." in client.get("/?after=2099-12-31T09:00~zzz").text


# Booking rules: what holds seats, what is kept, when booking is open


def put(*rows: object) -> None:
    with transaction():
        db.session.add_all(rows)


def party(visit: Visit, people: int, **more: object) -> Registration:
    name = new_public_id()
    facts = {
        "public_id": name, "uid": name, "gathering_id": visit.gathering_id, "lead_name": "Tess", "lead_email": f"{name}@example.org",
        "organization": "Bronx Arena", "party_size": people, "created_at": MONDAY, "changed_at": MONDAY,
    }  # fmt: skip
    return Registration(**(facts | more))


def entry(visit: Visit, people: int, **more: object) -> WaitlistEntry:
    facts = {
        "public_id": new_public_id(), "gathering_id": visit.gathering_id, "lead_name": "Wanda", "lead_email": "wanda@example.org",
        "organization": "Bronx Arena", "party_size": people, "smallest": people, "created_at": MONDAY, "changed_at": MONDAY,
    }  # fmt: skip
    return WaitlistEntry(**(facts | more))


def most_that_fit() -> int:
    """The largest party that finds the one visit."""
    return max((size for size in range(1, 13) if titles(Filters(party=size))), default=0)


def test_everything_that_holds_seats_counts(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here, capacity=12, party_most=12)
    elsewhere = make_visit(cast.there, capacity=3, party_most=3, **on(20))
    moving, offered = party(elsewhere, 2), entry(visit, 3, state=EntryState.OFFERED)
    put(party(visit, 1), party(visit, 1, state=RegistrationState.UNVERIFIED), party(visit, 1, state=RegistrationState.PENDING))
    put(party(visit, 4, state=RegistrationState.DECLINED), party(visit, 4, state=RegistrationState.CANCELLED), moving, offered)
    put(
        MoveRequest(registration_id=moving.id, gathering_id=visit.gathering_id, expires_at=MONDAY, created_at=MONDAY),
        Offer(entry_id=offered.id, gathering_id=visit.gathering_id, size=3, state=OfferState.OPEN, mail_at=MONDAY, deadline=MONDAY,
              created_at=MONDAY),
    )  # fmt: skip

    assert titles(Filters(party=4)) == [visit.gathering.title]
    assert most_that_fit() == 12 - 3 - 2 - 3


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 12))])
def test_seats_kept_for_tiers_are_left_to_nobody_else_as_the_core_counts_them(cast: SimpleNamespace, make_visit: Make, seed: int) -> None:
    chance = random.Random(seed)
    visit = make_visit(cast.here, capacity=12, party_most=12)
    reserved = {tier: chance.randint(1, 5) for tier in chance.sample(["living_lab", "incubator", "friend"], chance.randint(0, 3))}
    taken: dict[str, int] = {}
    for _ in range(chance.randint(0, 4)):
        tier, people = chance.choice(["", "living_lab", "incubator", "friend"]), chance.randint(1, 3)
        taken[tier] = taken.get(tier, 0) + people
        put(party(visit, people, tier=tier))
    for tier, seats in reserved.items():
        put(ReservedSeats(gathering_id=visit.gathering_id, tier=Tier(tier), seats=seats, releases_at=MONDAY))

    assert most_that_fit() == Seats(12, taken, reserved).left
    db.session.execute(sa.update(ReservedSeats).values(released=True))
    db.session.commit()
    assert most_that_fit() == Seats(12, taken).left


def test_those_who_wait_for_any_visit_of_a_school_hold_back_the_days_of_their_window_only(cast: SimpleNamespace, make_visit: Make) -> None:
    full, inside, after = (
        make_visit(cast.here, strict_line=True, title=title, **on(day)) for title, day in (("Full", 2), ("Inside", 4), ("After", 9))
    )
    make_visit(cast.there, strict_line=True, title="Another school", **on(4))
    window = {"window_school_id": cast.here.id, "window_first": date(2026, 12, 2), "window_last": date(2026, 12, 4)}
    put(entry(full, 2, **window))

    assert titles(Filters(party=1)) == ["Another school", "After"]
    assert [inside.gathering.title, after.gathering.title] == ["Inside", "After"]


@pytest.mark.parametrize(
    ("facts", "fits"),
    [
        ({"closes_at": MONDAY}, False),
        ({"closes_at": MONDAY + timedelta(seconds=1)}, True),
        ({"opens_at": MONDAY + timedelta(seconds=1)}, False),
        ({"opens_at": MONDAY}, True),
        ({"paused": True}, False),
    ],
)
def test_party_finds_only_what_is_open_for_booking(cast: SimpleNamespace, make_visit: Make, facts: dict[str, object], fits: bool) -> None:
    visit = make_visit(cast.here)
    db.session.execute(sa.update(Gathering).where(Gathering.id == visit.gathering_id).values(**facts))
    db.session.commit()

    assert bool(titles(Filters(party=1))) == fits
    assert titles() == [visit.gathering.title]
    db.session.refresh(visit.gathering)
    assert search.takes_parties(queries.rows([visit])[0], now=MONDAY) == fits


# Other dates


def test_other_dates_are_of_the_same_school_first_then_of_the_same_focus_and_have_seats(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    areas = {"focus_area_ids": [area_of(cast.here).id]}
    visit = make_visit(cast.here, title="Full", capacity=2, **areas, **on(2))
    book(visit, 2)
    book(make_visit(cast.here, title="Full as well", capacity=2, **on(3)), 2)
    make_visit(cast.there, title="Same focus, late", **areas, **on(9))
    make_visit(cast.there, title="Same focus, early", **areas, **on(4))
    make_visit(cast.there, title="Something else", **on(4))
    make_visit(cast.here, title="Same school", **on(10))

    found = search.other_dates(visit, now=MONDAY)

    assert [row.gathering.title for row in found] == ["Same school", "Same focus, early", "Same focus, late"]


@pytest.mark.parametrize("why", ["full", "cancelled", "somebody waits", "open"])
def test_page_of_a_visit_that_takes_nobody_shows_other_dates(
    cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient, why: str
) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4, strict_line=True)
    make_visit(cast.here, in_days=27, title="A week later")
    now = clock.now()
    if why == "full":
        book(visit, 4, now=now)
    elif why == "cancelled":
        service.cancel_visit(visit.id, "Testing", actor="user:1", now=now)
    elif why == "somebody waits":
        put(entry(visit, 2))

    page = client.get(f"/visits/{visit.gathering.public_id}").text

    assert ("Other dates with seats" in page) == (why != "open")
    assert shown(page) == ([] if why == "open" else ["A week later"])


def test_page_says_so_when_no_other_date_has_seats(cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4)
    book(visit, 4, now=clock.now())

    assert "No other date here has seats now" in client.get(f"/visits/{visit.gathering.public_id}").text
