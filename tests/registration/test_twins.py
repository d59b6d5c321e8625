"""Doubled names: found, merged after a preview, and two again within a day (registration rules 4 and 6)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.questions import Per, QuestionKind
from scheduler.core.refusal import Refusal
from scheduler.foundation import ticks
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.meetups import service as meetups
from scheduler.meetups.models import Meetup
from scheduler.registration import service as parties
from scheduler.registration.door import service as door
from scheduler.registration.models import (
    AccessNeeds,
    Answer,
    Attendee,
    Consent,
    ConsentAnswer,
    ConsentKind,
    Gathering,
    Merge,
    Person,
    Question,
    Registration,
)
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, Place
from scheduler.registration.service import Member
from scheduler.registration.twins import followers, plan, queries, service
from scheduler.schools.models import School
from scheduler.visits.models import Visit
from tests.meetups.conftest import details as meetup_details
from tests.people import MONDAY

DAY = timedelta(hours=24)
START = datetime.fromisoformat("2026-12-02T14:00:00+00:00")

Make = Callable[..., Visit]
Book = Callable[..., parties.Booked]
SignIn = Callable[[User], FlaskClient]


def party_of(booked: parties.Booked) -> Registration:
    return db.session.scalars(sa.select(Registration).where(Registration.public_id == booked.public_id)).one()


def name(party: Registration, *names: Named) -> None:
    """Give the free places of a party names."""
    free = [attendee for attendee in party.attendees if attendee.person is None]
    places = [Place(attendee.public_id, Named(""), typed) for attendee, typed in zip(free, names, strict=False)]
    people.name_people(party.id, places, actor="link", now=MONDAY)


def called(name: str, gathering_id: int) -> Attendee:
    """The one of that name on a list."""
    chosen = sa.select(Attendee).join(Attendee.person).join(Attendee.registration)
    return db.session.scalars(chosen.where(Person.name == name, Registration.gathering_id == gathering_id)).one()


def stored(*, but: str = "") -> dict[str, list[Any]]:
    """Every row of every table, as the database gives it without our models."""
    db.session.rollback()
    tables = [table for table in db.metadata.sorted_tables if table.name not in {"audit_lines", "merges", but}]
    with db.engine.connect() as connection:
        return {table.name: [tuple(row) for row in connection.exec_driver_sql(in_order(table))] for table in tables}


def in_order(table: sa.Table) -> str:
    return f"SELECT * FROM {table} ORDER BY {', '.join(column.name for column in table.primary_key)}"


def merge(gathering_id: int, stays: Attendee, goes: Attendee, *, now: datetime = MONDAY) -> Merge:
    gathering = db.session.get_one(Gathering, gathering_id)
    mark = plan.of_places(gathering, *queries.places(stays.id, goes.id), now=now).mark
    public_id = service.merge_places(gathering_id, stays.id, goes.id, mark=mark, actor="user:1", now=now)
    return db.session.scalars(sa.select(Merge).where(Merge.public_id == public_id)).one()


def merge_people(stays: Person, goes: Person, *, now: datetime = MONDAY) -> Merge:
    mark = plan.of_people(stays, goes, now=now).mark
    public_id = service.merge_people(stays.id, goes.id, mark=mark, actor="user:1", now=now)
    return db.session.scalars(sa.select(Merge).where(Merge.public_id == public_id)).one()


def consent(attendee: Attendee, answer: ConsentAnswer, kind: ConsentKind = ConsentKind.PHOTO) -> None:
    with transaction():
        db.session.add(
            Consent(
                attendee_id=attendee.id, kind=kind, version="2026-1", answer=answer, actor="link", by_attendee_id=attendee.id,
                created_at=MONDAY,
            )
        )  # fmt: skip


def tell(attendee: Attendee, question: Question, answer: str, needs: list[str], *, at: datetime = MONDAY) -> None:
    with transaction():
        db.session.add(AccessNeeds(attendee_id=attendee.id, needs=needs, note=answer, changed_at=at))
        db.session.add(
            Answer(
                question_id=question.id, registration_id=attendee.registration_id, attendee_id=attendee.id, given=[answer], changed_at=at
            )
        )


def ask(gathering_id: int, number: int = 1) -> Question:
    with transaction():
        question = Question(
            public_id=f"question{number:02}", key=f"key{number}", gathering_id=gathering_id, position=number, text="Lunch?",
            kind=QuestionKind.TEXT, per=Per.ATTENDEE, options=[], created_at=MONDAY,
        )  # fmt: skip
        db.session.add(question)
    return question


@pytest.fixture
def visit(cast: SimpleNamespace, make_visit: Make) -> Visit:
    return make_visit(cast.here, capacity=12)


@pytest.fixture
def twins(visit: Visit, book: Book) -> SimpleNamespace:
    """Ana leads a party; somebody else named her again in theirs, with one n more and another address."""
    ana = party_of(book(visit, 2, lead_name="Ana Pérez", lead_email="ana@example.org"))
    luis = party_of(book(visit, 3, lead_name="Luis Gómez", lead_email="luis@example.org"))
    name(luis, Named("PEREZ Anna", "teacher", "anna@example.org"))
    return SimpleNamespace(
        ana=called("Ana Pérez", visit.gathering_id), anna=called("PEREZ Anna", visit.gathering_id), first=ana, second=luis,
        gathering_id=visit.gathering_id,
    )  # fmt: skip


def test_every_reference_to_a_place_or_a_person_has_somebody_who_says_what_becomes_of_it(app: Flask) -> None:
    found = {
        (table.name, key.parent.name, key.column.table.name)
        for table in db.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in ("attendees", "people") and table.name != "merges"
    }

    assert {(table, column) for table, column, to in found if to == "attendees"} == followers.known()
    assert {(table, column) for table, column, to in found if to == "people"} == {("attendees", "person_id")}


def test_doubled_names_of_a_list_are_found_whatever_their_case_accents_and_order(twins: SimpleNamespace, visit: Visit) -> None:
    board = queries.board_of(visit.gathering, now=MONDAY)

    assert [(one.name, other.name) for one, other in board.pairs] == [("Ana Pérez", "PEREZ Anna")]


def test_place_that_goes_stays_booked_without_a_name_and_all_that_was_said_goes_over(twins: SimpleNamespace) -> None:
    lunch, way = ask(twins.gathering_id), ask(twins.gathering_id, 2)
    tell(twins.ana, lunch, "Nuts", ["seating"])
    tell(twins.anna, lunch, "No nuts", ["seating", "quiet_space"], at=MONDAY + timedelta(hours=1))
    with transaction():
        db.session.add(
            Answer(question_id=way.id, registration_id=twins.second.id, attendee_id=twins.anna.id, given=["Bus"], changed_at=MONDAY)
        )
    consent(twins.ana, ConsentAnswer.YES)
    consent(twins.anna, ConsentAnswer.NO)
    old_name = twins.anna.public_id

    merge(twins.gathering_id, twins.ana, twins.anna)

    ana, freed = queries.places(twins.ana.id, twins.anna.id)
    answers = {answer.question_id: answer for answer in db.session.scalars(sa.select(Answer))}
    needs = db.session.scalars(sa.select(AccessNeeds)).one()
    sizes = [db.session.get_one(Registration, party.id).party_size for party in (twins.first, twins.second)]
    assert (ana.name, ana.email, ana.role, ana.is_lead) == ("Ana Pérez", "ana@example.org", "teacher", True)
    assert (freed.person, freed.role, freed.consents) == (None, "", [])
    assert freed.public_id != old_name
    assert [(one.answer.value, one.by_attendee_id) for one in ana.consents] == [("yes", ana.id), ("no", ana.id)]
    assert {question: (one.attendee_id, one.registration_id, one.given) for question, one in answers.items()} == {
        lunch.id: (ana.id, twins.first.id, ["No nuts"]), way.id: (ana.id, twins.first.id, ["Bus"])
    }  # fmt: skip
    assert (needs.attendee_id, needs.needs, needs.note) == (ana.id, ["seating", "quiet_space"], "Nuts; No nuts")
    assert sizes == [2, 3]


def test_preview_says_exactly_what_will_happen(twins: SimpleNamespace, visit: Visit) -> None:
    consent(twins.anna, ConsentAnswer.NO)
    tell(twins.anna, ask(twins.gathering_id), "No nuts", ["seating"])

    planned = plan.of_places(visit.gathering, *queries.places(twins.ana.id, twins.anna.id), now=MONDAY)

    assert [str(sentence) for sentence in planned.says] == [
        "Ana Pérez stays on the list with the address ana@example.org, in the party of Ana Pérez.",
        "The place of PEREZ Anna in the party of Luis Gómez stays booked without a name: it keeps its 3 people, and its lead can name "
        "somebody else. 5 of 12 seats are taken, as before. To free the seat, make that party smaller afterwards.",
        "1 permission goes over.",
        "Being in pictures: no.",
        "1 answer goes over.",
        "What is needed at the place goes over.",
    ]


def test_who_was_checked_in_under_the_other_name_was_here(twins: SimpleNamespace) -> None:
    door.check_in(twins.gathering_id, [twins.anna.public_id], actor="user:1", now=START)

    merge(twins.gathering_id, twins.ana, twins.anna, now=START)

    ana, freed = queries.places(twins.ana.id, twins.anna.id)
    assert (ana.state.value, ana.arrived_at, freed.state.value, freed.arrived_at) == ("arrived", START, "expected", None)
    again = door.check_in(twins.gathering_id, [ana.public_id, freed.public_id], actor="user:1", now=START)
    assert [answer.result.value for answer in again] == ["already", "ok"]


def test_lead_always_stays(twins: SimpleNamespace) -> None:
    found = queries.places(twins.anna.id, twins.ana.id)

    assert [place.name for place in plan.in_turn(found[0], found[1])] == ["Ana Pérez", "PEREZ Anna"]


def test_what_cannot_be_one_is_refused_and_nothing_is_lost(twins: SimpleNamespace, visit: Visit, book: Book) -> None:
    other = party_of(book(visit, 2, lead_name="Ana Perez", lead_email="ana.perez@example.org"))
    name(other, Named("Ana Pereza", "student"))
    lead, student = other.attendees
    before = stored()

    def refused(one: Attendee, two: Attendee) -> str:
        with pytest.raises(Refusal) as refusal:
            plan.of_places(visit.gathering, *queries.places(one.id, two.id), now=MONDAY)
        return str(refusal.value)

    assert refused(twins.ana, lead) == (
        "Ana Pérez and Ana Perez each lead a booking here, and a booking needs its lead. "
        "Cancel one of the two bookings, and make the other larger where more people come."
    )
    assert refused(twins.anna, student) == (
        "PEREZ Anna and Ana P. are a student and an adult, so they are two people. If a role is wrong, change it first."
    )
    with pytest.raises(Refusal, match="the same entry"):
        plan.of_places(visit.gathering, twins.ana, twins.ana, now=MONDAY)
    assert stored() == before


def test_two_who_are_both_checked_in_are_refused_and_nothing_is_lost(twins: SimpleNamespace, visit: Visit) -> None:
    mark = plan.of_places(visit.gathering, twins.ana, twins.anna, now=START).mark
    door.check_in(twins.gathering_id, [twins.ana.public_id, twins.anna.public_id], actor="user:1", now=START)
    before = stored()

    with pytest.raises(Refusal) as refusal:
        service.merge_places(twins.gathering_id, twins.ana.id, twins.anna.id, mark=mark, actor="user:1", now=START)

    assert str(refusal.value) == (
        "Ana Pérez and PEREZ Anna are both checked in, so they are two people. "
        "If one check-in was a mistake, take it back at the door first."
    )
    assert stored() == before


def test_merge_that_is_not_what_was_shown_is_refused(twins: SimpleNamespace, visit: Visit) -> None:
    mark = plan.of_places(visit.gathering, *queries.places(twins.ana.id, twins.anna.id), now=MONDAY).mark
    consent(twins.anna, ConsentAnswer.NO)

    with pytest.raises(Refusal, match="changed since you looked"):
        service.merge_places(twins.gathering_id, twins.ana.id, twins.anna.id, mark=mark, actor="user:1", now=MONDAY)

    assert queries.places(twins.anna.id)[0].name == "PEREZ Anna"


def test_audit_log_has_ids_and_no_names(twins: SimpleNamespace) -> None:
    done = merge(twins.gathering_id, twins.ana, twins.anna)
    service.undo(done.id, actor="user:2", now=MONDAY)

    lines = db.session.scalars(
        sa.select(AuditLine).where(AuditLine.what.in_(["places merged", "merge undone"])).order_by(AuditLine.id)
    ).all()
    ids = {"stays": twins.ana.id, "goes": twins.anna.id}
    assert [(line.actor, line.about, line.before, line.after) for line in lines] == [
        ("user:1", f"gathering:{twins.gathering_id}", {}, ids), ("user:2", f"gathering:{twins.gathering_id}", ids, {})
    ]  # fmt: skip


def test_undo_is_refused_once_the_door_or_the_party_has_changed_one_of_the_two(twins: SimpleNamespace) -> None:
    done = merge(twins.gathering_id, twins.ana, twins.anna, now=START)
    door.check_in(twins.gathering_id, [twins.ana.public_id], actor="user:1", now=START)
    before = stored()

    with pytest.raises(Refusal, match="has changed since they were merged"):
        service.undo(done.id, actor="user:1", now=START)

    assert stored() == before


def test_place_that_was_given_to_somebody_else_is_not_taken_back(twins: SimpleNamespace) -> None:
    done = merge(twins.gathering_id, twins.ana, twins.anna)
    name(db.session.get_one(Registration, twins.second.id), Named("Mia Chen"))

    with pytest.raises(Refusal, match="has changed since"):
        service.undo(done.id, actor="user:1", now=MONDAY)


def test_after_a_day_nothing_is_undone_and_nothing_is_kept(twins: SimpleNamespace) -> None:
    gone, done = twins.anna.person_id, merge(twins.gathering_id, twins.ana, twins.anna)
    ticks.run_due(now=MONDAY + DAY - timedelta(seconds=1))
    assert db.session.get(Person, gone) is not None

    with pytest.raises(Refusal, match="for 24 hours"):
        service.undo(done.id, actor="user:1", now=MONDAY + DAY)
    ticks.run_due(now=MONDAY + DAY)

    db.session.rollback()
    assert db.session.scalars(sa.select(Merge)).all() == []
    assert db.session.get(Person, gone, populate_existing=True) is None


@pytest.mark.both_engines
def test_people_merge_everywhere_and_their_bookings_keep_their_mail(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    first, second = make_visit(cast.here), make_visit(cast.there)
    old = party_of(book(first, lead_name="Ana Perez", lead_email="ana@example.org"))
    new = party_of(book(second, 2, lead_name="Ana Pérez", lead_email="ana@school.example.org"))
    one, other = old.attendees[0].person, new.attendees[0].person
    assert one is not None
    assert other is not None

    pairs, more = queries.may_be_one()
    planned = plan.of_people(one, other, now=MONDAY)
    merge_people(one, other)

    db.session.rollback()
    merged = db.session.get_one(Registration, new.id, populate_existing=True)
    assert ([(a.person.name, b.person.name) for a, b in pairs], more) == ([("Ana Perez", "Ana Pérez")], False)
    assert [str(sentence) for sentence in planned.says] == [
        "Ana Perez stays, with the address ana@example.org.",
        "The address ana@school.example.org is not kept here. Whoever books with it again is a new entry.",
        "1 place goes over, with what was said and whether they came. No party changes its size.",
        "Mail about 1 booking still goes where the party wanted it.",
    ]
    assert [place.registration_id for place in queries.places_of(one.id)] == [old.id, new.id]
    assert (merged.lead_email, merged.party_size) == ("ana@school.example.org", 2)
    assert queries.may_be_one() == ([], False)


def test_people_who_both_come_to_one_gathering_are_merged_there_first(twins: SimpleNamespace) -> None:
    with pytest.raises(Refusal) as refusal:
        plan.of_people(twins.ana.person, twins.anna.person, now=MONDAY)

    assert str(refusal.value) == (
        "Ana Pérez and PEREZ Anna both stand on the list of Student-led conferences, start to finish, Wednesday, December 2. "
        "Merge them there first, so that one place remains."
    )


def test_undo_comes_in_turn_when_one_of_two_was_merged_again(
    cast: SimpleNamespace, make_visit: Make, twins: SimpleNamespace, book: Book
) -> None:
    elsewhere = party_of(book(make_visit(cast.there), lead_name="Ana Perez", lead_email="a@example.org"))
    first = merge(twins.gathering_id, twins.ana, twins.anna)
    before = stored()
    second = merge_people(twins.ana.person, elsewhere.attendees[0].person)

    with pytest.raises(Refusal, match="Undo that first"):
        service.undo(first.id, actor="user:1", now=MONDAY)
    service.undo(second.id, actor="user:1", now=MONDAY)

    assert stored() == before


@pytest.mark.both_engines
@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 60))])
def test_undo_leaves_every_table_as_it_was(seed: int, visit: Visit, book: Book, cast: SimpleNamespace, make_visit: Make) -> None:
    """Whatever was said, answered and done at the door before (rule 4)."""
    chance = random.Random(seed)
    questions = [ask(visit.gathering_id, number) for number in range(3)]
    for number in range(3):
        party = party_of(book(visit, 3, lead_name=f"Lead {number}", lead_email=f"lead.{number}@example.org"))
        name(party, Named("Ana Ruiz", chance.choice(["teacher", ""]), f"ana{number}@example.org"), Named(f"Other {number}"))
    book(make_visit(cast.there), lead_name="Ana Ruiz", lead_email="ana1@example.org")
    everybody = db.session.scalars(sa.select(Attendee).where(Attendee.person_id.is_not(None)).order_by(Attendee.id)).all()
    for attendee in everybody:
        for question in chance.sample(questions, chance.randrange(3)):
            if attendee.registration.gathering_id == visit.gathering_id:
                db.session.add(
                    Answer(
                        question_id=question.id, registration_id=attendee.registration_id, attendee_id=attendee.id,
                        given=[str(chance.random())], changed_at=MONDAY + timedelta(minutes=chance.randrange(90)),
                    )
                )  # fmt: skip
        if chance.random() < 0.6:
            db.session.add(AccessNeeds(attendee_id=attendee.id, needs=chance.sample(["seating", "captioning"], 1), changed_at=MONDAY))
        for _ in range(chance.randrange(3)):
            answer, by = chance.choice(list(ConsentAnswer)), chance.choice(everybody)
            db.session.add(
                Consent(
                    attendee_id=attendee.id, kind=ConsentKind.PHOTO, version="2026-1", answer=answer, actor="link", by_attendee_id=by.id,
                    created_at=MONDAY,
                )
            )  # fmt: skip
    db.session.commit()
    here = [one for one in everybody if one.name == "Ana Ruiz" and one.registration.gathering_id == visit.gathering_id]
    stays, goes = chance.sample(here, 2)
    came = chance.choice([stays, goes, None])
    if came is not None:
        door.check_in(visit.gathering_id, [came.public_id], actor="user:1", now=START)
    undone = chance.choice([one for one in (stays, goes) if one is not came])
    door.check_in(visit.gathering_id, [undone.public_id], actor="user:1", now=START)
    door.undo(visit.gathering_id, [undone.public_id], actor="user:1", now=START + timedelta(minutes=1))
    before = stored()

    done = merge(visit.gathering_id, stays, goes, now=START + timedelta(minutes=2))
    assert stored() != before
    service.undo(done.id, actor="user:1", now=START + DAY)

    assert stored() == before


@pytest.fixture
def meetup(app: Flask) -> Meetup:
    public_id = meetups.create_meetup(meetup_details(), publish=True, actor="command:test", now=MONDAY)
    return db.session.scalars(sa.select(Meetup).join(Meetup.gathering).where(Gathering.public_id == public_id)).one()


@pytest.mark.both_engines
def test_at_a_meetup_one_comes_off_the_team_its_seat_is_free_and_undo_brings_all_back(
    meetup: Meetup, make_school: Callable[..., School]
) -> None:
    for school, names in (("First School", ["Fay Lead", "Ana Ruiz"]), ("Second School", ["Sam Lead", "Ana Ruíz", "Third Person"])):
        members = [Member(one, "teacher", f"{one.replace(' ', '.')}@example.org".lower()) for one in names]
        meetups.register_team(meetup.id, make_school(school).id, members, actor="command:test", now=MONDAY)
    stays, goes = called("Ana Ruiz", meetup.gathering_id), called("Ana Ruíz", meetup.gathering_id)
    versions = "feed_versions"  # they go on: what was fetched meanwhile is not what stands there now
    before, team_id, name_before = stored(but=versions), goes.registration_id, goes.public_id

    planned = plan.of_places(meetup.gathering, *queries.places(stays.id, goes.id), now=MONDAY)
    done = merge(meetup.gathering_id, stays, goes)

    left = db.session.get_one(Registration, team_id)
    alone = queries.places(goes.id)[0]
    assert str(planned.says[1]) == (
        "Ana Ruíz comes off the team of Second School, which has 2 people then. Of 200 seats 4 are taken, one less than before."
    )
    assert (left.party_size, [one.name for one in left.attendees]) == (2, ["Sam Lead", "Third Person"])
    assert (alone.registration.is_cancelled, alone.name, alone.public_id) == (True, "Ana Ruíz", name_before)
    service.undo(done.id, actor="user:1", now=MONDAY)
    assert stored(but=versions) == before


# Pages


@pytest.fixture
def soon(cast: SimpleNamespace, make_visit: Make, book: Book) -> SimpleNamespace:
    """The same two on the list of a visit a month from now."""
    visit = make_visit(cast.here, in_days=30)
    now = visit.gathering.created_at
    book(visit, lead_name="Ana Pérez", lead_email="ana@example.org", now=now)
    luis = party_of(book(visit, 2, lead_name="Luis Gómez", lead_email="luis@example.org", now=now))
    name(luis, Named("Perez Anna"))
    ana, anna = called("Ana Pérez", visit.gathering_id), called("Perez Anna", visit.gathering_id)
    page = f"/workspace/gatherings/{visit.gathering.public_id}/merge/{ana.public_id}/{anna.public_id}"
    return SimpleNamespace(visit=visit, ana=ana, anna=anna, page=page, manage=f"/workspace/visits/{visit.gathering.public_id}")


def mark_in(html: str) -> str:
    found = re.search(r'name="mark" value="(\w+)"', html)
    assert found is not None
    return found[1]


def test_host_reads_what_happens_merges_and_undoes(soon: SimpleNamespace, cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    listed = host.get(soon.manage).text
    preview = host.get(soon.page).text

    merged = host.post(soon.page, data={"mark": mark_in(preview)}, follow_redirects=True).text
    undo = re.search(r"/workspace/merges/\w+/undo", merged)
    assert undo is not None
    again = host.post(soon.page, data={"mark": "pressed twice"})
    undone = host.post(undo[0], follow_redirects=True).text

    assert "1 name may be on the list twice" in listed
    assert soon.page in listed
    assert "Perez Anna is merged into Ana Pérez. You can undo it for 24 hours." in merged
    assert "may be on the list twice" not in merged
    assert (again.status_code, again.location) == (303, soon.manage)
    assert "Undone. Both are as they were." in undone
    assert "1 name may be on the list twice" in undone
    assert host.post(undo[0]).status_code == 404


def test_merge_of_two_who_are_checked_in_meanwhile_gets_a_sentence(soon: SimpleNamespace, cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    mark = mark_in(host.get(soon.page).text)
    starts = soon.visit.gathering.starts_at
    door.check_in(soon.visit.gathering_id, [soon.ana.public_id, soon.anna.public_id], actor="user:1", now=starts)

    refused = host.post(soon.page, data={"mark": mark})

    assert refused.status_code == 409
    assert "both checked in, so they are two people" in refused.text
    assert 'name="mark"' not in refused.text


def test_undo_that_came_too_late_gets_a_sentence(soon: SimpleNamespace, cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    host.post(soon.page, data={"mark": mark_in(host.get(soon.page).text)})
    with transaction():
        done = db.session.scalars(sa.select(Merge)).one()
        done.created_at -= DAY

    late = host.post(f"/workspace/merges/{done.public_id}/undo")

    assert late.status_code == 409
    assert "A merge can be undone for 24 hours" in late.text


@pytest.mark.parametrize("who", ["other_host", "viewer", "nobody"])
def test_doubled_names_are_for_the_hosts_of_that_school_and_organizers(
    app: Flask, soon: SimpleNamespace, cast: SimpleNamespace, sign_in: SignIn, who: str
) -> None:
    done = merge(soon.visit.gathering_id, soon.ana, soon.anna, now=soon.visit.gathering.created_at)
    client = app.test_client() if who == "nobody" else sign_in(getattr(cast, who))

    statuses = [
        client.get(soon.page).status_code, client.post(soon.page).status_code,
        client.post(f"/workspace/merges/{done.public_id}/undo").status_code, client.get("/workspace/doubles").status_code,
    ]  # fmt: skip

    hidden = 302 if who == "nobody" else 404
    assert statuses == [hidden, 404, 404, hidden]
    assert "Perez Anna" not in app.test_client().get(f"/visits/{soon.visit.gathering.public_id}").text


def test_organizer_merges_people_of_the_network_and_a_host_does_not(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    for school, address in ((cast.here, "ana@example.org"), (cast.there, "ana.p@example.org")):
        visit = make_visit(school, in_days=30)
        book(visit, lead_name="Ana Pérez", lead_email=address, now=visit.gathering.created_at)
    organizer, host = sign_in(cast.organizer), sign_in(cast.host)
    listed = organizer.get("/workspace/doubles").text
    link = re.search(r"/workspace/doubles/\w+/\w+", listed)
    assert link is not None
    preview = organizer.get(link[0]).text

    refused = host.get(link[0]).status_code
    merged = organizer.post(link[0], data={"mark": mark_in(preview)}, follow_redirects=True).text
    undo = re.search(r"/workspace/merges/\w+/undo", merged)
    assert undo is not None

    assert "1 pair" in listed
    assert "Nobody stands here twice." in merged
    assert (refused, host.post(undo[0]).status_code) == (404, 404)
    assert "1 pair" in organizer.post(undo[0], follow_redirects=True).text


def test_list_of_the_network_takes_as_many_statements_for_many_as_for_few(
    cast: SimpleNamespace, make_visit: Make, book: Book, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    visit = make_visit(cast.here, capacity=40)

    def look() -> int:
        db.session.rollback()
        return count_statements(queries.may_be_one)

    for number in range(2):
        book(visit, lead_name="Ana Pérez", lead_email=f"ana{number}@example.org")
    few = look()
    for number in range(2, 6):
        book(visit, lead_name="Ana Pérez", lead_email=f"ana{number}@example.org")

    assert (few, look()) == (3, 3)
