"""Private feeds: a host's visits with their seats, and a participant's rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import Grant, User
from scheduler.calendars import links, queries, service
from scheduler.calendars.models import FeedAddress
from scheduler.foundation import outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import raise_feeds
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups import plans
from scheduler.meetups import queries as meetup_queries
from scheduler.meetups import service as meetups
from scheduler.meetups.models import Meetup, Plan, Seating
from scheduler.registration import queries as registration
from scheduler.registration import service as parties
from scheduler.registration.models import Attendee, Registration
from scheduler.registration.service import Member
from scheduler.visits.models import Visit
from tests.calendars.conftest import Fetch
from tests.calendars.test_feeds import at_school, statements, store, texts
from tests.foundation.ical_rules import Component, parse
from tests.people import MONDAY

Make = Callable[..., Visit]
LATER = MONDAY + timedelta(hours=1)
WEEK_LATER = datetime(2026, 12, 9, 13, 0)


def path_of(app: Flask, address: FeedAddress | None) -> str:
    assert address is not None
    return links.private_url(address).removeprefix(app.config["BASE_URL"])


@pytest.fixture
def host_feed(app: Flask) -> Callable[[User], str]:
    """The path of somebody's own feed."""

    def make(user: User) -> str:
        service.make_host_address(user.id, now=MONDAY)
        return path_of(app, queries.host_address(user.id))

    return make


@pytest.fixture
def meetup(app: Flask, cast: SimpleNamespace) -> Meetup:
    """Two schools meet, two people each."""
    details = meetups.MeetupDetails(
        title="Fall meetup", description="", starts_wall=MONDAY.replace(tzinfo=None, month=12, hour=16), time_zone="America/New_York",
        ends_wall=MONDAY.replace(tzinfo=None, month=12, hour=18), place="131 6th Ave", capacity=40, rounds=3,
        format=meetups.Format.TABLES, table_size=4, team_most=6,
    )  # fmt: skip
    public_id = meetups.create_meetup(details, publish=True, actor="command:test", now=MONDAY)
    found = meetup_queries.meetup_or_404(public_id)
    for school, lead in ((cast.here, "ana"), (cast.there, "ben")):
        members = [Member(f"{lead.title()} Lead", "leader", f"{lead}@example.org"), Member(f"{lead.title()} Teacher", "teacher")]
        meetups.register_team(found.id, school.id, members, actor="command:test", now=MONDAY)
    return found


def attendees() -> list[Attendee]:
    return list(db.session.scalars(sa.select(Attendee).order_by(Attendee.id).execution_options(populate_existing=True)))


def publish(meetup: Meetup, tables: dict[Attendee, Sequence[int | None]], *, now: Any = LATER) -> None:
    """Publish a plan in which each sits at these tables, round by round."""
    with transaction():
        version = meetup_queries.last_version(meetup.id) + 1
        plan = Plan(
            meetup_id=meetup.id, version=version, rounds=3, seed=1, iterations=1, engine_version="1", fingerprint="", method="", problem={},
            metrics={}, bounds={}, seconds=0, created_at=MONDAY,
        )  # fmt: skip
        for attendee, own in tables.items():
            plan.seatings += [Seating(round=n, table=table, attendee_id=attendee.id) for n, table in enumerate(own, 1)]
        db.session.add(plan)
    plans.publish_plan(meetup.id, version, actor="command:test", now=now)


def feed_of(app: Flask, attendee: Attendee) -> str:
    service.make_participant_address(attendee.id, now=MONDAY)
    return path_of(app, queries.participant_address(attendee.id))


def shown(events: dict[str, Component]) -> list[tuple[str, str]]:
    return [(event["DTSTART"], texts(event)["SUMMARY"]) for event in events.values()]


def test_F12_a_host_sees_every_seat_of_their_own_schools_and_no_name(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any], fetch: Fetch, host_feed: Callable[[User], str]
) -> None:
    visit = make_visit(cast.there, place="", private_place="The blue door", capacity=12)
    make_visit(cast.here)
    make_visit(cast.there, publish=False)
    book(visit, 6, lead_name="Tess Teacher")
    book(visit, 3, lead_name="Ulla Visitor", lead_email="ulla@example.org")

    events = fetch(host_feed(cast.other_host), secrets=["Tess", "Ulla", "example.org\n", "Bronx Arena"])

    assert list(events) == [visit.gathering.uid]
    told = texts(events[visit.gathering.uid])
    assert told["DESCRIPTION"].startswith("9 of 12 seats taken\nWednesday, December 2, 9:00–11:30 am (New York time)\n")
    assert told["LOCATION"] == "The blue door"
    assert events[visit.gathering.uid]["URL"] == f"{app.config['BASE_URL']}/workspace/visits/{visit.gathering.public_id}"


def test_an_organizer_sees_every_visit_and_every_meetup_with_the_people_who_come(
    app: Flask, cast: SimpleNamespace, make_visit: Make, meetup: Meetup, fetch: Fetch, host_feed: Callable[[User], str]
) -> None:
    visits = {make_visit(school).gathering.uid for school in (cast.here, cast.there)}
    path, meetup_uid = host_feed(cast.organizer), meetup.gathering.uid
    before = fetch(path, secrets=["Ana", "Ben", "example.org\n"])

    meetups.register_team(meetup.id, cast.member.id, [Member("Cy Lead", "leader", "cy@example.org")], actor="command:test", now=LATER)

    after = fetch(path)
    assert set(before) == {*visits, meetup_uid}
    assert [texts(events[meetup_uid])["DESCRIPTION"].partition("\n")[0] for events in (before, after)] == [
        "4 of 40 seats taken", "5 of 40 seats taken",
    ]  # fmt: skip
    assert after[meetup_uid]["URL"] == f"{app.config['BASE_URL']}/workspace/meetups/{meetup.gathering.public_id}"
    assert set(fetch(host_feed(cast.host))) < visits


def test_H11_the_rights_are_those_of_the_person_at_the_moment_of_the_fetch(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, fetch: Fetch, host_feed: Callable[[User], str]
) -> None:
    here, there = (make_visit(school).gathering.uid for school in (cast.here, cast.there))
    path = host_feed(cast.host)
    seen = [set(fetch(path))]

    with transaction():
        user = db.session.get_one(User, cast.host.id)
        user.grants[0].school_id = cast.there.id
        raise_feeds([f"user:{user.id}"], now=LATER)
    seen.append(set(fetch(path)))
    with transaction():
        db.session.execute(sa.delete(Grant).where(Grant.user_id == cast.host.id))
    db.session.remove()

    assert seen == [{here}, {there}]
    assert client.get(path).status_code == 404


def test_an_address_is_stored_without_its_key_and_made_anew_by_a_second_press(app: Flask, cast: SimpleNamespace) -> None:
    first, second = (service.make_host_address(cast.host.id, now=MONDAY) for _ in range(2))

    rows = db.session.scalars(sa.select(FeedAddress)).all()
    stored = {str(value) for row in rows for value in vars(row).values()}
    assert [row.public_id for row in rows] == [second] != [first]
    assert path_of(app, rows[0]).rpartition("/")[2].removesuffix(".ics") not in stored
    assert [line.what for line in db.session.scalars(sa.select(AuditLine))].count("calendar address made") == 2


def test_a_hosts_feed_asks_the_database_as_often_for_fifty_visits_as_for_one(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, host_feed: Callable[[User], str]
) -> None:
    path, counts = host_feed(cast.host), []
    for amount in (1, 50):
        store(*(at_school(cast.here, 3, name=f"n{amount}-{n}") for n in range(amount)))
        with transaction():
            raise_feeds([f"host:{cast.here.id}"], now=MONDAY)
        db.session.remove()
        with statements() as asked:
            client.get(path)
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 10


def test_a_participant_sees_the_meetup_and_once_a_plan_is_published_their_own_rounds(app: Flask, meetup: Meetup, fetch: Fetch) -> None:
    ana, teacher, ben, _ = attendees()
    path = feed_of(app, ana)
    before = shown(fetch(path))

    publish(meetup, {ana: [7, None, 2], ben: [7, 1, 3], teacher: [5, 5, 5]})

    assert before == [("20261202T210000Z", "Fall meetup")]
    assert shown(fetch(path, secrets=["Ben", "Ana", "iSchool", "Table 5"])) == [
        ("20261202T210000Z", "Fall meetup"),
        ("20261202T210000Z", "Round 1: Table 7"),
        ("20261202T210730Z", "Round 2: you sit out"),
        ("20261202T211500Z", "Round 3: Table 2"),
    ]
    assert shown(fetch(feed_of(app, ben)))[1:] == [
        ("20261202T210000Z", "Round 1: Table 7"),
        ("20261202T210730Z", "Round 2: Table 1"),
        ("20261202T211500Z", "Round 3: Table 3"),
    ]


def test_S01_S02_a_new_plan_moves_rounds_on_and_cancels_those_it_no_longer_has(
    app: Flask, client: FlaskClient, meetup: Meetup, fetch: Fetch
) -> None:
    ana, _, ben, _ = attendees()
    path = feed_of(app, ana)
    publish(meetup, {ana: [7, 4, 2], ben: [7, 1, 3]})
    before, marked = fetch(path), client.get(path).headers["ETag"]

    publish(meetup, {ana: [6, 4], ben: [7, 1, 3]}, now=LATER + timedelta(minutes=5))

    after = fetch(path)
    assert list(after) == list(before)
    assert [summary for _, summary in shown(after)[1:]] == ["Round 1: Table 6", "Round 2: Table 4", "Canceled: Round 3: Table 2"]
    rounds = list(after)[1:]
    assert [int(after[uid]["SEQUENCE"]) > int(before[uid]["SEQUENCE"]) for uid in rounds] == [True] * 3
    assert [after[uid]["DTSTAMP"] > before[uid]["DTSTAMP"] for uid in rounds] == [True] * 3
    assert [after[uid]["CREATED"] for uid in after] == [before[uid]["CREATED"] for uid in before]
    assert client.get(path).headers["ETag"] != marked


def test_S01_whoever_is_taken_off_the_list_sees_everything_cancelled(app: Flask, meetup: Meetup, fetch: Fetch) -> None:
    ana, teacher, *_ = attendees()
    path = feed_of(app, teacher)
    publish(meetup, {ana: [7, 4, 2], teacher: [1, 2, 3]})
    before = fetch(path)

    meetups.remove_person(ana.registration_id, teacher.id, actor="command:test", now=LATER + timedelta(minutes=5))

    after = fetch(path)
    assert list(after) == list(before)
    assert {event["STATUS"] for event in after.values()} == {"CANCELLED"}
    assert [int(after[uid]["SEQUENCE"]) > int(before[uid]["SEQUENCE"]) for uid in after] == [True] * 4


def test_S03_a_meetup_that_is_moved_or_cancelled_takes_its_rounds_along(app: Flask, meetup: Meetup, fetch: Fetch) -> None:
    ana = attendees()[0]
    path = feed_of(app, ana)
    publish(meetup, {ana: [7, 4, 2]})
    before = fetch(path)

    meetups.cancel_meetup(meetup.id, "Snow", actor="command:test", now=LATER + timedelta(minutes=5))

    after = fetch(path)
    assert [event["STATUS"] for event in after.values()] == ["CANCELLED"] * 4
    assert [int(after[uid]["SEQUENCE"]) > int(before[uid]["SEQUENCE"]) for uid in after] == [True] * 4
    assert texts(after[f"{ana.public_id}-meetup@living-lab-scheduler"])["DESCRIPTION"].startswith("This is cancelled: Snow")


def test_a_participants_page_makes_and_replaces_their_address(app: Flask, client: FlaskClient, meetup: Meetup) -> None:
    ana, teacher, *_ = attendees()
    page = links.rounds_url(ana.public_id).removeprefix(app.config["BASE_URL"])
    empty = client.get(page)
    made = client.post(page)
    first = path_of(app, queries.participant_address(ana.id))
    publish(meetup, {ana: [7, None, 2]})
    full = client.get(page).get_data(as_text=True)
    client.post(page)

    assert (empty.status_code, made.status_code, made.location) == (200, 303, page)
    assert "The plan is not published yet." in empty.get_data(as_text=True)
    assert 'content="noindex"' in full
    assert [text in full for text in ("Round 1: Table 7", "Round 2: you sit out", "4:07 pm", first)] == [True] * 4
    assert [client.get(path).status_code for path in (first, path_of(app, queries.participant_address(ana.id)))] == [404, 200]
    wrong = [page[:-1] + ("y" if page.endswith("x") else "x"), page.replace(ana.public_id, teacher.public_id), "/calendars/rounds/nobody/x"]
    assert [client.open(path, method=method).status_code for path in wrong for method in ("GET", "POST")] == [404] * 6


def test_who_only_visits_has_no_rounds(app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make, book: Any) -> None:
    book(make_visit(cast.here), 1)
    visitor = attendees()[0]

    assert client.get(links.rounds_url(visitor.public_id).removeprefix(app.config["BASE_URL"])).status_code == 404


def test_mail_of_a_published_plan_leads_to_the_page_of_its_reader(app: Flask, client: FlaskClient, meetup: Meetup) -> None:
    ana = attendees()[0]
    publish(meetup, {ana: [7, 4, 2]})
    row = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.template == "meetups/mail/published")).one()

    letter = outbox.render(row)

    address = links.rounds_url(ana.public_id)
    assert address in letter.text
    assert address in letter.html
    assert address.rpartition("/")[2] not in str(row.facts)  # the key is made when the mail is; the outbox does not hold it
    assert client.get(address.removeprefix(app.config["BASE_URL"])).status_code == 200


def test_people_of_one_team_have_an_address_each(app: Flask, meetup: Meetup) -> None:
    ana, teacher, *_ = attendees()

    for owner in (ana, teacher, ana):
        feed_of(app, owner)

    owners = db.session.scalars(sa.select(FeedAddress.attendee_id).order_by(FeedAddress.attendee_id)).all()
    assert owners == [ana.id, teacher.id]


def party_feed(app: Flask, party: Registration) -> str:
    service.make_registration_address(party.id, now=MONDAY)
    return path_of(app, queries.registration_address(party.id))


def test_M13_a_partys_feed_follows_its_invitation_through_move_and_cancellation(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any], fetch: Fetch
) -> None:
    first, second = make_visit(cast.here), make_visit(cast.there, starts_wall=WEEK_LATER, ends_wall=WEEK_LATER + timedelta(hours=2))
    party = registration.registration_or_404(book(first, 2).public_id)
    path, party_id, target, seen = party_feed(app, party), party.id, second.gathering_id, []

    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: parties.move(party_id, target, wait_if_full=False, actor="link", now=LATER),
        lambda: parties.cancel(party_id, reason="", by="party", actor="link", now=LATER),
    ]
    for step in steps:
        step()
        db.session.remove()
        [event] = fetch(path).values()
        sent = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
        assert sent is not None
        letter = parse(outbox.render(sent).calendar or b"").inside[0]
        told = ("UID", "SEQUENCE", "DTSTART", "DTEND", "STATUS", "DTSTAMP", "SUMMARY", "DESCRIPTION")
        assert {name: event[name] for name in told} == {name: letter[name] for name in told}
        seen.append((event["UID"], int(event["SEQUENCE"]), event["STATUS"]))

    assert len({uid for uid, *_ in seen}) == 1
    assert [status for *_, status in seen] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [earlier[1] < later[1] for earlier, later in pairwise(seen)] == [True, True]


def test_a_party_that_waits_for_a_yes_has_an_empty_calendar(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any], fetch: Fetch
) -> None:
    visit = make_visit(cast.here, needs_approval=True)
    party = registration.registration_or_404(book(visit, 2, organization="Somewhere Else").public_id)
    path = party_feed(app, party)
    waiting = fetch(path)

    parties.cancel(party.id, reason="", by="party", actor="link", now=LATER)

    assert (waiting, fetch(path)) == ({}, {})


def test_a_partys_address_is_made_on_its_page_and_dies_with_a_second_press_and_with_its_links(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any]
) -> None:
    booked = book(make_visit(cast.here, in_days=9), 2)
    party = registration.registration_or_404(booked.public_id)
    press = f"/registrations/{booked.public_id}/calendar"
    strange = client.post(press).status_code
    with client.session_transaction() as session:
        session["parties"] = {booked.public_id: 0}

    pages, paths = [], []
    for _ in range(2):
        made = client.post(press)
        paths.append(path_of(app, queries.registration_address(party.id)))
        pages.append(client.get(made.location).get_data(as_text=True))
    answers = [client.get(path).status_code for path in paths]
    with transaction():
        db.session.get_one(Registration, party.id).link_round += 1
    db.session.remove()

    assert (strange, made.status_code, answers, client.get(paths[1]).status_code) == (404, 303, [404, 200], 404)
    assert [[path in page for path in paths] for page in pages] == [[True, False], [False, True]]


def test_last_fetch_is_shown_and_nothing_is_written_into_the_database_for_it(
    app: Flask, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], host_feed: Callable[[User], str]
) -> None:
    path, browser = host_feed(cast.host), sign_in(cast.host)
    before = browser.get("/calendars").get_data(as_text=True)
    wrong = app.test_client().get(path.replace(".ics", "x.ics")).status_code
    still = browser.get("/calendars").get_data(as_text=True)

    with statements() as asked:
        app.test_client().get(path)

    after = browser.get("/calendars").get_data(as_text=True)
    never, fetched = "No calendar program has fetched it yet.", "A calendar program last fetched it on"
    assert (wrong, [never in page for page in (before, still, after)], fetched in after) == (404, [True, True, False], True)
    assert [statement for statement in asked if not statement.lstrip().startswith(("SELECT", "BEGIN"))] == []
    service.make_host_address(cast.host.id, now=MONDAY)
    assert never in browser.get("/calendars").get_data(as_text=True)
