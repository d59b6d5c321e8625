"""Memory: what took place is remembered, imported or not, and counts in the next plan as far as one lets it (rounds rule 9)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tables import Table
from scheduler.meetups import plans, queries
from scheduler.meetups.memory import network, service
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.memory.models import EarlierMeetup, EarlierSeat
from scheduler.meetups.models import Meetup, Plan, PlanState, Remembers, Seating
from scheduler.registration.door import service as door
from scheduler.registration.models import AttendeeState, Gathering
from scheduler.schools.models import School
from tests.meetups.conftest import as_csv
from tests.people import MONDAY

SignIn = Callable[[User], FlaskClient]
AFTER = datetime(2026, 12, 3, 23, 30, tzinfo=UTC)
TABLE_HEADERS = ["Round", "Table", "Full name", "School", "Your role"]
AT_TABLES = [
    ["1", "1", "Leader 0", "Sample 1", "Principal"], ["1", "1", "Teacher 1", "Sample 2", "Teacher"],
    ["1", "1", "Stuart Student2", "Sample 3", "Student"], ["2", "1", "Leader 0", "Sample 1", "Principal"],
    ["2", "1", "Teacher 1", "Sample 2", "Teacher"],
]  # fmt: skip


@pytest.fixture
def held(make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> Callable[..., Meetup]:
    """A meetup of four teams of three that took place in one round of three tables; `absent` names one who did not come."""

    def hold(*, absent: str = "", close: bool = True, title: str = "Fall meetup") -> Meetup:
        meetup = make_meetup(title=title)
        fill(meetup, 4)
        attendees = queries.attendees_of(meetup.gathering_id)
        with transaction():
            plan = Plan(
                meetup_id=meetup.id, version=1, state=PlanState.PUBLISHED, rounds=1, seed=1, iterations=1, engine_version="2",
                fingerprint="", method="search", problem={}, metrics={}, bounds={}, seconds=1.0, created_by=None, created_at=MONDAY,
            )  # fmt: skip
            plan.seatings = [Seating(round=1, table=n % 3 + 1, attendee_id=attendee.id) for n, attendee in enumerate(attendees)]
            db.session.add(plan)
        marks = {a.public_id: AttendeeState.ABSENT if a.name == absent else AttendeeState.ARRIVED for a in attendees}
        door.mark(meetup.gathering_id, marks, close=close, actor="user:1", now=AFTER)
        return meetup

    return hold


def names(meetup: Meetup, met: dict[tuple[str, str], int]) -> dict[tuple[str, ...], int]:
    known = {attendee.public_id: attendee.name for attendee in queries.attendees_of(meetup.gathering_id)}
    return {tuple(sorted(known[id] for id in pair)): times for pair, times in met.items()}


def start(**more: Any) -> str:
    table = Table(TABLE_HEADERS, AT_TABLES, list(range(2, 2 + len(AT_TABLES))))
    return service.start_import(service.Earlier("Spring meetup", date(2026, 5, 12)), "old.csv", table, user_id=1, now=MONDAY, **more)


def keep_earlier() -> None:
    draft = memory.draft_or_404(start())
    checked = service.preview(draft)
    columns = draft.mapping["columns"]
    assert service.confirm(draft.id, columns, {}, expected=checked.expected, actor="user:1", user_id=1, now=MONDAY).done


def test_conversations_of_people_who_came_count_in_the_next_plan_and_students_by_school_only(
    held: Callable[..., Meetup], make_meetup: Callable[..., Meetup], fill: Callable[..., None]
) -> None:
    past = held(absent="Leader 3")
    coming = make_meetup(title="Winter meetup")
    fill(coming, 4)

    met = memory.met_before(coming, queries.attendees_of(coming.gathering_id))

    # at table 1 the leaders, at 2 the teachers, at 3 the students, of whom nobody is remembered as a person
    leaders, teachers = ["Leader 0", "Leader 1", "Leader 2"], ["Teacher 0", "Teacher 1", "Teacher 2", "Teacher 3"]
    expected = {(a, b): 1 for group in (leaders, teachers) for n, a in enumerate(group) for b in group[n + 1 :]}
    assert names(coming, met) == expected
    assert [(held.title, held.conversations) for held in memory.held_meetups()] == [("Fall meetup", 3 + 6 + 6)]
    assert memory.held_meetups(without=past.gathering_id) == []


def test_nothing_is_remembered_while_the_roster_is_open(held: Callable[..., Meetup]) -> None:
    meetup = held(close=False)
    before = memory.held_meetups()

    door.mark(meetup.gathering_id, {}, close=True, actor="user:1", now=AFTER)

    assert before == []
    assert len(memory.held_meetups()) == 1


def test_round_that_began_after_somebody_left_took_place_without_them(held: Callable[..., Meetup]) -> None:
    meetup = held()
    with transaction():
        gone = next(a for a in queries.attendees_of(meetup.gathering_id) if a.name == "Leader 0")
        gone.left_at = meetup.gathering.starts_at

    assert memory.held_meetups()[0].conversations == 3 + 6 + 6


def test_how_much_earlier_meetups_count_is_chosen_and_reaches_the_problem(
    held: Callable[..., Meetup], make_meetup: Callable[..., Meetup], fill: Callable[..., None]
) -> None:
    held()
    keep_earlier()
    coming = make_meetup(title="Winter meetup")
    fill(coming, 4)

    counted = {}
    for remembers in Remembers:
        service.remember(coming.id, remembers, actor="user:1", now=MONDAY)
        started = plans.start_plan(coming.id, plans.settings_of(coming), user_id=1, now=MONDAY)
        job = queries.job_or_404(coming, started.job)
        counted[remembers.value] = sum(times for *_, times in job.payload["problem"]["met_before"])
        with transaction():
            db.session.delete(db.session.merge(job))

    # the last one: leaders and teachers, six pairs each; all: Leader 0 and Teacher 1 sat together twice in the spring
    assert counted == {"nothing": 0, "last": 12, "all": 14}
    logged = db.session.scalars(sa.select(AuditLine.after).where(AuditLine.what == "earlier meetups counted").order_by(AuditLine.id)).all()
    assert logged == [{"remembers": "nothing"}, {"remembers": "last"}, {"remembers": "all"}]


def test_list_of_tables_is_previewed_mended_and_kept_once_without_a_name(
    network: list[School], cast: SimpleNamespace, sign_in: SignIn
) -> None:  # fmt: skip
    browser = sign_in(cast.organizer)
    rows = [*AT_TABLES, ["2", "2", "Ana", "Hogwarts", ""], ["2", "2", "Ben", "Sample 4", ""], ["2", "", "Cleo", "Sample 5", ""]]
    typed = {"title": "Spring meetup", "held_on": "2026-05-12", "file": (io.BytesIO(as_csv(rows, TABLE_HEADERS)), "old.csv")}

    there = browser.post("/workspace/earlier-meetups/import", data=typed)
    draft = db.session.scalars(sa.select(ImportDraft)).one()
    kept_of_student = [row["cells"][2] for row in draft.rows if row["cells"][4] == "Student"]
    first = browser.get(there.location).text
    columns = {f"column-{name}": index for name, index in draft.mapping["columns"].items()}
    mended = columns | {"typed-0": "Hogwarts", "meant-0": "Sample 6 Collegiate High School"}
    browser.post(there.location, data=mended | {"check": "1"})
    second = browser.get(there.location).text
    before = db.session.scalar(sa.select(sa.func.count()).select_from(EarlierMeetup))
    browser.post(there.location, data=mended | {"confirm": "5:1"})
    browser.post(there.location, data=mended | {"confirm": "5:1"})

    assert kept_of_student == ["Stuart S."]
    assert "2 rows need a look." in first
    assert "No school of the directory is called “Hogwarts”." in first
    assert "The table is empty." in second
    assert "Remember 5 conversations, leave out 1 row" in second
    assert before == 0
    meetup = db.session.scalars(sa.select(EarlierMeetup)).one()
    assert (meetup.title, meetup.held_on, meetup.conversations) == ("Spring meetup", date(2026, 5, 12), 5)
    stored = db.session.execute(sa.select(EarlierSeat.name_mark, EarlierSeat.email_mark)).all()
    assert sum(1 for name, _ in stored if not name) == 1  # the student
    assert not {"Leader", "Teacher", "Ana", "Ben"} & set(str(stored).split())
    assert db.session.scalars(sa.select(ImportDraft.rows)).one() == []


def test_same_list_again_changes_nothing_whatever_it_is_called_and_however_it_is_ordered(
    network: list[School], cast: SimpleNamespace, sign_in: SignIn
) -> None:  # fmt: skip
    keep_earlier()
    browser = sign_in(cast.organizer)
    pasted = "\n".join("\t".join(row) for row in [TABLE_HEADERS, *reversed(AT_TABLES)])

    there = browser.post("/workspace/earlier-meetups/import", data={"title": "Other", "held_on": "2025-01-08", "pasted": pasted})
    draft = db.session.scalars(sa.select(ImportDraft).order_by(ImportDraft.id.desc())).first()
    assert draft is not None
    columns = {f"column-{name}": index for name, index in draft.mapping["columns"].items()}
    answer = browser.post(there.location, data=columns | {"confirm": "4:0"})

    assert answer.status_code == 409
    assert "This list is kept already, as “Spring meetup” of May 12, 2026. Nothing was written; it would count twice." in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(EarlierMeetup)) == 1


def test_list_of_conversations_is_read_by_its_two_sides_and_can_be_taken_away_again(
    network: list[School], cast: SimpleNamespace, sign_in: SignIn
) -> None:  # fmt: skip
    browser = sign_in(cast.organizer)
    pasted = "Person A;School A;Person B;School B\nAna;Sample 1;Ben;Sample 2\nAna;Sample 1;Cleo;Sample 3"

    there = browser.post("/workspace/earlier-meetups/import", data={"title": "Old", "held_on": "2025-01-08", "pasted": pasted})
    columns = {"column-a_name": 0, "column-a_school": 1, "column-b_name": 2, "column-b_school": 3}
    browser.post(there.location, data=columns | {"confirm": "2:0"})
    kept = memory.held_meetups()
    page = browser.get("/workspace/earlier-meetups").text
    browser.post(f"/workspace/earlier-meetups/{memory.earlier_meetups()[0].public_id}/forget")

    assert [(held.held_on, held.conversations) for held in kept] == [(date(2025, 1, 8), 2)]
    assert "January 8, 2025" in page
    assert memory.held_meetups() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(EarlierSeat)) == 0


def test_of_each_kind_of_meetup_fifty_stand_on_a_page(held: Callable[..., Meetup], cast: SimpleNamespace, sign_in: SignIn) -> None:
    held()
    rows = [
        {"public_id": f"old{n:07}", "title": f"Old meetup {n}", "held_on": date(2024, 1, 1) + timedelta(days=n), "fingerprint": str(n),
         "conversations": n, "created_at": MONDAY}
        for n in range(60)
    ]  # fmt: skip
    with transaction():
        db.session.execute(sa.insert(EarlierMeetup), rows)
    browser = sign_in(cast.organizer)

    first = browser.get("/workspace/earlier-meetups").text
    second = browser.get("/workspace/earlier-meetups?of=imported&after=old0000010").text

    assert [[n for n in range(60) if f">Old meetup {n}<" in page] for page in (first, second)] == [list(range(10, 60)), list(range(10))]
    assert [page.count("Fall meetup") for page in (first, second)] == [1, 1]
    assert "/workspace/earlier-meetups?of=imported&amp;after=old0000010#imported" in first


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"held_on": "2090-05-12", "pasted": "a,b\n1,2"}, "This day is still to come."),
        ({"held_on": "2026-05-12"}, "Choose a file, or paste cells below."),
        ({"held_on": "2026-05-12", "pasted": "Table,School"}, "Below the headings there is no row."),
    ],
)
def test_list_that_cannot_be_kept_is_refused_with_what_would_work(
    cast: SimpleNamespace, sign_in: SignIn, typed: dict[str, str], sentence: str
) -> None:
    answer = sign_in(cast.organizer).post("/workspace/earlier-meetups/import", data={"title": "Old"} | typed)

    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert 'value="Old"' in answer.text


def visit_between(make_visit: Callable[..., Any], book: Callable[..., Any], host: School, guest: School) -> None:
    visit = make_visit(host)
    book(visit, 2, school_id=guest.id, organization=guest.name)
    with transaction():
        gathering = db.session.get_one(Gathering, visit.gathering_id)
        gathering.closes_at = gathering.starts_at = MONDAY - timedelta(days=1)
        gathering.ends_at = MONDAY - timedelta(hours=20)


def test_map_shows_who_talked_who_visited_and_who_never_met(
    held: Callable[..., Meetup], cast: SimpleNamespace, sign_in: SignIn, make_visit: Callable[..., Any], book: Callable[..., Any]
) -> None:
    held()
    visit_between(make_visit, book, cast.here, cast.member)
    browser = sign_in(cast.organizer)

    page = browser.get("/workspace/network-map").text
    bronx = browser.get("/workspace/network-map.csv?borough=Bronx&order=fewest").get_data(as_text=True)
    whole = browser.get("/workspace/network-map.csv").get_data(as_text=True).splitlines()

    # four schools at one meetup: six pairs; one visit; 43 schools are 903 pairs
    shown = network_map_of()
    assert (shown.network.tally.talked, shown.network.tally.visited, shown.network.tally.strangers) == (6, 1, 903 - 7)
    assert "Invite these two next" in page
    assert "43 schools" in page
    assert "Bronx Arena High School,Bronx,Harvest Collegiate High School,Manhattan,0,1,0" in whole
    assert "Sample 1 Collegiate High School,Bronx,Sample 2 Collegiate High School,Bronx,3,0,0" in whole
    assert len(whole) == 1 + 903
    assert "Manhattan" not in bronx


def network_map_of(**asked: Any) -> network.MapPage:
    return network.MapPage(network.Asked(**asked), now=datetime.now(UTC))


def test_map_is_narrowed_by_school_year_and_sorted_by_fewest_conversations(held: Callable[..., Meetup]) -> None:
    held()
    keep_earlier()

    fall, before = network_map_of(year=2026, order=network.Order.FEWEST), network_map_of(year=2025)

    assert {2026, 2025} <= set(fall.years)
    assert [school.short_name for school in list(fall.chosen.values())[-4:]] == ["Sample 1", "Sample 2", "Sample 3", "Sample 4"]
    assert sum(map(sum, before.matrix)) == 2 * 4
    assert network_map_of(year=2019).network.tally.talked == 0


def test_organizers_see_the_map_viewers_its_counts_and_nobody_else_anything(
    held: Callable[..., Meetup], cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient
) -> None:
    meetup = held()
    public_id = meetup.gathering.public_id
    pages = ["/workspace/network-map.csv", "/workspace/earlier-meetups", f"/workspace/meetups/{public_id}/memory",
             f"/workspace/meetups/{public_id}/what-if"]  # fmt: skip

    viewer = sign_in(cast.viewer).get("/workspace/network-map").text

    assert "pairs of schools have talked at a meetup" in viewer
    assert "Sample 1" not in viewer
    assert sign_in(cast.host).get("/workspace/network-map").status_code == 404
    assert client.get("/workspace/network-map").status_code == 302
    for page in pages:
        statuses = [sign_in(user).get(page).status_code for user in (cast.organizer, cast.administrator, cast.viewer, cast.host)]
        assert (page, statuses, client.get(page).status_code) == (page, [200, 200, 404, 404], 302)
