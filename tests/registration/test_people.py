"""Who comes in a party: named by the lead, swapped, joined by a link; and what the party tells its host (visits rules 12 and 13)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.questions import Condition, Per, QuestionKind
from scheduler.core.refusal import Refusal
from scheduler.foundation import outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.tokens import derived
from scheduler.registration import links, queries, service
from scheduler.registration.models import AccessNeeds, Answer, Attendee, AttendeeState, Consent, PartyDetails, Person, Registration
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, NoPlaceLeft, Place, Told, named_as
from scheduler.registration.questions import service as questions
from scheduler.registration.questions.service import Wording
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
SignIn = Callable[[User], FlaskClient]
KEY = "a-key-of-a-form-00000"


def party_of(booked: service.Booked) -> Registration:
    db.session.rollback()
    db.session.expire_all()
    return queries.registration_or_404(booked.public_id)


def names(booked: service.Booked) -> list[str]:
    return [attendee.name for attendee in party_of(booked).attendees]


def name(booked: service.Booked, *typed: Named, now: datetime = MONDAY) -> int:
    """The lead types people into the places of a party, in their order."""
    party = party_of(booked)
    places = [Place(one.public_id, named_as(one), typed[n] if n < len(typed) else named_as(one)) for n, one in enumerate(party.attendees)]
    return people.name_people(party.id, places, actor="link", now=now)


def join(booked: service.Booked, who: str, *, key: int = 1, place: str = "", now: datetime = MONDAY, **told: Any) -> str:
    party = party_of(booked)
    return people.join(
        party.id, Named(who), Told(**told), place=place, key=f"{KEY}{key}", link_round=party.join_round, now=now
    )  # fmt: skip


def page_of(client: FlaskClient, booked: service.Booked) -> str:
    """Open a party by its mailed link; returns the path of its page."""
    party = party_of(booked)
    answer = client.get(f"/r/{party.public_id}/{derived(links.PARTY, party.public_id, party.link_round)}")
    return str(answer.location)


def join_page_of(client: FlaskClient, booked: service.Booked) -> str:
    party = party_of(booked)
    answer = client.get(f"/j/{party.public_id}/{derived(links.JOIN, party.public_id, party.join_round)}")
    return str(answer.location)


def hidden_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input id="[^"]*" name="([^"]*)" type="hidden" value="([^"]*)">', page)
    return dict(found)


def test_lead_names_everybody_and_gives_a_place_to_somebody_else(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 3)

    changed = name(
        booked, Named("Tess Teacher", "teacher", "tess@example.org"), Named("Ana Perez"), Named("Sam Mora Diaz", "student", "no@x.org")
    )
    named = [(one.name, one.role, one.email) for one in party_of(booked).attendees]
    name(booked, named_as(party_of(booked).attendees[0]), Named("Luis Gómez", "leader", "Luis@Example.org"))

    assert changed == 3
    assert named == [("Tess Teacher", "teacher", "tess@example.org"), ("Ana Perez", "", ""), ("Sam D.", "student", "")]
    assert names(booked) == ["Tess Teacher", "Luis Gómez", "Sam D."]
    assert sorted(db.session.scalars(sa.select(Person.name))) == ["Luis Gómez", "Sam D.", "Tess Teacher"]
    assert [line.after for line in db.session.query(AuditLine).filter_by(what="people named").order_by(AuditLine.id)] == [
        {"places": 3},
        {"places": 1},
    ]


def test_name_spelled_better_keeps_what_was_said_and_somebody_else_starts_anew(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 2)
    place = join(booked, "Ana Perez", needs=["step_free"], note="left arm")

    name(booked, Named("Tess Teacher"), Named("Ana Pérez-Ruiz"))
    spelled = (party_of(booked).attendees[1].public_id, db.session.query(AccessNeeds).count())
    name(booked, Named("Tess Teacher"), Named("Luis Gómez"))
    swapped = party_of(booked).attendees[1].public_id

    assert spelled == (place, 1)
    assert swapped != place
    assert (db.session.query(AccessNeeds).count(), db.session.query(Consent).count()) == (0, 0)


def test_lead_who_corrects_the_own_name_is_called_so_and_keeps_the_address(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 2)

    name(booked, Named("Tess Teacher-Bell"))
    corrected = (party_of(booked).lead_name, party_of(booked).attendees[0].email)
    name(booked, Named("Nora Neighbor"))

    assert corrected == ("Tess Teacher-Bell", "tess@example.org")
    assert (party_of(booked).lead_name, names(booked)[0], party_of(booked).lead_email) == (
        "Tess Teacher-Bell",
        "Nora Neighbor",
        "tess@example.org",
    )


def test_joining_fills_a_free_place_and_joining_again_on_one_phone_changes_it(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 3)

    first = join(booked, "Ana Perez")
    again = join(booked, "Ana Pérez", key=2, place=first)
    resent = join(booked, "Ana Pérez", key=1)  # the form was sent twice before the phone knew that it had joined

    assert (again, resent) == (first, first)
    assert names(booked) == ["Tess Teacher", "Ana Pérez", ""]


def test_join_link_refuses_once_everybody_has_a_name(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 2)
    join(booked, "Ana Perez")

    with pytest.raises(NoPlaceLeft) as refused:
        join(booked, "Luis Gómez", key=2)

    assert str(refused.value) == (
        "All 2 places of this party have names. Ask Tess Teacher to make the party larger, or to give you a place."
    )
    assert names(booked) == ["Tess Teacher", "Ana Perez"]


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("replaced", "This link no longer works: Tess Teacher has made a new one. Ask for it."),
        ("cancelled", "This booking has ended, so its places are gone. Book again to come."),
        ("over", "This has begun, so the list of who comes is closed. People at the door can still add somebody."),
        ("twice", "“ana perez” is on the list already. If there are two, write what tells them apart."),
    ],
)
def test_join_link_says_why_it_lets_nobody_in(cast: SimpleNamespace, make_visit: Make, book: Book, deed: str, sentence: str) -> None:
    booked, now = book(make_visit(cast.here), 4), MONDAY
    party = party_of(booked)
    if deed == "replaced":
        people.new_join_link(party.id, actor="link", now=MONDAY)
    if deed == "cancelled":
        service.cancel(party.id, reason="", by="party", actor="link", now=MONDAY)
    if deed == "over":
        now = MONDAY + timedelta(days=60)
    if deed == "twice":
        join(booked, "Ana Perez")

    with pytest.raises(Refusal) as refused:
        people.join(party.id, Named("ana perez"), Told(), place="", key=f"{KEY}9", link_round=0, now=now)

    assert str(refused.value) == sentence


def test_phones_at_once_never_fill_one_place_twice(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 4)
    party, start = party_of(booked), threading.Barrier(6)

    def join_at_once(n: int) -> str:
        with app.app_context():
            start.wait()
            try:
                return people.join(party.id, Named(f"Guest {'ABCDEF'[n]}"), Told(), place="", key=f"{KEY}{n}", link_round=0, now=MONDAY)
            except NoPlaceLeft:
                return ""
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        joined = [place for place in pool.map(join_at_once, range(6)) if place]

    assert len(joined) == len(set(joined)) == 3
    assert len({one for one in names(booked) if one.startswith("Guest")}) == 3
    assert len(names(booked)) == 4


def test_name_typed_while_a_colleague_joined_goes_to_another_place(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 3)
    party = party_of(booked)
    places = [Place(one.public_id, named_as(one), named_as(one)) for one in party.attendees]
    join(booked, "Ana Perez")

    typed = [places[0], Place(places[1].public_id, Named(""), Named("Luis Gómez")), places[2]]
    people.name_people(party.id, typed, actor="link", now=MONDAY)

    assert names(booked) == ["Tess Teacher", "Ana Perez", "Luis Gómez"]


def test_whoever_is_checked_in_keeps_the_place(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), 2)
    join(booked, "Ana Perez")
    with transaction():
        db.session.query(Attendee).filter(~Attendee.is_lead).one().state = AttendeeState.ARRIVED

    with pytest.raises(Refusal) as refused:
        name(booked, Named("Tess Teacher"), Named("Luis Gómez"))

    assert str(refused.value) == "Ana Perez is checked in already, so nobody else can have the place."
    assert names(booked) == ["Tess Teacher", "Ana Perez"]


def test_answers_go_with_the_party_to_a_visit_that_asks_the_same(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    here = make_visit(cast.here)
    later = {"starts_wall": datetime(2026, 12, 9, 9), "ends_wall": datetime(2026, 12, 9, 11)}
    same, other = make_visit(cast.here, **later), make_visit(cast.there, **later)
    asked = questions.ask(here.gathering_id, Wording("Your bus?", QuestionKind.TEXT), actor="user:1", now=MONDAY)
    questions.use_for_others(here.gathering_id, actor="user:1", now=MONDAY)
    booked = book(here, 2)
    people.tell_host(party_of(booked).id, people.PartyTold(given={asked: ["Line 7"]}), actor="link", now=MONDAY)

    service.move(party_of(booked).id, same.gathering_id, actor="link", now=MONDAY)
    moved = [answer.given for answer in db.session.query(Answer)]
    service.move(party_of(booked).id, other.gathering_id, actor="link", now=MONDAY)

    assert moved == [["Line 7"]]
    assert db.session.query(Answer).count() == 0


def test_mails_before_a_visit_ask_for_names_and_answers(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    questions.ask(visit.gathering_id, Wording("Lunch?", QuestionKind.TEXT, Per.ATTENDEE, required=True), actor="user:1", now=MONDAY)
    booked = book(visit, 3)

    mail = db.session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()
    assert mail is not None
    text = outbox.render(mail).text

    assert mail.facts["missing"] == {"names": 2, "answers": 1, "page": "people"}
    assert "2 of you have no name on the list yet. Say who comes, or send your colleagues the link that is there:" in text
    assert "1 answer that your host needs is missing:" in text
    assert f"/r/{booked.public_id}/" in text
    assert "?to=people" in text


# Pages


def test_lead_fills_the_page_and_nothing_typed_is_lost(cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient) -> None:
    booked = book(make_visit(cast.here, in_days=20), 3, now=datetime.now(UTC))
    page = f"{page_of(client, booked)}/people"
    shown = hidden_of(client.get(page).text)
    typed = {
        "people-0-name": "Tess Teacher",
        "people-1-name": "Ana Pérez",
        "people-1-email": "ana at school",
        "people-2-name": "tess  TEACHER",
    }

    wrong = client.post(page, data=shown | typed)
    right = client.post(
        page, data=shown | typed | {"people-1-email": "ana@x.org", "people-2-name": "Luis Gómez", "people-2-role": "leader"}
    )

    assert wrong.status_code == 422
    assert "This is not an e-mail address. It looks like ana@school.org." in wrong.text
    assert "This name stands above already. If there are two, write what tells them apart." in wrong.text
    assert 'value="Ana Pérez"' in wrong.text
    assert (right.status_code, names(booked)) == (303, ["Tess Teacher", "Ana Pérez", "Luis Gómez"])
    assert "Everybody has a name." in client.get(page).text


def test_mailed_link_leads_to_the_page_that_asks(cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient) -> None:
    booked = book(make_visit(cast.here, in_days=20), 3, now=datetime.now(UTC))
    party = party_of(booked)
    path = f"/r/{party.public_id}/{derived(links.PARTY, party.public_id, party.link_round)}"

    led = [client.get(f"{path}?to={page}").location for page in ("people", "more", "https://elsewhere.example")]

    own = f"/registrations/{party.public_id}"
    assert led == [f"{own}/people", f"{own}/more", own]


def test_colleague_joins_by_the_link_and_answers_about_pictures(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient
) -> None:
    booked = book(make_visit(cast.there, in_days=20, place="", private_place="The blue door"), 2, now=datetime.now(UTC))
    page = join_page_of(client, booked)
    shown = client.get(page).text
    key = hidden_of(shown)

    without = client.post(page, data=key | {"name": "Ana Perez", "role": "teacher"})
    joined = client.post(page, data=key | {"name": "Ana Perez", "role": "teacher", "photo": "no", "needs": "step_free"})
    on_another_phone = app.test_client()
    late = on_another_phone.get(join_page_of(on_another_phone, booked)).text

    assert "The blue door" in shown
    assert "We take no photos of students, and no films or sound of them" in shown
    assert without.status_code == 422
    assert "Choose one of these." in without.text
    assert 'value="Ana Perez"' in without.text
    assert (joined.status_code, names(booked)) == (303, ["Tess Teacher", "Ana Perez"])
    assert "You come along, Ana Perez." in client.get(page).text
    assert [(one.kind.value, one.answer.value, one.version) for one in db.session.query(Consent)] == [("photo", "no", "2026-1")]
    assert "All 2 places of this party have names." in late
    assert "Ana Perez" not in late
    assert "The blue door" not in late


def test_dead_join_link_says_so_and_a_wrong_one_is_not_there(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient
) -> None:
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))
    party, lead = party_of(booked), app.test_client()
    old = f"/j/{party.public_id}/{derived(links.JOIN, party.public_id, 0)}"
    lead.post(f"{page_of(lead, booked)}/join-link")

    answer = client.get(old, follow_redirects=True)

    assert "This link no longer works: Tess Teacher has made a new one. Ask for it." in answer.text
    assert client.get(f"{old[:-1]}{'A' if old[-1] != 'A' else 'B'}").status_code == 404
    assert app.test_client().get(f"/join/{party.public_id}").status_code == 404
    assert lead.get(join_page_of(lead, booked)).status_code == 200


def test_lead_chooses_who_stays_home(cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient) -> None:
    booked = book(make_visit(cast.here, in_days=20), 4, now=datetime.now(UTC))
    own, now = page_of(client, booked), datetime.now(UTC)
    for n, who in enumerate(("Ana Perez", "Luis Gómez")):
        join(booked, who, key=n, now=now)
    ana = party_of(booked).attendees[1].public_id

    asked = client.post(f"{own}/size", data={"party_size": "2"})
    none = client.post(asked.location, data={})
    done = client.post(asked.location, data={"home": ana})

    assert asked.location == f"{own}/fewer?size=2"
    assert none.status_code == 422
    assert "Tick 1." in none.text
    assert done.status_code == 303
    assert names(booked) == ["Tess Teacher", "Luis Gómez"]


def test_lead_tells_the_host_and_only_the_host_reads_it(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient, sign_in: SignIn
) -> None:
    visit = make_visit(cast.here, in_days=20)
    now = datetime.now(UTC)
    asked = [
        questions.ask(visit.gathering_id, Wording("Lunch?", QuestionKind.CHECK), actor="user:1", now=now),
        questions.ask(visit.gathering_id, Wording("Bus number?", QuestionKind.NUMBER, at_door=True), actor="user:1", now=now),
    ]
    questions.ask(
        visit.gathering_id, Wording("Which one?", QuestionKind.CHOICE, Per.PARTY, ("Vegan", "Not"), required=True,
        condition=Condition(asked[0], "yes")), actor="user:1", now=now,
    )  # fmt: skip
    booked = book(visit, 2, now=now)
    own = page_of(client, booked)
    lead = party_of(booked).attendees[0].public_id

    wrong = client.post(f"{own}/more", data={"phone": "call me", "arrival": "By train at 8:40", f"question_{asked[1]}": "many"})
    told = client.post(
        f"{own}/more",
        data={"phone": "+1 212 555 0148", "arrival": "By train at 8:40", f"question_{asked[0]}": "y", f"question_{asked[1]}": "7"},
    )
    client.post(f"{own}/people/{lead}", data={"needs": ["captioning"], "note": "Front row", "photo": "unknown"})
    hosts = sign_in(cast.host)
    page = hosts.get(f"/workspace/visits/{visit.gathering.public_id}").text
    listed = hosts.get(f"/workspace/visits/{visit.gathering.public_id}/roster.csv").text

    assert wrong.status_code == 422
    assert "This is no phone number. It looks like +1 212 555 0148." in wrong.text
    assert "Write a whole number from 0 to 1,000,000." in wrong.text
    assert 'value="many"' in wrong.text
    assert told.location == f"{own}/more"  # an answer led to one more question
    assert "1 more question follows from your answer." in client.get(f"{own}/more").text
    assert all(
        said in page for said in ("+1 212 555 0148", "By train at 8:40", "Captions", "Front row", "1 name missing", "1 answer missing")
    )
    assert "Booked by,E-mail,School or organization,People,Purpose,Booked,Name,Role,Own e-mail,Lunch?,Bus number?,Which one?" in listed
    assert "Tess Teacher,,tess@example.org,yes,7," in listed
    assert all(hidden not in listed for hidden in ("212 555", "Captions", "Front row"))
    assert sign_in(cast.other_host).get(f"/workspace/visits/{visit.gathering.public_id}").status_code == 404
    assert app.test_client().get(f"{own}/people").status_code == 404
    assert db.session.query(PartyDetails).count() == 1


def test_texts_of_consents_can_be_read_by_version(client: FlaskClient) -> None:
    assert "We take no photos of students" in client.get("/texts/photo-rule/2026-1").text
    assert client.get("/texts/photo-rule/1999-1").status_code == 404
