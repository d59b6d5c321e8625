"""Plans: made by a job in a process of its own, kept as versions, published one at a time."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from scheduler.accounts.models import User
from scheduler.calendars import queries as calendars
from scheduler.core.pairing.check import check
from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.plan import Plan as EnginePlan
from scheduler.core.pairing.plan import Round, Table
from scheduler.core.refusal import Refusal
from scheduler.foundation import jobs, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups import engine, plans, queries, service
from scheduler.meetups.models import Format, Meetup, Plan, PlanState, Seating
from scheduler.meetups.plans import Settings
from scheduler.meetups.results import Result
from scheduler.meetups.timing import round_span
from scheduler.registration.models import ConsentAnswer
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, Place, Told, named_as
from scheduler.registration.service import Member
from scheduler.schools.models import School
from tests.meetups.conftest import SCHOOLS
from tests.people import MONDAY

THREE_ROUNDS = {"rounds": "3", "format": "tables", "table_size": "4"}


def engine_plan(plan: Plan) -> EnginePlan:
    """A kept plan as the engine's checker wants it."""
    rounds = []
    for number in range(1, plan.rounds + 1):
        tables: dict[int, list[str]] = {}
        for seating in plan.seatings:
            if seating.round == number and seating.table is not None:
                tables.setdefault(seating.table, []).append(seating.attendee.public_id)
        out = tuple(s.attendee.public_id for s in plan.seatings if s.round == number and s.table is None)
        rounds.append(Round(number - 1, tuple(Table(f"T{table}", tuple(people)) for table, people in sorted(tables.items())), out))
    return EnginePlan(tuple(rounds))


def test_six_rounds_of_tables_of_four_for_120_people_are_planned_without_a_repeat(
    make_meetup: Callable[..., Meetup], network: list[School], make_plan: Callable[..., Result]
) -> None:
    meetup = make_meetup(rounds=6)
    for n, school in enumerate(network):
        members = [Member(f"Sample Visitor{n + k * SCHOOLS}", role) for k, role in enumerate(("leader", "teacher", "student"))]
        service.register_team(meetup.id, school.id, members, actor="command:test", now=MONDAY)

    result = make_plan(meetup)

    assert check(read_problem(result.plan.problem), engine_plan(result.plan)) == []
    assert result.plan.problem["students_have_company"] is True
    assert (result.metrics["repeat_meetings"], result.metrics["same_school_meetings"]) == (0, 0)
    assert str(result.headline) == "Everyone meets 18 new people."
    assert str(result.summary) == "120 people from 40 schools, 6 rounds, 30 tables of 4."
    assert [figure.value for figure in result.figures] == ["0", "0", "18 of 18"]
    least = "0 is the least possible"
    assert [str(figure.proof) for figure in result.figures] == [least, least, "nobody can do better"]


def test_plan_keeps_all_that_makes_it_again(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    plan = make_plan(meetup).plan

    request = {"problem": plan.problem, "seed": plan.seed, "iterations": plan.iterations, "time_limit": None}
    again = engine.ask(request, lambda progress: False)

    kept = {(s.round, s.table, s.attendee.public_id) for s in plan.seatings}
    made = {
        (round["round"] + 1, int(group["table"][1:]), member)
        for round in again["plan"]["rounds"]
        for group in round["groups"]
        for member in group["members"]
    }
    assert made == kept
    assert plan.state == PlanState.DRAFT
    assert "Leader" not in str(plan.problem)


def test_pairs_let_a_student_and_an_adult_talk_and_say_so(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result],
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient],
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30)
    fill(meetup, 5)

    result = make_plan(meetup, settings=Settings(4, Format.PAIRS, 4))
    page = sign_in(cast.organizer).get(f"/workspace/meetups/{meetup.gathering.public_id}/plan").text

    assert result.plan.problem["students_have_company"] is False
    assert str(result.tables) == "6 pairs and one trio"
    assert "In pairs one student and one adult may talk with each other" in page


def test_two_who_press_at_once_get_one_plan_and_the_second_is_told(
    app: Flask, make_meetup: Callable[..., Meetup], fill: Callable[..., None]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    meetup_id, settings, answers = meetup.id, plans.settings_of(meetup), []
    ready = threading.Barrier(4)

    def press() -> None:
        with app.app_context():
            ready.wait()
            answers.append(plans.start_plan(meetup_id, settings, user_id=1, now=MONDAY))
            db.session.remove()

    pressing = [threading.Thread(target=press) for _ in range(4)]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()

    assert sorted(answer.is_new for answer in answers) == [False, False, False, True]
    assert len({answer.job for answer in answers}) == 1
    assert jobs.run_due() == 1
    assert [plan.version for plan in queries.plans_of(meetup_id)] == [1]


def test_page_tells_the_second_who_presses(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    meetup = make_meetup(in_days=30)
    fill(meetup)
    address = f"/workspace/meetups/{meetup.gathering.public_id}/plan"
    typed = {"rounds": "3", "format": "tables", "table_size": "4"}

    first = sign_in(cast.organizer).post(address, data=typed)
    second = sign_in(cast.administrator).post(address, data=typed, follow_redirects=True)

    assert first.status_code == 303
    assert "Somebody pressed Plan a moment ago. This is that plan." in second.text
    assert "3 rounds for 24 people, version 1" in second.text


def test_progress_page_leads_to_the_plan_once_it_is_there(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    meetup, client = make_meetup(in_days=30), sign_in(cast.organizer)
    fill(meetup)
    pressed = client.post(f"/workspace/meetups/{meetup.gathering.public_id}/plan", data=THREE_ROUNDS)

    waiting = client.get(pressed.location)
    part = client.get(pressed.location + "?part=1")
    same = client.get(pressed.location + "?part=1", headers={"If-None-Match": part.headers["ETag"]})
    jobs.run_due()
    there = client.get(pressed.location)
    done = client.get(pressed.location + "?part=1", headers={"If-None-Match": part.headers["ETag"]})

    assert '<meta http-equiv="refresh" content="2">' in waiting.text
    assert "<progress" in part.text
    assert (part.status_code, same.status_code, same.data) == (200, 304, b"")
    assert (there.status_code, there.location) == (303, f"/workspace/meetups/{meetup.gathering.public_id}/plans/1")
    assert "See version 1" in done.text


def test_stopped_search_keeps_the_best_plan_so_far(make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> None:
    meetup = make_meetup()
    fill(meetup, 40, third="counselor")
    plans.start_plan(meetup.id, Settings(12, Format.TABLES, 12), user_id=1, now=MONDAY)
    job = db.session.query(Job).one()
    plans.stop_plan(job.id)

    jobs.run_due()

    plan = queries.find_plan(meetup.id, 1)
    assert plan is not None
    assert plan.stopped_early is True
    assert check(read_problem(plan.problem), engine_plan(plan)) == []


def test_job_of_a_killed_worker_is_done_again_without_a_second_version(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    plans.start_plan(meetup.id, plans.settings_of(meetup), user_id=1, now=MONDAY)
    job_id = db.session.query(Job).one().id
    jobs.run_due()
    with transaction():
        db.session.execute(sa.update(Job).where(Job.id == job_id).values(state=JobState.WAITING, lease_until=None))

    assert jobs.run_due() == 1

    assert [plan.version for plan in queries.plans_of(meetup.id)] == [1]


def test_person_who_leaves_while_the_plan_is_made_makes_it_be_refused(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    meetup, client = make_meetup(in_days=30), sign_in(cast.organizer)
    fill(meetup)
    started = plans.start_plan(meetup.id, plans.settings_of(meetup), user_id=1, now=MONDAY)
    service.remove_team(queries.teams_of(meetup.gathering_id)[0].id, "", actor="user:1", now=MONDAY)

    jobs.run_due()
    page = client.get(f"/workspace/meetups/{meetup.gathering.public_id}/plan/{started.job}")

    assert queries.plans_of(meetup.id) == []
    assert "Somebody was taken off the list while the plan was made. Plan again." in page.text


def test_wishes_that_clash_are_refused_with_their_sentence(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    meetup = make_meetup(in_days=30)
    fill(meetup, 1)

    answer = sign_in(cast.organizer).post(
        f"/workspace/meetups/{meetup.gathering.public_id}/plan", data={"rounds": "7", "format": "tables", "table_size": "5"}
    )

    assert answer.status_code == 409
    assert "Tables need at least 4 people, and there are 3. Plan pairs instead, or wait for more" in answer.text
    assert 'value="7"' in answer.text
    assert db.session.query(Job).count() == 0


def test_more_rounds_than_fit_are_refused(make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> None:
    meetup = make_meetup()
    fill(meetup)

    with pytest.raises(Refusal, match="only 16 rounds fit"):
        plans.start_plan(meetup.id, Settings(17, Format.TABLES, 4), user_id=1, now=MONDAY)


@pytest.mark.parametrize(
    "typed", [{"rounds": "0"}, {"rounds": "41"}, {"rounds": "١٢"}, {"rounds": "1_0"}, {"table_size": "2"}, {"format": "x"}]
)
def test_wrong_numbers_get_a_sentence_at_their_field(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient],
    typed: dict[str, str],
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30)
    fill(meetup)
    name, value = next(iter(typed.items()))

    answer = sign_in(cast.organizer).post(f"/workspace/meetups/{meetup.gathering.public_id}/plan", data=THREE_ROUNDS | typed)

    assert answer.status_code == 422
    assert f'<a href="#{name}">' in answer.text
    assert name == "format" or f'value="{value}"' in answer.text


def test_publishing_replaces_the_version_before_and_mails_everybody_their_tables(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    make_plan(meetup)
    make_plan(meetup)
    earlier = set(db.session.scalars(sa.select(OutboxMail.id)))

    first = plans.publish_plan(meetup.id, 1, actor="user:1", now=MONDAY)
    again = plans.publish_plan(meetup.id, 1, actor="user:1", now=MONDAY)
    second = plans.publish_plan(meetup.id, 2, actor="user:1", now=MONDAY)

    mails = [mail for mail in db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)) if mail.id not in earlier]
    assert (first, again, second) == (16, 0, 16)
    assert {plan.version: plan.state for plan in queries.plans_of(meetup.id)} == {1: PlanState.REPLACED, 2: PlanState.PUBLISHED}
    assert [mail.facts["replaces"] for mail in mails] == [False] * 16 + [True] * 16
    rendered = outbox.render(mails[0])
    assert rendered.subject == "Your tables: Fall meetup, Thursday, December 3"
    tables = [round["table"] for round in mails[0].facts["rounds"]]
    times = ("4:00", "4:07", "4:15")
    lines = [f"Round {n}, {time} pm: Table {table}" for n, time, table in zip(range(1, 4), times, tables, strict=True)]
    assert [line for line in rendered.text.splitlines() if line.startswith("Round")] == lines


def test_database_takes_no_second_published_plan(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    make_plan(meetup)
    make_plan(meetup)

    with pytest.raises(IntegrityError), transaction():
        db.session.execute(sa.update(Plan).where(Plan.meetup_id == meetup.id).values(state=PlanState.PUBLISHED))


def test_published_version_stays_as_it_is_when_somebody_leaves(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result], cast: SimpleNamespace,
    sign_in: Callable[[User], FlaskClient],
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30)
    fill(meetup)
    make_plan(meetup)
    plans.publish_plan(meetup.id, 1, actor="user:1", now=MONDAY)
    seats = db.session.scalar(sa.select(sa.func.count()).select_from(Seating))
    team = queries.teams_of(meetup.gathering_id)[0]

    service.remove_person(team.id, team.attendees[1].id, actor="user:1", now=MONDAY)
    page = sign_in(cast.organizer).get(f"/workspace/meetups/{meetup.gathering.public_id}/plans/1").text

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Seating)) == seats
    assert "1 person left it." in page
    assert len(queries.attendees_of(meetup.gathering_id)) == 23


def test_rounds_of_a_person_say_when_where_and_with_whom(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result]
) -> None:
    meetup = make_meetup()
    fill(meetup)
    somebody = queries.attendees_of(meetup.gathering_id)[0]
    before = calendars.rounds_of(somebody, MONDAY)
    result = make_plan(meetup)
    plans.publish_plan(meetup.id, 1, actor="user:1", now=MONDAY)

    rounds = calendars.rounds_of(somebody, MONDAY)
    route = result.route(result.seated[somebody.id])
    spans = [round_span(meetup.gathering.starts_at, round.number, round.talks) for round in rounds]

    assert before == []
    assert [(round.number, round.table) for round in rounds] == [(stop.round, stop.table) for stop in route]
    assert [round.number for round in rounds] == [1, 2, 3]
    assert [f"{starts_at:%H:%M:%S}" for starts_at, _ in spans[:3]] == ["21:00:00", "21:07:30", "21:15:00"]
    assert {ends_at - starts_at for starts_at, ends_at in spans} == {timedelta(minutes=6)}
    assert [len(stop.company) for stop in route] == [3] * 3
    assert len({other.key for stop in route for other in stop.company}) == 9


def test_pages_of_a_plan_show_tables_schools_a_route_and_papers(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result], cast: SimpleNamespace,
    sign_in: Callable[[User], FlaskClient],
) -> None:  # fmt: skip
    meetup, client = make_meetup(in_days=30), sign_in(cast.organizer)
    fill(meetup)
    result = make_plan(meetup)
    person = result.everybody[0]
    base = f"/workspace/meetups/{meetup.gathering.public_id}"
    told = Told(photo=ConsentAnswer.YES)
    people.describe(person.attendee.registration_id, person.key, told, actor="link", now=datetime.now(UTC))

    plan = client.get(f"{base}/plans/1?person={person.key}").text
    cards = client.get(f"{base}/cards").text
    sheets = client.get(f"{base}/sheets").text

    assert str(result.headline) in plan
    assert plan.count("<h3>Table ") == 18
    assert "Which schools meet" in plan
    assert f"<h3>{person.name}, {person.school}</h3>" in plan
    assert "Stuart S." in plan
    assert "Student0" not in plan
    assert cards.count('<li class="card">') == 24
    assert sheets.count('class="table-sheet"') == 6
    assert (cards.count("no photos"), sheets.count("no photos")) == (23, 3 * 23)  # all but the one who said yes (registration rule 3)
    assert client.get(f"{base}/plans/2").status_code == 404
    team = queries.teams_of(meetup.gathering_id)[0]
    stays, *others = [Place(one.public_id, named_as(one), named_as(one)) for one in team.attendees]
    people.name_people(team.id, [replace(stays, typed=Named("Nora Neighbor")), *others], actor="link", now=datetime.now(UTC))
    assert "Nora Neighbor" in client.get(f"{base}/plans/1").text  # whoever comes instead has the seats (registration rule 2)
    assert client.get(f"{base}/plans/99999999999999999999").status_code == 404
    assert client.get(f"{base}/cards?version=7").status_code == 200


def test_draft_meetup_publishes_no_plan(make_meetup: Callable[..., Meetup]) -> None:
    meetup = make_meetup(publish=False)

    with pytest.raises(Refusal, match="Publish the meetup first"):
        plans.publish_plan(meetup.id, 1, actor="user:1", now=MONDAY)


def test_engine_that_refuses_gives_its_sentence() -> None:
    people = [{"id": name, "role": "student" if name == "ana" else "teacher", "school": name} for name in ("ana", "ben", "cleo", "dora")]
    problem = {"rounds": 1, "seating": {"mode": "size", "size": 4}, "participants": people, "students_have_company": True}

    with pytest.raises(Refusal, match="neither a second student nor an adult of the same school"):
        engine.ask({"problem": problem, "seed": 1, "time_limit": 10}, lambda progress: False)


def test_engine_ends_by_itself_when_whoever_asked_is_gone() -> None:
    people = [{"id": f"p{n}", "school": f"s{n % 9}"} for n in range(120)]
    problem = {"rounds": 12, "seating": {"mode": "size", "size": 12}, "participants": people}
    asked = subprocess.Popen(engine.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert asked.stdin is not None
    assert asked.stdout is not None
    print(json.dumps({"problem": problem, "seed": 1, "time_limit": 120}), file=asked.stdin, flush=True)
    asked.stdout.readline()

    asked.stdout.close()
    asked.stdin.close()

    assert asked.wait(timeout=20) == 1
    assert asked.stderr is not None
    assert asked.stderr.read() == ""
    asked.stderr.close()
