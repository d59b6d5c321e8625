"""After a visit: who is asked when, what hosts learn and what they do not, and what there is to read (visits rules 18 and 20)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation import clock, outbox, ticks
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import links, queries
from scheduler.registration.models import Attendee, AttendeeState, Gathering, Person, Registration
from scheduler.registration.service import Booked
from scheduler.schools.models import FocusArea
from scheduler.schools.resources import service as resources
from scheduler.schools.resources.models import Audience, Resource
from scheduler.visits import service as visits
from scheduler.visits.after import mail, service
from scheduler.visits.after import queries as queries_of_visit
from scheduler.visits.after.models import Debrief, Tried, TriedAnswer
from scheduler.visits.after.service import DebriefDetails
from scheduler.visits.models import Visit
from tests.people import MONDAY
from tests.schools.test_resources import PDF, a_file, share

Make = Callable[..., Visit]
Book = Callable[..., Booked]
SignIn = Callable[[User], FlaskClient]
END = datetime(2026, 12, 2, 16, 30, tzinfo=UTC)
"""Half past eleven in New York"""


def after(**wait: float) -> datetime:
    return END + timedelta(**wait)


def people_of(booked: Booked, *names: str) -> list[int]:
    """Give the people of a party names and addresses; the ids of all of them."""
    with transaction():
        party = queries.registration_or_404(booked.public_id)
        unnamed = [attendee for attendee in party.attendees if attendee.person is None]
        for attendee, name in zip(unnamed, names, strict=False):
            attendee.person = Person(name=name, email=f"{name.lower()}@example.org", created_at=MONDAY)
        ids = [attendee.id for attendee in party.attendees]
    return ids


def arrive(*ids: int, at: datetime = END) -> None:
    values = {"state": AttendeeState.ARRIVED, "arrived_at": at}
    with transaction():
        db.session.execute(sa.update(Attendee).where(Attendee.id.in_(ids)).values(**values))


def look(*times: datetime) -> list[list[str]]:
    """Whom each look of a worker asks for a debrief."""
    looks = []
    for now in times:
        before = len(mails())
        ticks.run_due(now=now)
        looks.append([each.to_address for each in mails()[before:]])
    return looks


def mails(kind: str = "debrief") -> list[OutboxMail]:
    db.session.rollback()
    listed = db.session.query(OutboxMail).order_by(OutboxMail.id)
    return [each for each in listed if each.template.endswith(f"/{kind}")]


def link_in(message: OutboxMail, path: str) -> str:
    found = re.search(rf"https?://[^/\s]+({path}/\S+)", outbox.render(message).text)
    assert found, outbox.render(message).text
    return found.group(1)


def attendee(attendee_id: int) -> Attendee:
    return db.session.get_one(Attendee, attendee_id, populate_existing=True)


@pytest.fixture
def over(make_visit: Make, cast: SimpleNamespace) -> Visit:
    """A visit that was over by our own clock since yesterday, for tests that go through pages."""
    day = (clock.now() - timedelta(days=1)).replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0)
    return make_visit(cast.here, starts_wall=day, ends_wall=day + timedelta(hours=2), now=clock.now() - timedelta(days=20), capacity=40)


def guests(book: Book, visit: Visit, number: int, *names: str) -> list[int]:
    """A party that was there, people named after its lead; their ids."""
    before = clock.now() - timedelta(days=10)
    ids = people_of(book(visit, number, now=before, school_id=None, lead_name="Tess Teacher"), *names)
    arrive(*ids, at=clock.now() - timedelta(days=1))
    return ids


def page_of(attendee_id: int, path: str = "debrief") -> str:
    url = mail.debrief_url if path == "debrief" else mail.tried_url
    return re.sub(r"^https?://[^/]+", "", url(attendee(attendee_id).public_id))


# Asking


def test_everybody_who_was_there_and_has_an_address_is_asked_once_three_hours_after_the_end(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    tess, ana, _unnamed, absent = people_of(book(make_visit(cast.here), 4), "Ana", "", "Abe")[0:4]
    with transaction():
        db.session.execute(sa.update(Person).where(Person.name == "").values(email=None))
    arrive(tess, ana, _unnamed)

    looks = look(after(hours=2, minutes=59), after(hours=3), after(hours=4))

    assert looks == [[], ["tess@example.org", "ana@example.org"], []]
    assert attendee(absent).state == AttendeeState.EXPECTED


def test_whoever_is_marked_late_is_asked_then_up_to_seven_days_after(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    tess, ana, ben = people_of(book(make_visit(cast.here), 3), "Ana", "Ben")
    arrive(tess)

    first = look(after(hours=3))
    arrive(ana)
    second = look(after(days=2), after(days=3))
    arrive(ben)
    too_late = look(after(days=7))

    assert (first, second, too_late) == ([["tess@example.org"]], [["ana@example.org"], []], [[]])


def test_nobody_is_asked_about_a_cancelled_visit(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    arrive(*people_of(book(visit, 1)))
    visits.cancel_visit(visit.id, "Snow.", actor="user:1", now=MONDAY)

    assert look(after(hours=3)) == [[]]


def test_of_several_workers_each_person_is_asked_once(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    arrive(*people_of(book(make_visit(cast.here), 3), "Ana", "Ben"))
    together = threading.Barrier(4)

    def run(_: int) -> int:
        with app.app_context():
            db.session.scalar(sa.select(sa.func.count(Gathering.id)))
            db.session.rollback()
            together.wait()
            try:
                return ticks.run_due(now=after(hours=3))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))

    assert sorted(each.to_address for each in mails()) == ["ana@example.org", "ben@example.org", "tess@example.org"]


def test_mail_names_what_the_school_shares_and_holds_one_s_own_link(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    arrive(*people_of(book(make_visit(cast.here), 1)))
    share(cast.here, "The rubric of the day", audience=Audience.ATTENDED)
    look(after(hours=3))

    [asked] = mails()
    rendered = outbox.render(asked)

    assert rendered.subject == "What did you notice at Harvest Collegiate High School?"
    assert all("The rubric of the day" in text for text in (rendered.text, rendered.html))
    assert "token" not in str(asked.facts)
    assert link_in(asked, "/debrief").startswith("/debrief/")


# Writing


def test_debrief_is_written_by_its_link_and_changed_again(client: FlaskClient, over: Visit, book: Book) -> None:
    [tess] = guests(book, over, 1)
    page = page_of(tess)

    first = client.post(page, data={"value": "3", "noticed": "They lead it.", "is_shared": "y"})
    between = client.get(page).text
    client.post(page, data={"value": "4", "noticed": "They lead it themselves."})
    written = db.session.scalars(sa.select(Debrief)).one()

    assert (first.status_code, first.location) == (303, page)
    assert "You can change it until" in between
    assert "They lead it." in between
    assert (written.value, written.noticed, written.is_shared) == (4, "They lead it themselves.", False)


def test_wrong_input_keeps_what_was_typed(client: FlaskClient, over: Visit, book: Book) -> None:
    [tess] = guests(book, over, 1)

    answers = [client.post(page_of(tess), data={"value": value, "wonders": "Why so quiet?"}) for value in ("", "5", "x")]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert all("Choose one of these." in answer.text and "Why so quiet?" in answer.text for answer in answers)


@pytest.mark.parametrize("path", ["debrief", "tried", "certificate"])
def test_foreign_link_opens_nothing(client: FlaskClient, over: Visit, book: Book, path: str) -> None:
    tess, ana = guests(book, over, 2, "Ana")
    [own, other] = [page_of(tess).rsplit("/", 1)[1], page_of(ana).rsplit("/", 1)[1]]
    name = attendee(tess).public_id

    statuses = [client.get(f"/{path}/{name}/{token}").status_code for token in (other, own[:-1], "x", "%C3%A9")]

    assert statuses == [404] * 4


def test_reply_can_be_changed_for_fourteen_days(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    [tess] = people_of(book(make_visit(cast.here), 1))
    arrive(tess)
    service.reply(tess, DebriefDetails(2), now=after(days=13, hours=23))

    with pytest.raises(Refusal, match="for 14 days after the visit"):
        service.reply(tess, DebriefDetails(4), now=after(days=14))
    with pytest.raises(Refusal, match="did not take place yet"):
        service.reply(tess, DebriefDetails(4), now=after(hours=-1))

    assert db.session.scalars(sa.select(Debrief.value)).all() == [2]


def test_only_who_was_there_writes(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    [tess] = people_of(book(make_visit(cast.here), 1))

    with pytest.raises(Refusal, match="not marked as having been there"):
        service.reply(tess, DebriefDetails(4), now=after(hours=3))


def test_form_sent_twice_at_once_is_one_reply(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    [tess] = people_of(book(make_visit(cast.here), 1))
    arrive(tess)
    together = threading.Barrier(4)

    def run(value: int) -> None:
        with app.app_context():
            together.wait()
            try:
                service.reply(tess, DebriefDetails(value), now=after(hours=4))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, [1, 2, 3, 4]))

    assert db.session.scalar(sa.select(sa.func.count(Debrief.id))) == 1


# What hosts learn


def test_numbers_show_from_three_replies_on_and_names_only_where_shared(
    cast: SimpleNamespace, sign_in: SignIn, over: Visit, book: Book
) -> None:
    tess, ana, ben = guests(book, over, 3, "Ana", "Ben")
    page, host = f"/workspace/visits/{over.gathering.public_id}/replies", sign_in(cast.host)
    now = clock.now()
    service.reply(tess, DebriefDetails(4, noticed="A secret notice"), now=now)
    service.reply(ana, DebriefDetails(3, noticed="A shared notice", is_shared=True), now=now)

    two = host.get(page).text
    service.reply(ben, DebriefDetails(3), now=now)
    three = host.get(page).text

    assert "2 replies so far; averages show from three on." in two
    assert "of 4 on average" not in two
    assert ("3.3" in three, "replies so far, of 3 who were there" in three) == (True, True)
    assert all("A shared notice" in text and "Ana" in text for text in (two, three))
    assert not any("A secret notice" in text or "Tess" in text or "Ben" in text for text in (two, three))


def test_log_does_not_say_who_replied(over: Visit, book: Book) -> None:
    [tess] = guests(book, over, 1)
    service.reply(tess, DebriefDetails(4), now=clock.now())

    lines = db.session.execute(sa.text("SELECT about FROM audit_lines WHERE what = 'debrief written'")).scalars().all()

    assert lines == [f"gathering:{over.gathering_id}"]


def test_replies_are_there_for_the_hosts_of_the_school_alone(cast: SimpleNamespace, sign_in: SignIn, over: Visit) -> None:
    pages = [f"/workspace/visits/{over.gathering.public_id}/{name}" for name in ("replies", "pack")]
    wanted = {"host": 200, "organizer": 200, "administrator": 200, "other_host": 404, "viewer": 404}

    assert {who: {sign_in(getattr(cast, who)).get(page).status_code for page in pages} for who in wanted} == {
        who: {status} for who, status in wanted.items()
    }
    assert sign_in(cast.other_host).post(pages[1], data={}).status_code == 404


def test_organizers_see_schools_by_the_visits_whose_numbers_are_shown(
    cast: SimpleNamespace, sign_in: SignIn, make_visit: Make, over: Visit, book: Book
) -> None:
    for attendee_id, value in zip(guests(book, over, 3, "Ana", "Ben"), (4, 4, 1), strict=True):
        service.reply(attendee_id, DebriefDetails(value), now=clock.now())
    day = over.gathering.starts_wall
    small = make_visit(cast.here, starts_wall=day, ends_wall=day + timedelta(hours=2), now=clock.now() - timedelta(days=20))
    service.reply(guests(book, small, 1)[0], DebriefDetails(1), now=clock.now())

    page = sign_in(cast.organizer).get("/workspace/replies").text

    assert re.findall(r'data-label="[^"]+" class="number">(\d+)<', page) == ["1", "3"]
    assert ">3.0<" in page


# Two months later


def test_tried_mail_leads_to_a_page_that_quotes_what_one_meant_to_try(
    client: FlaskClient, over: Visit, book: Book, cast: SimpleNamespace, sign_in: SignIn
) -> None:
    ids = guests(book, over, 3, "Ana", "Ben")
    service.reply(ids[0], DebriefDetails(4, will_try="Two-minute conferences"), now=clock.now())
    ticks.run_due(now=over.gathering.ends_at + timedelta(days=61))
    page = link_in(mails("tried")[0], "/tried")

    shown = client.get(page).text
    answer = client.post(page, data={"answer": "yes", "line": "It works with grade 9.", "is_shared": "y"})
    for attendee_id in ids[1:]:
        service.answer_tried(attendee_id, TriedAnswer.NOT_YET, "kept to myself", is_shared=False, now=clock.now())
    replies = sign_in(cast.host).get(f"/workspace/visits/{over.gathering.public_id}/replies").text

    assert ("Two-minute conferences" in shown, answer.status_code) == (True, 303)
    assert "It works with grade 9." in client.get(page).text
    first = next(iter(db.session.scalars(sa.select(Tried).order_by(Tried.attendee_id))))
    assert (first.answer.value, first.line) == ("yes", "It works with grade 9.")
    assert ("It works with grade 9." in replies, "kept to myself" in replies) == (True, False)
    assert re.search(r"<dt>Not yet</dt><dd>.*?<span>2</span>", replies, re.DOTALL)


def test_fewer_than_three_answers_are_only_counted(cast: SimpleNamespace, sign_in: SignIn, over: Visit, book: Book) -> None:
    [tess] = guests(book, over, 1)
    service.answer_tried(tess, TriedAnswer.NO, "", is_shared=False, now=clock.now())

    page = sign_in(cast.host).get(f"/workspace/visits/{over.gathering.public_id}/replies").text

    assert "1 answer so far; numbers show from three on." in page
    assert "<dt>No</dt>" not in page


# Packs


def remember(client: FlaskClient, booked: Booked) -> Registration:
    """The party's page is open in this browser."""
    party = queries.registration_or_404(booked.public_id)
    url = links.party_url({"name": party.public_id, "round": party.link_round})
    assert client.get(re.sub(r"^https?://[^/]+", "", url)).status_code == 303
    return party


def test_confirmed_party_reads_what_is_for_it_and_others_do_not(
    cast: SimpleNamespace, client: FlaskClient, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, in_days=10, needs_approval=True)
    shared = share(cast.here, "How to arrive", audience=Audience.CONFIRMED, **a_file())
    after_only = share(cast.here, "The rubric", audience=Audience.ATTENDED, **a_file())
    confirmed = book(visit, 1, school_id=cast.member.id, now=clock.now())
    pending = book(visit, 1, organization="Elsewhere", now=clock.now())
    pages = {}

    for name, booked in (("confirmed", confirmed), ("pending", pending)):
        party = remember(client, booked)
        pages[name] = client.get(f"/registrations/{party.public_id}").text
        got = [client.get(f"/registrations/{party.public_id}/files/{public_id}").status_code for public_id in (shared, after_only)]
        assert got == ([200, 404] if name == "confirmed" else [404, 404])

    assert {name: ("How to arrive" in page, "The rubric" in page) for name, page in pages.items()} == {
        "confirmed": (True, False), "pending": (False, False),
    }  # fmt: skip
    assert "How to arrive" not in client.get(f"/visits/{visit.gathering.public_id}").text
    stranger = client.application.test_client()
    assert stranger.get(f"/registrations/{confirmed.public_id}/files/{shared}").status_code == 404


def test_who_was_there_reads_the_rest_by_party_and_by_own_link(client: FlaskClient, cast: SimpleNamespace, over: Visit, book: Book) -> None:
    rubric = share(cast.here, "The rubric", audience=Audience.ATTENDED, **a_file())
    booked = book(over, 1, now=clock.now() - timedelta(days=10))
    party = remember(client, booked)
    before = client.get(f"/registrations/{party.public_id}").text
    [tess] = people_of(booked)
    arrive(tess)

    page, own = client.get(f"/registrations/{party.public_id}").text, client.get(page_of(tess)).text
    files = [f"/registrations/{party.public_id}/files/{rubric}", f"{page_of(tess)}/files/{rubric}"]

    assert ("The rubric" in before, "The rubric" in page, "The rubric" in own) == (False, True, True)
    assert [client.get(file).data for file in files] == [PDF, PDF]
    assert {client.get(file).headers["Cache-Control"] for file in files} == {"private, no-cache"}


def test_focus_areas_decide_what_is_in_a_pack_unless_it_belongs_to_the_visit(
    cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient, make_visit: Make, book: Book
) -> None:
    with transaction():
        other = FocusArea(slug="inclusion", name="inclusion")
        db.session.add(other)
    area = db.session.scalars(sa.select(FocusArea).where(FocusArea.slug != "inclusion")).one()
    visit = make_visit(cast.here, in_days=10, focus_area_ids=[area.id])
    share(cast.here, "Of this area", audience=Audience.CONFIRMED, focus_area_ids=[area.id])
    elsewhere = share(cast.here, "Of another area", audience=Audience.CONFIRMED, focus_area_ids=[other.id])
    foreign = share(cast.there, "Of another school", audience=Audience.CONFIRMED)
    share(cast.here, "Of all areas", audience=Audience.CONFIRMED)
    party = remember(client, book(visit, 1, now=clock.now()))
    titles = ("Of this area", "Of another area", "Of another school", "Of all areas")

    def seen() -> list[bool]:
        page = client.get(f"/registrations/{party.public_id}").text
        return [title in page for title in titles]

    first = seen()
    chosen = f"/workspace/visits/{visit.gathering.public_id}/pack"
    answers = [sign_in(cast.host).post(chosen, data={"resources": public_id}).status_code for public_id in (elsewhere, foreign)]

    assert (first, answers, seen()) == ([True, False, False, True], [303, 422], [True, True, False, True])


def test_mail_of_a_week_before_names_what_there_is_to_read(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 2)
    share(cast.here, "How to arrive", audience=Audience.CONFIRMED)
    share(cast.here, "The rubric", audience=Audience.ATTENDED)

    ticks.run_due(now=END - timedelta(days=6, hours=19))

    rendered = outbox.render(mails("week")[0])
    assert all(("How to arrive" in text, "The rubric" in text) == (True, False) for text in (rendered.text, rendered.html))


def test_page_of_a_visit_shows_what_the_school_shares_with_everybody(cast: SimpleNamespace, client: FlaskClient, make_visit: Make) -> None:
    visit = make_visit(cast.here, in_days=10)
    share(cast.here, "For everybody")
    share(cast.here, "For who was there", audience=Audience.ATTENDED)
    service.attach(visit.id, db.session.scalars(sa.select(Resource.id)).all(), actor="user:1", now=MONDAY)

    page = client.get(f"/visits/{visit.gathering.public_id}").text

    assert ("For everybody" in page, "For who was there" in page) == (True, False)


def test_removed_resource_leaves_the_visit(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here)
    share(cast.here)
    resource_id = db.session.scalars(sa.select(Resource.id)).one()
    service.attach(visit.id, [resource_id], actor="user:1", now=MONDAY)
    before = list(queries_of_visit.attached_to(visit.id))

    resources.remove(resource_id, actor="user:1", now=MONDAY)

    assert (before, queries_of_visit.attached_to(visit.id)) == ([resource_id], [])
