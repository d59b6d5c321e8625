"""Moves by hand in a draft version: priced, made, refused, taken back, locked and planned around (rules 3, 4, 6 and 8)."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.pairing.__main__ import ENGINE, answer
from scheduler.core.pairing.bounds import bounds
from scheduler.core.pairing.check import check
from scheduler.core.pairing.instance import read_problem, write_problem
from scheduler.core.pairing.plan import Plan as EnginePlan
from scheduler.core.pairing.plan import Round, Table, write_plan
from scheduler.core.pairing.score import score
from scheduler.core.pairing.wishes import Kind, Wish
from scheduler.core.refusal import Refusal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job
from scheduler.meetups import locks, plans, queries, versions
from scheduler.meetups.by_hand import queries as by_hand
from scheduler.meetups.by_hand import service
from scheduler.meetups.by_hand.service import Wanted
from scheduler.meetups.models import Format, Meetup, PlanState, Seating
from scheduler.meetups.plans import Settings
from scheduler.meetups.wishes import service as wishes
from tests.meetups.test_plans import engine_plan
from tests.people import MONDAY

FIRST = ("L0 L1 L2 L3", "T0 T1 T2 T3", "S0 S1 S2 S3")
SECOND = ("L0 T1 S2 L3", "L1 T2 S3 T0", "L2 T3 S0 S1")


@pytest.fixture
def desk(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> SimpleNamespace:
    """An organizer with a draft of two rounds for twelve people at three tables, the first of which has two seats more."""
    meetup = make_meetup(in_days=30, rounds=2)
    fill(meetup, 4, third="counselor")
    people = {f"{attendee.name[0]}{attendee.name[-1]}": attendee.public_id for attendee in queries.attendees_of(meetup.gathering_id)}
    wishes.add_wishes(meetup.id, [Wish(Kind.SEATS, table=1, seats=6)], user_id=cast.organizer.id, now=MONDAY)
    desk = SimpleNamespace(meetup=meetup, people=people, user_id=cast.organizer.id, client=sign_in(cast.organizer))
    desk.path = f"/workspace/meetups/{meetup.gathering.public_id}"
    keep(desk, 1, FIRST, SECOND)
    return desk


def keep(desk: SimpleNamespace, version: int, *rounds: tuple[str, ...]) -> None:
    """Keep a version whose seats are told by letters: leaders, teachers and students of schools 0 to 3."""
    attendees = queries.attendees_of(desk.meetup.gathering_id)
    problem = plans.asked_of(desk.meetup, attendees, Settings(len(rounds), Format.TABLES, 4)).problem
    plan = EnginePlan(
        tuple(
            Round(n, tuple(Table(f"T{t}", tuple(desk.people[one] for one in table.split())) for t, table in enumerate(tables, 1)))
            for n, tables in enumerate(rounds)
        )
    )
    result = {
        "plan": write_plan(plan), "metrics": asdict(score(problem, plan)), "bounds": asdict(bounds(problem)), "engine": ENGINE,
        "method": "search", "seed": version, "iterations": 1, "stopped_early": False,
    }  # fmt: skip
    payload = {"meetup_id": desk.meetup.id, "version": version, "problem": write_problem(problem)}
    plans.keep_plan(payload, result, seconds=0.1, user_id=desk.user_id, now=MONDAY)


def move(desk: SimpleNamespace, round: int, person: str, *, table: int | None = None, other: str | None = None, **more: int) -> None:
    wanted = Wanted(round, desk.people[person], table, desk.people[other] if other else None)
    facts = {"version": 1, "revision": queries.find_bare_plan(desk.meetup.id, more.get("version", 1)).revision} | more  # type: ignore[union-attr]
    service.move(desk.meetup.id, facts["version"], wanted, revision=facts["revision"], user_id=desk.user_id, now=MONDAY)


def seats(desk: SimpleNamespace, version: int = 1) -> dict[tuple[int, str], tuple[int | None, bool]]:
    """Table and lock of everybody in each round, by letters."""
    db.session.expire_all()
    letters = {public_id: letter for letter, public_id in desk.people.items()}
    plan = queries.find_plan(desk.meetup.id, version)
    assert plan is not None
    return {(one.round, letters[one.attendee.public_id]): (one.table, one.locked) for one in plan.seatings}


def told(text: str) -> list[str]:
    """What stands in the list of a price."""
    return [line.split("</li>")[0] for line in text.split("<ul data-says")[1].split("</ul>")[0].split("<li>")[1:]]


def test_two_change_places_and_counts_locks_history_and_audit_follow(desk: SimpleNamespace) -> None:
    before = seats(desk)

    move(desk, 2, "L0", other="S3")

    plan = queries.find_plan(desk.meetup.id, 1)
    assert plan is not None
    assert seats(desk) == before | {(2, "L0"): (2, True), (2, "S3"): (1, True)}
    problem = read_problem(plan.problem)
    assert check(problem, engine_plan(plan)) == []
    assert plan.metrics == asdict(score(problem, engine_plan(plan)))
    assert (plan.state, plan.revision) == (PlanState.DRAFT, 1)
    [made] = by_hand.moves_of(plan.id)
    assert (made.round, made.from_table, made.to_table, made.was_locked, made.created_by) == (2, 1, 2, False, desk.user_id)
    line = db.session.scalars(sa.select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line is not None
    assert (line.what, line.after) == (
        "moved by hand", {"version": 1, "round": 2, "attendees": [made.attendee_id, made.other_id], "from": 1, "to": 2},
    )  # fmt: skip


def test_price_is_shown_before_a_move_and_is_what_the_move_then_costs(desk: SimpleNamespace) -> None:
    address, ask = f"{desk.path}/plans/1", {"round": "2", "person": desk.people["L0"], "to": desk.people["T2"]}

    price = desk.client.get(f"{address}/price", query_string=ask)
    page = desk.client.get(f"{address}/move", query_string=ask).text
    made = desk.client.post(f"{address}/move", data=ask | {"revision": "0"})

    says = ["2 conversations within one school more: Leader 0 and Teacher 0; Teacher 2 and Stuart Student2."]
    assert price.json == {"refused": False, "says": says}
    assert told(page) == says
    assert "Leader 0 (table 1) and Teacher 2 (table 2) change places" in page
    assert (made.status_code, made.location) == (303, f"{address}/move?round=2#{desk.people['L0']}")
    assert seats(desk)[2, "L0"] == (2, True)


def test_rule_that_would_break_is_told_with_names_and_nothing_moves(desk: SimpleNamespace) -> None:
    """Rule 3: the price says it, and so does the move; what was chosen stays chosen."""
    apart = Wish(Kind.APART, (desk.people["L0"], desk.people["T2"]))
    wishes.add_wishes(desk.meetup.id, [apart], user_id=desk.user_id, now=MONDAY)
    keep(desk, 2, FIRST, SECOND)
    ask = {"round": "2", "person": desk.people["L0"], "to": desk.people["S3"]}

    price = desk.client.get(f"{desk.path}/plans/2/price", query_string=ask)
    refused = desk.client.post(f"{desk.path}/plans/2/move", data=ask | {"revision": "0"})
    full = desk.client.get(f"{desk.path}/plans/2/price", query_string=ask | {"to": "3"})

    assert price.json == {"refused": True, "says": ["Leader 0 and Teacher 2 are kept apart."]}
    assert refused.status_code == 409
    assert refused.text.count("Leader 0 and Teacher 2 are kept apart.") == 2
    assert f'<option selected value="{desk.people["L0"]}">' in refused.text
    assert full.json == {"refused": True, "says": ["Table 3 is full with 4 people. Change places with somebody there instead."]}
    assert seats(desk, 2) == {key: (table, False) for key, (table, _) in seats(desk).items()}


def test_somebody_goes_to_a_table_with_room_and_back_again_last_first(desk: SimpleNamespace) -> None:
    before, plan = seats(desk), queries.find_bare_plan(desk.meetup.id, 1)
    assert plan is not None
    metrics = dict(plan.metrics)
    move(desk, 1, "T0", table=1)
    move(desk, 1, "S0", other="T0")
    after_two = seats(desk)

    def back() -> None:
        revision = queries.find_bare_plan(desk.meetup.id, 1).revision  # type: ignore[union-attr]
        service.take_back(desk.meetup.id, 1, revision=revision, user_id=desk.user_id, now=MONDAY)

    back()
    after_one = seats(desk)
    back()

    assert (after_two[1, "S0"], after_two[1, "T0"]) == ((1, True), (3, True))
    assert (after_one[1, "S0"], after_one[1, "T0"]) == ((3, False), (1, True))
    assert seats(desk) == before
    assert plan.metrics == metrics
    with pytest.raises(Refusal, match="No move is left to take back"):
        back()


def test_second_of_two_organizers_is_told_and_moves_nothing(desk: SimpleNamespace) -> None:
    """Both opened the page at the same time; whoever presses later reads what happened."""
    move(desk, 1, "T0", table=1)
    ask = {"round": "1", "person": desk.people["S0"], "to": "1", "revision": "0"}

    second = desk.client.post(f"{desk.path}/plans/1/move", data=ask)
    again = desk.client.post(f"{desk.path}/plans/1/move", data=ask | {"revision": "1"})

    assert second.status_code == 409
    assert "Somebody else moved people in this version a moment ago." in second.text
    assert 'name="revision" value="1"' in second.text
    assert again.status_code == 303


def test_published_version_never_changes_but_its_copy_does(desk: SimpleNamespace) -> None:
    """Rule 6."""
    move(desk, 2, "L0", other="S3")
    plans.publish_plan(desk.meetup.id, 1, actor="user:1", now=MONDAY)
    before = seats(desk)

    page = desk.client.get(f"{desk.path}/plans/1/move").text
    refused = desk.client.post(
        f"{desk.path}/plans/1/move", data={"round": "1", "person": desk.people["T0"], "to": "1", "revision": "1"}
    )  # fmt: skip
    copied = desk.client.post(f"{desk.path}/plans/1/copy")
    move(desk, 1, "T0", table=1, version=2)

    assert "Copy version 1 and move people there" in page
    assert refused.status_code == 409
    assert "was published and never changes" in refused.text
    assert copied.location == f"{desk.path}/plans/2/move"
    copy = queries.find_plan(desk.meetup.id, 2)
    assert copy is not None
    assert (copy.state, copy.copied_from, copy.seed, len(by_hand.moves_of(copy.id))) == (PlanState.DRAFT, 1, 1, 2)
    assert seats(desk) == before
    assert seats(desk, 2) == before | {(1, "T0"): (1, True)}
    shown = desk.client.get(f"{desk.path}/plans/2").text
    assert "Changed by hand: 2 moves" in shown
    assert "its seed alone does not make it again" in shown


def test_copy_leaves_the_number_of_a_plan_that_is_being_made(desk: SimpleNamespace) -> None:
    plans.start_plan(desk.meetup.id, Settings(2, Format.TABLES, 4), user_id=desk.user_id, now=MONDAY)

    assert versions.copy_plan(desk.meetup.id, 1, user_id=desk.user_id, now=MONDAY) == 3


def test_another_version_is_planned_around_locks_which_hold_there_and_bind_nobody_once_unlocked(desk: SimpleNamespace) -> None:
    """Rule 8: moves made by hand are locked; the engine works around them."""
    move(desk, 1, "T0", table=1)
    move(desk, 2, "L0", other="S3")

    pressed = desk.client.post(f"{desk.path}/plans/1/around")
    job = db.session.scalars(sa.select(Job)).one()
    said = io.StringIO()
    answer({"problem": job.payload["problem"], "seed": 2, "time_limit": None, "iterations": 2_000}, said, threading.Event())
    plans.keep_plan(job.payload, json.loads(said.getvalue().splitlines()[-1])["result"], seconds=1, user_id=desk.user_id, now=MONDAY)

    assert pressed.status_code == 303
    locked = {key: table for key, (table, is_locked) in seats(desk, 2).items() if is_locked}
    assert locked == {(1, "T0"): 1, (2, "L0"): 2, (2, "S3"): 1}
    second = queries.find_plan(desk.meetup.id, 2)
    assert second is not None
    assert check(read_problem(second.problem), engine_plan(second)) == []
    assert locks.problem_of(second).pins == ()
    unlock = {"round": "2", "person": desk.people["L0"], "locked": "0"}
    assert desk.client.post(f"{desk.path}/plans/2/lock", data=unlock).status_code == 303
    assert seats(desk, 2)[2, "L0"] == (2, False)
    there = next(letter for (round, letter), (table, _) in seats(desk, 2).items() if round == 2 and table == 3)
    move(desk, 2, "L0", other=there, version=2)
    assert seats(desk, 2)[2, "L0"] == (3, True)


def test_locks_that_cannot_hold_with_the_wishes_are_named_and_can_be_unlocked_there(desk: SimpleNamespace) -> None:
    move(desk, 1, "T0", table=1)
    pinned = Wish(Kind.PIN, (desk.people["T0"],), 1, 3)
    wishes.add_wishes(desk.meetup.id, [pinned], user_id=desk.user_id, now=MONDAY)

    page = desk.client.post(f"{desk.path}/plans/1/around")

    assert page.status_code == 409
    assert "Teacher 0 is to sit at table 3 and at table 1 in round 1. Take one wish away." in page.text
    assert "Teacher 0 sits at table 1 in round 1." in page.text
    assert page.text.count("Unlock<") == 1
    assert db.session.scalars(sa.select(Job)).all() == []


def test_locking_twice_is_once_and_without_any_lock_nothing_is_planned_around(desk: SimpleNamespace) -> None:
    nothing = desk.client.post(f"{desk.path}/plans/1/around")
    for _ in range(2):
        service.lock(desk.meetup.id, 1, 1, desk.people["L0"], locked=True, user_id=desk.user_id, now=MONDAY)

    assert "Nobody is locked in this version." in nothing.text
    assert locks.locks_of(queries.find_bare_plan(desk.meetup.id, 1).id) == [locks.Lock(desk.people["L0"], 1, 1)]  # type: ignore[union-attr]
    lines = db.session.scalars(sa.select(AuditLine).where(AuditLine.what == "seat locked")).all()
    assert [line.after["locked"] for line in lines] == [True]


def test_versions_stand_side_by_side_with_counts_words_people_and_notes(desk: SimpleNamespace) -> None:
    """Rule 6: which is better in the first count that differs, and who sits elsewhere."""
    keep(desk, 2, FIRST, FIRST)
    desk.client.post(f"{desk.path}/plans/2/note", data={"note": "Everybody stays"})

    page = desk.client.get(f"{desk.path}/plans/compare?one=2&other=1").text
    same = desk.client.get(f"{desk.path}/plans/compare?one=1&other=1").text

    assert "Version 1 is better than version 2 in the first count that differs: conversations that repeat." in page
    assert "6 people have another table in round 2" in page
    assert "in round 1" not in page
    assert "Everybody stays" in page
    assert "The smallest share of new people that somebody meets, in 100" in page
    assert "beside" in same


def test_note_is_written_on_a_published_version_too_and_a_long_one_is_kept_on_the_page(desk: SimpleNamespace) -> None:
    plans.publish_plan(desk.meetup.id, 1, actor="user:1", now=MONDAY)

    saved = desk.client.post(f"{desk.path}/plans/1/note", data={"note": "The one with the band"}, follow_redirects=True)
    long = desk.client.post(f"{desk.path}/plans/1/note", data={"note": "x" * 301})

    assert "The one with the band" in saved.text
    assert long.status_code == 422
    assert "x" * 301 in long.text


def test_page_and_price_read_as_much_for_many_moves_as_for_few(
    desk: SimpleNamespace, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    ask = {"round": "2", "person": desk.people["L0"], "to": desk.people["T2"]}

    def statements() -> tuple[int, int]:
        page = count_statements(lambda: desk.client.get(f"{desk.path}/plans/1/move", query_string=ask))
        return page, count_statements(lambda: desk.client.get(f"{desk.path}/plans/1/price", query_string=ask))

    few = statements()
    move(desk, 1, "T0", table=1)
    move(desk, 1, "S0", other="T0")

    assert statements() == few


@pytest.mark.parametrize("page", ["plans/1/move", "plans/1/price?round=1", "plans/compare", "plans/1/note"])
def test_only_organizers_open_these_pages(
    desk: SimpleNamespace, cast: SimpleNamespace, client: FlaskClient, sign_in: Callable[[User], FlaskClient], page: str
) -> None:
    desk.client.get(f"{desk.path}/{page}")

    assert sign_in(cast.host).get(f"{desk.path}/{page}").status_code == 404
    assert client.get(f"{desk.path}/{page}").status_code in (302, 303, 404)


def test_erased_person_leaves_a_move_that_says_somebody_and_cannot_be_taken_back(desk: SimpleNamespace) -> None:
    move(desk, 1, "T0", table=1)
    with transaction():
        attendee_id = by_hand.moves_of(queries.find_bare_plan(desk.meetup.id, 1).id)[0].attendee_id  # type: ignore[union-attr]
        db.session.execute(sa.delete(Seating).where(Seating.attendee_id == attendee_id))

    with pytest.raises(Refusal, match="no longer where it brought them"):
        service.take_back(desk.meetup.id, 1, revision=1, user_id=desk.user_id, now=MONDAY)


def test_version_made_at_the_desk_is_changed_at_the_desk_alone(desk: SimpleNamespace) -> None:
    with transaction():
        queries.find_bare_plan(desk.meetup.id, 1).from_round = 2  # type: ignore[union-attr]

    page = desk.client.get(f"{desk.path}/plans/1/move")
    copied = desk.client.post(f"{desk.path}/plans/1/copy")

    assert "People are moved at the desk." in page.text
    assert "Copy version" not in page.text
    assert (copied.status_code, queries.last_version(desk.meetup.id)) == (409, 1)
    with pytest.raises(Refusal, match="made at the desk"):
        move(desk, 2, "L0", other="S3")
