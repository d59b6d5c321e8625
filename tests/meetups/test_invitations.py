"""Schools are invited to a meetup by their contacts, answer by a link of their own, and are reminded (rounds rule 19)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.invitations import Deed
from scheduler.core.refusal import Refusal
from scheduler.foundation import bounces, outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.bounces import Bounce
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.foundation.tokens import derived
from scheduler.meetups import needs, queries
from scheduler.meetups import service as meetups
from scheduler.meetups.invitations import mail, service
from scheduler.meetups.invitations import queries as invitations
from scheduler.meetups.invitations.models import InvitedContact, MeetupInvitation
from scheduler.meetups.models import Meetup
from scheduler.registration.models import DataLink, Gathering
from scheduler.registration.privacy import erase, export, retention
from scheduler.registration.privacy import service as privacy
from scheduler.registration.service import Member
from scheduler.schools import queries as schools
from scheduler.schools import service as directory
from scheduler.schools.models import School, SchoolContact, Tier
from tests.people import MONDAY

Make = Callable[..., Meetup]
SignIn = Callable[[User], FlaskClient]
TUESDAY = MONDAY + timedelta(days=1)
THREE = [Member("Tess Teacher", "teacher", "tess@example.org"), Member("Ana Perez", "leader"), Member("Bo Both", "teacher")]


@pytest.fixture
def known(cast: SimpleNamespace) -> SimpleNamespace:
    """The cast, with two contacts at the member school, one at the iSchool, and nobody at Harvest Collegiate."""
    for school, name, email in (
        (cast.member, "Inés Contact", "ines@example.org"), (cast.member, "Iker Contact", "iker@example.org"),
        (cast.there, "Ola Contact", "ola@example.org"),
    ):  # fmt: skip
        directory.add_contact(school.id, name, email, actor="user:1", now=MONDAY)
    return cast


def invite(meetup: Meetup, *chosen: School, deed: Deed = Deed.INVITE, line: str = "", now: datetime = MONDAY) -> service.Written:
    return service.write_to_schools(meetup.id, deed, [school.id for school in chosen], line, actor="user:1", now=now)


def standings(meetup: Meetup) -> dict[str, str]:
    db.session.rollback()
    db.session.expire_all()
    return {row.school.short_name: row.standing.value for row in invitations.rows_of(queries.meetup_or_404(meetup.gathering.public_id))}


def mails() -> list[tuple[str, str]]:
    found = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
    return [(one.template.rsplit("/", 1)[-1], one.to_address) for one in found if "invitations" in one.template]


def invited(email: str = "ines@example.org") -> InvitedContact:
    db.session.rollback()
    chosen = sa.select(InvitedContact).join(InvitedContact.contact).where(SchoolContact.email == email)
    return db.session.scalars(chosen).one()


def opened(app: Flask, email: str = "ines@example.org") -> tuple[FlaskClient, str]:
    """The contact's browser, which came by the mailed link, and its page."""
    client, name = app.test_client(), invited(email).public_id
    answer = client.get(f"/invited/{name}/{derived(mail.INVITED, name)}")
    assert (answer.status_code, answer.location) == (303, f"/invited/{name}")
    return client, f"/invited/{name}"


def page_of(meetup: Meetup) -> str:
    return f"/workspace/meetups/{meetup.gathering.public_id}/schools"


def shown(page: str) -> str:
    """A page as its text, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_each_contact_gets_one_mail_with_a_link_of_their_own_however_often_one_clicks(known: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup()

    written = invite(meetup, known.member, known.there, known.here, line="We would love to see you.\nOlga")
    again = invite(meetup, known.member, known.there, known.here)

    assert (written, again) == (service.Written(2, 3, 1), service.Written(0, 0, 3))
    assert mails() == [("invited", "ines@example.org"), ("invited", "iker@example.org"), ("invited", "ola@example.org")]
    assert standings(meetup) == {"Bronx Arena": "invited", "iSchool": "invited", "Harvest": "no_contact"}
    letters = [outbox.render(one) for one in db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))]
    assert letters[0].subject == "Bring a team: Fall meetup, Thursday, December 3"
    assert "We would love to see you.\nOlga\n\nBronx Arena High School is invited to our meetup. Bring 3 to 6 people:" in letters[0].text
    assert "works until Thursday, November 26 at 11:59 pm." in letters[0].text
    links = [re.findall(r"/invited/\S+", letter.text)[0] for letter in letters]
    assert [len(set(links)), {link.rsplit("/", 1)[1] in str(vars(one)) for link in links for one in stored()}] == [3, {False}]
    lines = db.session.scalars(sa.select(AuditLine).where(AuditLine.what == "schools invited")).all()
    assert [line.after for line in lines] == [{"schools": [known.member.id, known.there.id], "mails": 3}]


def stored() -> list[InvitedContact]:
    return list(db.session.scalars(sa.select(InvitedContact)))


def test_whoever_is_silent_is_reminded_once_a_day_and_not_on_the_day_of_the_invitation(known: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup()
    invite(meetup, known.member)
    late = datetime(2026, 11, 3, 4, 30, tzinfo=UTC)  # half past eleven at night of that same Monday in New York

    reminded = [
        invite(meetup, known.member, known.there, deed=Deed.REMIND, now=now).contacts
        for now in (MONDAY, late, TUESDAY, TUESDAY + timedelta(hours=5), TUESDAY + timedelta(days=1))
    ]

    assert reminded == [0, 0, 2, 0, 2]
    assert [template for template, _ in mails()] == ["invited"] * 2 + ["reminded"] * 4
    assert standings(meetup)["Bronx Arena"] == "reminded"
    letter = outbox.render(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first())  # type: ignore[arg-type]
    assert letter.subject == "Will you come? Fall meetup, Thursday, December 3"
    assert "We have not heard from Bronx Arena High School yet." in letter.text


def test_team_that_is_registered_by_whatever_way_is_the_answer_and_is_left_alone(known: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup()
    invite(meetup, known.member)
    meetups.register_team(meetup.id, known.member.id, THREE, actor="user:1", now=MONDAY)

    assert standings(meetup)["Bronx Arena"] == "comes"
    assert invite(meetup, known.member, deed=Deed.REMIND, now=TUESDAY) == service.Written(0, 0, 1)
    with pytest.raises(Refusal, match="Your school’s team is registered"):
        service.decline(invited().id, "", now=TUESDAY)


def test_contact_says_no_with_a_reason_and_takes_it_back(
    app: Flask, known: SimpleNamespace, make_meetup: Make, sign_in: SignIn
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30)
    invite(meetup, known.member, now=datetime.now(UTC) - timedelta(days=2))
    contact, own = opened(app)

    before = contact.get(own).text
    said = [contact.post(f"{own}/decline", data={"reason": "We have state testing."}).status_code for _ in range(2)]
    declined = standings(meetup)["Bronx Arena"]
    left_alone = invite(meetup, known.member, deed=Deed.REMIND, now=datetime.now(UTC))
    seen = (shown(contact.get(own).text), shown(sign_in(known.organizer).get(page_of(meetup)).text))
    contact.post(f"{own}/come")

    assert "Will Bronx Arena High School come?" in shown(before)
    assert f'href="/meetups/{meetup.gathering.public_id}/register?school=bronx-arena-high-school"' in before
    assert '<meta name="robots" content="noindex">' in before
    assert (said, declined, left_alone) == ([303, 303], "declined", service.Written(0, 0, 1))
    assert ["“We have state testing.”" in page for page in seen] == [True, True]
    assert standings(meetup)["Bronx Arena"] == "invited"
    lines = db.session.scalars(sa.select(AuditLine).where(AuditLine.about.startswith("meetup_invitation")).order_by(AuditLine.id)).all()
    assert [(line.what, line.actor) for line in lines] == [("invitation declined", "link")] * 2 + [("invitation open again", "link")]
    assert "testing" not in str([(line.before, line.after) for line in db.session.scalars(sa.select(AuditLine))])
    assert [one.reason for one in db.session.scalars(sa.select(MeetupInvitation))] == [""]


def test_registering_begins_with_the_school_chosen_and_answers_for_it(
    app: Flask, known: SimpleNamespace, make_meetup: Make
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30)
    invite(meetup, known.member, now=datetime.now(UTC))
    contact, own = opened(app)
    form = contact.get(f"/meetups/{meetup.gathering.public_id}/register?school=bronx-arena-high-school").text
    meetups.register_team(meetup.id, known.member.id, THREE, actor="user:1", now=datetime.now(UTC))

    late = contact.post(f"{own}/decline", data={"reason": "We have state testing."})

    assert 'value="Bronx Arena High School"' in form
    assert "Bronx Arena High School comes. " in shown(contact.get(own).text)
    assert "A team of 3 people is registered." in shown(contact.get(own).text)
    assert (late.status_code, "Its lead cancels it by the link" in shown(late.text)) == (409, True)


def test_link_opens_nothing_without_its_key_for_others_and_once_registration_has_ended(
    app: Flask, client: FlaskClient, known: SimpleNamespace, make_meetup: Make
) -> None:
    meetup = make_meetup(in_days=30)
    invite(meetup, known.member, known.there, now=datetime.now(UTC))
    ola, ines = invited("ola@example.org").public_id, invited().public_id
    contact, own = opened(app)
    mailed = f"/invited/{ines}/{derived(mail.INVITED, ines)}"

    closed = [
        client.get(f"/invited/{ines}").status_code, client.get(f"/invited/{ines}/{derived(mail.INVITED, ola)}").status_code,
        client.post(f"/invited/{ines}/decline").status_code, contact.get(f"/invited/{ola}").status_code,
    ]  # fmt: skip
    with transaction():
        db.session.execute(sa.update(Gathering).values(closes_at=datetime.now(UTC) - timedelta(minutes=1)))
    ended, late = client.get(mailed), contact.post(f"{own}/decline", data={"reason": "We have state testing."})
    meetups.cancel_meetup(meetup.id, "Snow", actor="user:1", now=datetime.now(UTC))

    assert closed == [404, 404, 404, 404]
    assert (ended.status_code, "Registration for Fall meetup ended on" in shown(ended.text)) == (404, True)
    assert (late.status_code, 'value="We have state testing."' in late.text) == (409, True)
    assert "The meetup is canceled." in shown(contact.get(own).text)


def test_whoever_is_no_longer_a_contact_has_no_link_and_others_keep_theirs(app: Flask, known: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup(in_days=30)
    invite(meetup, known.member, now=datetime.now(UTC))
    (ines, own), (iker, other) = opened(app), opened(app, "iker@example.org")
    school = schools.school_or_404(known.member.slug)
    details = directory.details_of(school)
    kept = (("Iker Renamed", "iker@example.org"), ("New Contact", "new@example.org"))

    directory.edit_school(
        school.id, directory.replace(details, contacts=kept), version=school.version, actor="user:1", now=MONDAY
    )  # fmt: skip

    assert (ines.get(own).status_code, iker.get(other).status_code) == (404, 200)
    assert invite(meetup, known.member, now=datetime.now(UTC)) == service.Written(1, 1, 0)
    assert mails()[-1] == ("invited", "new@example.org")


def test_organizer_narrows_chooses_looks_and_sends(known: SimpleNamespace, make_meetup: Make, sign_in: SignIn) -> None:
    meetup = make_meetup(in_days=30)
    meetups.register_team(meetup.id, known.there.id, THREE, actor="user:1", now=datetime.now(UTC))
    olga, page = sign_in(known.organizer), page_of(meetup)

    bronx = shown(olga.get(f"{page}?borough=Bronx&tier=active_member").text)
    chosen = {"deed": "invite", "all": "1"}
    look = shown(olga.post(f"{page}/letters", data=chosen).text)
    ticked = {"deed": "invite", "school": ["bronx-arena-high-school", "nyc-ischool"], "line": "See you, Olga"}
    again = olga.post(f"{page}/send", data=ticked | {"look": "1"}).text
    before = mails()
    sent = olga.get(olga.post(f"{page}/send", data=ticked).location).text
    twice = olga.get(olga.post(f"{page}/send", data=ticked).location).text

    assert ("Bronx Arena High School" in bronx, "Harvest" in bronx) == (True, False)
    for text in ("Invite 1 school?", "2 contacts get a mail each", "As Inés Contact of Bronx Arena reads it", "2 are left out",
                 "Its team is registered.", "It has no contact. Add one first."):  # fmt: skip
        assert text in look, text
    assert ("See you, Olga" in again, before) == (True, [])
    assert "The mails to 2 contacts are on their way." in sent
    assert "1 school was left out" in sent
    assert "Nobody was written to again" in twice
    assert len(mails()) == 2


def test_nothing_is_sent_where_no_school_could_register_and_nothing_typed_is_lost(
    known: SimpleNamespace, make_meetup: Make, sign_in: SignIn
) -> None:
    olga, draft = sign_in(known.organizer), make_meetup(in_days=30, publish=False)
    over = make_meetup(in_days=3)
    typed = {"deed": "invite", "school": "bronx-arena-high-school", "line": "See you, Olga"}

    answers = [olga.post(f"{page_of(meetup)}/send", data=typed) for meetup in (draft, over)]
    long = olga.post(f"{page_of(draft)}/send", data=typed | {"line": "a" * 601})
    nobody = olga.post(f"{page_of(draft)}/letters", data={"deed": "invite"})
    unknown = olga.post(f"{page_of(draft)}/letters", data={"deed": "praise"})

    assert [(answer.status_code, "See you, Olga" in answer.text) for answer in answers] == [(409, True), (409, True)]
    assert "This meetup is a draft. Publish it first" in answers[0].text
    assert "Let it end later first." in answers[1].text
    assert (long.status_code, "up to 600 fit" in long.text, "a" * 601 in long.text) == (422, True, True)
    assert (nobody.status_code, "Tick at least one school first." in nobody.text, unknown.status_code) == (422, True, 404)
    assert mails() == []


def test_missing_contact_is_added_in_place(known: SimpleNamespace, make_meetup: Make, sign_in: SignIn) -> None:
    meetup, olga = make_meetup(in_days=30), sign_in(known.organizer)
    slug = known.here.slug
    url = f"{page_of(meetup)}/{slug}/contact"

    wrong = olga.post(url, data={f"{slug}-name": "Noa New", f"{slug}-email": "noa at example"})
    right = olga.post(url, data={f"{slug}-name": "Noa New", f"{slug}-email": " Noa@Example.org"})
    olga.post(url, data={f"{slug}-name": "Noa Newer", f"{slug}-email": "noa@example.org"})

    assert (wrong.status_code, 'value="noa at example"' in wrong.text, "This is not an e-mail address." in wrong.text) == (422, True, True)
    assert right.status_code == 303
    contacts = db.session.scalars(sa.select(SchoolContact).where(SchoolContact.school_id == known.here.id)).all()
    assert [(contact.name, contact.email) for contact in contacts] == [("Noa Newer", "noa@example.org")]
    line = db.session.scalars(sa.select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line is not None
    assert (line.what, line.after) == ("school changed", {"contacts": "changed"})


def test_mail_that_came_back_stands_beside_the_school_with_the_reason(
    known: SimpleNamespace, make_meetup: Make, sign_in: SignIn
) -> None:  # fmt: skip
    meetup, olga = make_meetup(in_days=30), sign_in(known.organizer)
    invite(meetup, known.there, now=datetime.now(UTC))
    with transaction():
        sent = db.session.scalars(sa.select(OutboxMail)).one()
        sent.state, sent.sent_at = MailState.SENT, datetime.now(UTC)

    bounces.note(Bounce(sent.message_id, "", "550 no such mailbox", is_final=True), now=datetime.now(UTC))

    page = olga.get(f"{page_of(meetup)}?show=lost").text
    assert "Ola Contact, ola@ example.org Mail came back 550 no such mailbox Add another contact" in shown(page)
    assert f'href="/workspace/mail/{sent.id}"' in page


def test_silence_of_three_days_needs_the_organizer_until_registration_closes(known: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup()
    invite(meetup, known.member, known.there)
    nagging = [needs.needs_of(now=MONDAY + timedelta(days=days)) for days in (2, 3, 25)]

    [need] = nagging[1]

    assert [len(found) for found in nagging] == [0, 1, 0]
    assert str(need.said) == "2 schools have not answered, and registration closes on Thursday, November 26"
    assert (need.page, need.until) == ("meetups.invite_schools", meetup.gathering.closes_at)
    service.decline(invited("ola@example.org").id, "", now=TUESDAY)
    meetups.register_team(meetup.id, known.member.id, THREE, actor="user:1", now=TUESDAY)
    assert needs.needs_of(now=MONDAY + timedelta(days=3)) == []


@pytest.mark.parametrize(
    ("who", "sees"),
    [("organizer", 200), ("administrator", 200), ("host", 404), ("other_host", 404), ("viewer", 404), ("nobody", 302)],
)
def test_only_organizers_see_who_is_invited_and_write_to_them(
    client: FlaskClient, known: SimpleNamespace, make_meetup: Make, sign_in: SignIn, who: str, sees: int
) -> None:
    meetup = make_meetup(in_days=30)
    browser = client if who == "nobody" else sign_in(getattr(known, who))
    typed = {"deed": "invite", "school": "nyc-ischool", "nyc-ischool-name": "Eve", "nyc-ischool-email": "eve@example.org"}

    page = browser.get(page_of(meetup))
    posts = [browser.post(f"{page_of(meetup)}/{last}", data=typed).status_code for last in ("letters", "send", "nyc-ischool/contact")]

    assert (page.status_code, "ola@" in page.text) == (sees, sees == 200)
    assert posts == ([200, 303, 303] if sees == 200 else [404] * 3)


def test_page_of_the_schools_takes_as_many_statements_for_three_as_for_forty(
    known: SimpleNamespace, make_meetup: Make, network: list[School], count_statements: Callable[[Callable[[], object]], int]
) -> None:
    meetup = make_meetup()
    for school in network[:20]:
        directory.add_contact(school.id, "Kim", f"{school.slug}@example.org", actor="user:1", now=MONDAY)
    invite(meetup, *network[:20], known.member)
    db.session.rollback()

    assert count_statements(lambda: invitations.rows_of(queries.meetup_or_404(meetup.gathering.public_id))) == 6


def test_list_is_read_a_page_at_a_time_those_first_that_want_something_done(
    known: SimpleNamespace, make_meetup: Make, network: list[School], sign_in: SignIn
) -> None:
    meetup, browser = make_meetup(in_days=30), sign_in(known.organizer)
    with transaction():
        db.session.execute(sa.insert(School), [school_row(n) for n in range(20)])
    for school in (network[0], known.member):
        directory.add_contact(school.id, "Kim", f"kim-{school.id}@example.org", actor="user:1", now=MONDAY)
    invite(meetup, known.member)
    meetups.register_team(meetup.id, known.there.id, THREE, actor="user:1", now=datetime.now(UTC))

    first = browser.get(page_of(meetup)).text
    second = browser.get(html.unescape(first.partition('rel="next" href="')[2].partition('"')[0])).text
    far = browser.get(f"{page_of(meetup)}?borough=Far&show=no_contact").text

    names, total = [listed(page) for page in (first, second)], len(schools.choices())
    assert [len(page) for page in names] == [50, total - 50]
    assert (names[0][:2], names[1][-1]) == ([known.member.name, network[0].name], known.there.name)
    assert names[0][2:] + names[1][:-1] == [one.name for one in schools.choices() if one.name not in {*names[0][:2], known.there.name}]
    assert [f"{label} {number}<" in first for label, number in (("All", total), ("No contact", total - 3), ("Come", 1))] == [True] * 3
    assert (len(listed(far)), "No contact 7<" in far) == (7, True)


def listed(page: str) -> list[str]:
    """The names in the list of schools."""
    return [html.unescape(name) for name in re.findall(r'<div class="what">\s*<b>(.*?)</b>', page)]


def school_row(n: int) -> dict[str, object]:
    borough = "Far" if n % 3 == 0 else "Near"
    return {"slug": f"more-{n}", "name": f"More Schools {n:02}", "short_name": f"More {n}", "tier": Tier.FRIEND, "borough": borough,
            "time_zone": "America/New_York", "created_at": MONDAY}  # fmt: skip


def test_contact_takes_along_and_erases_what_was_written_and_said(app: Flask, known: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup()
    invite(meetup, known.member)
    service.decline(invited().id, "Our blue week", now=MONDAY)
    data = export.data_of("ines@example.org")
    privacy.ask("ines@example.org", now=MONDAY)
    link = db.session.scalars(sa.select(DataLink)).one()

    erase.erase(link.id, now=MONDAY)

    assert [row["reason"] for row in data["meetup_invitations"]] == ["Our blue week"]
    assert [row["gathering"] for row in data["invited_contacts"]] == ["Fall meetup"]
    tables = (MeetupInvitation, InvitedContact, SchoolContact, OutboxMail)
    left = [str(vars(row)) for table in tables for row in db.session.scalars(sa.select(table))]
    assert [text for text in left if "blue week" in text or "ines@" in text or "Inés" in text] == []
    assert standings(meetup)["Bronx Arena"] == "declined"
    assert len(stored()) == 1


def test_thirty_days_after_the_meetup_the_reason_and_who_was_written_to_are_gone(known: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup()
    invite(meetup, known.member)
    service.decline(invited().id, "Our blue week", now=MONDAY)

    kept = []
    for days in (29, 31):
        retention.run(meetup.gathering.ends_at + timedelta(days=days))
        kept.append(([one.reason for one in db.session.scalars(sa.select(MeetupInvitation))], len(stored())))

    assert kept == [(["Our blue week"], 2), ([""], 0)]
