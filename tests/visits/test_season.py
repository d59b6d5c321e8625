"""The season of a host: a school year at a glance, and one deed for several visits, seen before it is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import service
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools import closures
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import Tier
from scheduler.visits import season, several
from scheduler.visits.models import Visit
from scheduler.visits.several import Deed, Order
from scheduler.visits.standing import Standing
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
SignIn = Callable[[User], FlaskClient]
SEASON = "/workspace/visits"
OUTSIDE = {"organization": "Somebody Else’s School"}


def now() -> datetime:
    return datetime.now(UTC)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1])).replace("\u00a0", " ")


def name(visit: Visit) -> str:
    return visit.gathering.public_id


def fresh(visit: Visit) -> Gathering:
    db.session.expire_all()
    return db.session.get_one(Gathering, visit.gathering_id)


def on(day: date, hour: int = 9) -> dict[str, datetime]:
    starts = datetime(day.year, day.month, day.day, hour)
    return {"starts_wall": starts, "ends_wall": starts + timedelta(hours=2)}


# At a glance


def test_school_year_has_its_dates_month_by_month_with_closed_days_between(cast: SimpleNamespace, make_visit: Make) -> None:
    for title, day in (
        ("Late", date(2027, 8, 2)),
        ("Spring", date(2027, 4, 14)),
        ("Winter", date(2026, 12, 2)),
        ("Next", date(2026, 12, 9)),
    ):
        make_visit(cast.here, title=title, **on(day))
    make_visit(cast.there, title="Elsewhere", **on(date(2026, 12, 3)))
    closures.close_days(None, ClosureDetails(date(2026, 12, 24), date(2027, 1, 1), "Winter recess"), actor="command:test", now=MONDAY)
    closures.close_days(cast.here.id, ClosureDetails(date(2026, 12, 3), date(2026, 12, 3), "Testing"), actor="command:test", now=MONDAY)
    rows = season.season_of(cast.host.actor, 2026, now=MONDAY)

    months = season.by_month(rows, season.closed_in(cast.here.id, *season.days_of(2026)))

    shown = [
        (month.first.month, [entry.gathering.title if isinstance(entry, season.SeasonRow) else (entry.title, entry.day.day, entry.last.day)
        for entry in month.entries]) for month in months
    ]  # fmt: skip
    assert shown == [
        (12, ["Winter", ("Testing", 3, 3), "Next", ("Winter recess", 24, 31)]),
        (1, [("Winter recess", 1, 1)]),
        (4, ["Spring"]),
    ]
    assert season.years_of(cast.host.actor, now=MONDAY) == [2026, 2027]


def test_row_says_how_a_date_stands_and_who_asks_or_waits(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4, needs_approval=True)
    book(visit, 2, now=now(), **OUTSIDE)
    book(visit, 2, now=now(), school_id=cast.member.id)
    book(visit, 3, now=now(), organization="NYC iSchool")
    make_visit(cast.here, in_days=21, publish=False)

    rows = season.rows(db.session.query(Visit).order_by(Visit.id).all(), now=now())
    page = words(sign_in(cast.host).get(f"{SEASON}?show=all").text)

    assert [(row.standing, row.seats.taken, row.asking, row.waiting, row.told) for row in rows] == [
        (Standing.FULL, 4, 2, 3, 7),
        (Standing.DRAFT, 0, 0, 0, 0),
    ]
    assert "Full 2 ask to come 3 wait 4 of 4" in page
    assert "Draft 0 of 12" in page
    assert "2 visits, 4 of 16 seats taken" in page


@pytest.mark.parametrize(
    ("show", "titles"),
    [
        ("coming", {"Open", "Paused", "Draft", "Cancelled"}),
        ("paused", {"Paused"}),
        ("draft", {"Draft"}),
        ("cancelled", {"Cancelled"}),
        ("asking", {"Open"}),
        ("over", set()),
        ("all", {"Open", "Paused", "Draft", "Cancelled"}),
        ("nonsense", {"Open", "Paused", "Draft", "Cancelled"}),
    ],
)
def test_list_is_narrowed_by_how_visits_stand(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn, show: str, titles: set[str]
) -> None:
    made = {title: make_visit(cast.here, title=title, in_days=7, publish=title != "Draft", needs_approval=True) for title in
            ("Open", "Paused", "Draft", "Cancelled")}  # fmt: skip
    book(made["Open"], 2, now=now(), **OUTSIDE)
    several.do(Order(Deed.PAUSE), [made["Paused"].id], actor="user:1", now=now())
    several.do(Order(Deed.CANCEL, reason="Snow"), [made["Cancelled"].id], actor="user:1", now=now())

    page = sign_in(cast.host).get(f"{SEASON}?show={show}").text

    assert set(re.findall(r'<div class="what">\s*<a href="[^"]*">([^<]*)</a>', page)) == titles


@pytest.mark.parametrize("asked", ["year=9999", "year=x", "school=nowhere", "year=2026&school=ischool&show=%00x"])
def test_address_that_cannot_be_read_shows_the_season_all_the_same(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, asked: str
) -> None:
    make_visit(cast.here, in_days=3)

    assert sign_in(cast.organizer).get(f"{SEASON}?{asked}").status_code == 200


def test_organizer_sees_all_schools_or_one_and_a_host_their_own(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    make_visit(cast.here, title="Here", in_days=3)
    make_visit(cast.there, title="There", in_days=4)

    both = sign_in(cast.organizer).get(SEASON).text
    one = sign_in(cast.organizer).get(f"{SEASON}?school={cast.there.slug}").text
    own = sign_in(cast.host).get(f"{SEASON}?school={cast.there.slug}").text

    assert [(">Here<" in page, ">There<" in page) for page in (both, one, own)] == [(True, True), (False, True), (True, False)]


# Several at once


def test_preview_says_the_counts_first_and_writes_nothing(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visits = [make_visit(cast.here, in_days=day, capacity=4) for day in (20, 21, 22, 23)]
    for visit, sizes in zip(visits, ((4, 3), (2,), (3,), ()), strict=True):
        for size in sizes:
            book(visit, size, now=now(), organization=f"School {visit.id} {size}")
    before = db.session.query(AuditLine).count()

    page = sign_in(cast.host).post(f"{SEASON}/several", data={"deed": "cancel", "visit": [name(visit) for visit in visits]})

    assert page.status_code == 200
    assert "Cancel 4 visits? 12 people have booked or wait, and are mailed at once" in words(page.text)
    assert "Cancel and tell 12 people" in page.text
    assert {fresh(visit).state for visit in visits} == {GatheringState.PUBLISHED}
    assert db.session.query(AuditLine).count() == before


def test_several_visits_are_cancelled_together_and_everybody_is_told(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visits = [make_visit(cast.here, in_days=day, capacity=4) for day in (20, 21)]
    for visit in visits:
        book(visit, 3, now=now())
    host, ticked = sign_in(cast.host), {"deed": "cancel", "visit": [name(visit) for visit in visits]}

    silent = host.post(f"{SEASON}/several/do", data=ticked | {"reason": " "})
    answer = host.post(f"{SEASON}/several/do", data=ticked | {"reason": "The building is closed."}, follow_redirects=True)

    assert silent.status_code == 422
    assert "2 visits are cancelled." in answer.text
    assert "6 people are told." in answer.text
    assert {(fresh(visit).state, fresh(visit).cancel_reason) for visit in visits} == {(GatheringState.CANCELLED, "The building is closed.")}
    assert [mail.template.rsplit("/", 1)[-1] for mail in db.session.query(OutboxMail)].count("cancelled_by_host") == 2


def test_drafts_are_published_and_paused_visits_opened_with_one_press(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    draft, paused, open_one = (
        make_visit(cast.here, in_days=20, publish=False),
        make_visit(cast.here, in_days=21),
        make_visit(cast.here, in_days=22),
    )
    host = sign_in(cast.host)
    host.post(f"{SEASON}/several/do", data={"deed": "pause", "visit": [name(paused)]})
    before = fresh(paused).paused

    preview = host.post(f"{SEASON}/several", data={"deed": "open", "visit": [name(visit) for visit in (draft, paused, open_one)]})
    answer = host.post(f"{SEASON}/several/do", data={"deed": "open", "visit": [name(draft), name(paused)]})

    assert before is True
    assert "Open 2 visits?" in preview.text
    assert "It takes parties already." in preview.text
    assert answer.status_code == 303
    assert [(fresh(visit).state, fresh(visit).paused) for visit in (draft, paused)] == [(GatheringState.PUBLISHED, False)] * 2


def test_added_seats_go_to_those_who_wait_at_each_visit(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visits = [make_visit(cast.here, in_days=day, capacity=4) for day in (20, 21)]
    for visit in visits:
        book(visit, 4, now=now())
        book(visit, 2, now=now(), organization="NYC iSchool")

    answer = sign_in(cast.host).post(
        f"{SEASON}/several/do",
        data={"deed": "capacity", "capacity": "6", "visit": [name(visit) for visit in visits]},
        follow_redirects=True,
    )

    assert "2 visits have 6 seats now." in answer.text
    assert "2 parties that wait are seated or asked." in answer.text
    assert [fresh(visit).capacity for visit in visits] == [6, 6]


def test_when_one_cannot_follow_nothing_is_done_and_its_reason_is_told(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    plain, reserved = make_visit(cast.here, in_days=20), make_visit(cast.here, in_days=40, reserved={Tier.FRIEND: 8})
    host, ticked = sign_in(cast.host), {"deed": "capacity", "capacity": "6", "visit": [name(plain), name(reserved)]}

    refused = host.post(f"{SEASON}/several/do", data=ticked)
    again = host.post(f"{SEASON}/several/do", data=ticked | {"visit": re.findall(r'name="visit" value="([^"]*)"', refused.text)})

    assert refused.status_code == 409
    assert "Nothing was done: 1 visit cannot follow." in refused.text
    assert "8 seats are reserved and there are 6." in refused.text
    assert 'value="6"' in refused.text
    assert again.status_code == 303
    assert (fresh(plain).capacity, fresh(reserved).capacity) == (6, 12)


def test_all_that_the_list_shows_can_be_chosen_with_one_tick(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    make_visit(cast.here, in_days=3)
    drafts = [make_visit(cast.here, in_days=day, publish=False) for day in (4, 5)]

    page = sign_in(cast.host).post(f"{SEASON}/several", data={"deed": "open", "all": "1", "show": "draft"}).text

    assert set(re.findall(r'name="visit" value="([^"]*)"', page)) == {name(visit) for visit in drafts}


@pytest.mark.parametrize("path", ["several", "several/do"])
def test_nothing_ticked_gets_a_sentence(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, path: str) -> None:
    make_visit(cast.here, in_days=3)

    answer = sign_in(cast.host).post(f"{SEASON}/{path}", data={"deed": "pause"})

    assert answer.status_code == 422
    assert "Tick at least one visit first." in answer.text


@pytest.mark.parametrize("deed", ["pause", "cancel", "explode", ""])
def test_visits_of_others_are_never_among_the_ticked(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, client: FlaskClient, deed: str
) -> None:
    visit = make_visit(cast.here, in_days=20)
    sent = {"deed": deed, "visit": [name(visit)], "reason": "x"}

    statuses = [
        sign_in(cast.other_host).post(f"{SEASON}/several/do", data=sent).status_code,
        sign_in(cast.viewer).post(f"{SEASON}/several/do", data=sent).status_code,
        client.post(f"{SEASON}/several/do", data=sent).status_code,
    ]

    assert statuses == [422 if deed in ("pause", "cancel") else 404, 404, 404]
    assert (fresh(visit).state, fresh(visit).paused) == (GatheringState.PUBLISHED, False)
