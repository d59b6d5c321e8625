"""Hosts see which mails of a visit will go out and which went, and send one again to a party that has seats (rule 15)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation import clock, ticks
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.templating import translated
from scheduler.registration import queries, service
from scheduler.registration.models import Gathering, Registration
from scheduler.schools.models import SchoolContact
from scheduler.visits import mail_page
from scheduler.visits import service as visits
from scheduler.visits.mail_page_views import KINDS
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
SignIn = Callable[[User], FlaskClient]
NEW_YORK = ZoneInfo("America/New_York")


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time by the clock in New York."""
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def outbox_mails() -> list[OutboxMail]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


def delivered(state: str = "sent", error: str = "") -> None:
    """All mail has left, or cannot be delivered."""
    with transaction():
        db.session.execute(sa.update(OutboxMail).values(state=state, error=error))


def coming(visit: Visit, now: datetime) -> list[tuple[str, str, str]]:
    """What will go out, as the page says it."""
    gathering = db.session.get_one(Gathering, visit.gathering_id, populate_existing=True)
    return [(mail.kind, mail.wall.isoformat(" ", "minutes"), translated(mail.to)) for mail in mail_page.coming(gathering, now=now)]


def again(visit: Visit, now: datetime) -> dict[str, bool]:
    """Which of the mails that went may go again."""
    gathering = db.session.get_one(Gathering, visit.gathering_id, populate_existing=True)
    return {each.kind: each.may_go_again for each in mail_page.went(gathering, now=now)}


def page(visit: Visit) -> str:
    return f"/workspace/visits/{visit.gathering.public_id}/mail"


def test_what_will_go_out_is_what_then_goes_out(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, least_people=9)
    book(visit, 4)
    book(visit, 2)
    announced = coming(visit, MONDAY)

    goes = []
    for _, wall, _ in announced:
        before = len(outbox_mails())
        ticks.run_due(now=datetime.fromisoformat(wall).replace(tzinfo=NEW_YORK).astimezone(UTC))
        goes += [(mail_page.kind_of(mail), wall) for mail in outbox_mails()[before:]]

    assert announced == [
        ("week", "2026-11-25 16:00", "2 parties"),
        ("host_least", "2026-11-27 09:00", "1 host"),
        ("digest_early", "2026-11-29 16:00", "1 host"),
        ("digest", "2026-12-01 16:00", "1 host"),
        ("day_before", "2026-12-01 16:00", "2 parties"),
        ("tried", "2027-01-31 16:00", "2 parties"),
    ]
    assert goes == [
        *[("week", "2026-11-25 16:00")] * 2,
        ("host_least", "2026-11-27 09:00"),
        ("host_digest", "2026-11-29 16:00"),
        ("host_digest", "2026-12-01 16:00"),
        *[("day_before", "2026-12-01 16:00")] * 2,
        *[("tried", "2027-01-31 16:00")] * 2,
    ]
    assert coming(visit, at(12, 1, 16)) == announced[-1:]


@pytest.mark.parametrize(("state", "sentence"), [("draft", "before you publish"), ("cancelled", "nothing more goes out by itself")])
def test_nothing_is_announced_for_what_does_not_take_place(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, state: str, sentence: str
) -> None:
    visit = make_visit(cast.here, publish=state != "draft")
    if state == "cancelled":
        visits.cancel_visit(visit.id, "Testing week.", actor="user:1", now=MONDAY)

    answer = sign_in(cast.host).get(page(visit))

    assert coming(visit, MONDAY) == []
    assert sentence in answer.text


def test_page_shows_what_went_to_whom_and_what_failed(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4, needs_approval=True)
    now = clock.now()
    book(visit, 4, now=now)
    book(visit, 2, lead_name="Wanda Waits", now=now)
    book(make_visit(cast.there, in_days=21), 2, lead_name="Somebody Else", now=now)
    delivered("dead", "550 no such mailbox <here>")

    text = sign_in(cast.host).get(page(visit)).text.replace("<wbr>", "")

    shown = re.findall(r'<th scope="row" role="rowheader">(.*?)</th>', text)
    assert shown[-3:] == ["On the waitlist", "Somebody asks to come", "The host decides"]
    assert all(fact in text for fact in ("Tess Teacher", "tess@example.org", "Wanda Waits", cast.host.email))
    assert "Somebody Else" not in text
    assert text.count("Not delivered") == 3
    assert "550 no such mailbox &lt;here&gt;" in text


def test_page_of_a_visit_without_mail_says_so(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    text = sign_in(cast.host).get(page(make_visit(cast.here, in_days=20))).text

    assert "Nothing yet. When somebody books, the confirmation stands here." in text


def test_page_is_linked_from_the_visit(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20)

    text = sign_in(cast.host).get(f"/workspace/visits/{visit.gathering.public_id}").text

    assert f'href="{page(visit)}"' in text


@pytest.mark.parametrize(
    ("who", "status"), [("host", 200), ("organizer", 200), ("administrator", 200), ("other_host", 404), ("viewer", 404), ("nobody", 302)]
)
def test_mail_is_for_the_hosts_of_the_school(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, client: FlaskClient, who: str, status: int
) -> None:
    visit = make_visit(cast.here, in_days=20)
    browser = client if who == "nobody" else sign_in(getattr(cast, who))

    assert browser.get(page(visit)).status_code == status


def test_mail_goes_again_with_the_same_words_and_is_in_the_log(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit = make_visit(cast.here, in_days=20)
    with transaction():
        db.session.add(SchoolContact(school_id=cast.here.id, name="Cora Contact", email="cora@example.org"))
    book(visit, 4, now=clock.now())
    delivered("dead", "550 no such mailbox")
    [first] = outbox_mails()

    answer = sign_in(cast.host).post(f"{page(visit)}/{first.id}/again")

    first, second = outbox_mails()
    same = ("template", "to_address", "to_name", "facts", "about", "reply_to", "invitation", "chain")
    assert (answer.status_code, answer.location) == (303, page(visit))
    assert {name: getattr(second, name) for name in same} == {name: getattr(first, name) for name in same}
    assert (second.state, second.message_id != first.message_id) == ("waiting", True)
    assert db.session.scalars(sa.select(AuditLine.about).where(AuditLine.what == "mail sent again")).all() == [first.about]


def test_mail_of_another_visit_or_school_is_not_there(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    here, also_here, there = make_visit(cast.here, in_days=20), make_visit(cast.here, in_days=22), make_visit(cast.there, in_days=21)
    book(also_here, 2, now=clock.now())
    book(there, 2, now=clock.now())
    delivered()
    mine, theirs = outbox_mails()
    browser = sign_in(cast.host)

    statuses = [
        browser.post(f"{page(visit)}/{mail_id}/again").status_code
        for visit, mail_id in ((here, mine.id), (here, theirs.id), (there, theirs.id), (here, 2147483647), (also_here, mine.id))
    ]

    assert statuses == [404, 404, 404, 404, 303]
    assert len(outbox_mails()) == 3


def test_party_that_has_no_seats_any_more_gets_nothing_again(cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20)
    party = queries.registration_or_404(book(visit, 4, now=clock.now()).public_id)
    service.cancel(party.id, reason="ill", by="party", actor="link", now=clock.now())
    delivered()
    browser = sign_in(cast.host)

    answers = [browser.post(f"{page(visit)}/{mail.id}/again") for mail in outbox_mails()]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Only mails to parties that have seats go again" in answers[0].text
    assert "Send again" not in answers[0].text
    assert len(outbox_mails()) == 2


def test_only_what_is_still_so_goes_again(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    party = queries.registration_or_404(book(visit, 4).public_id)
    delivered()
    fresh = again(visit, MONDAY)
    service.resize(party.id, 3, actor="link", now=MONDAY)
    delivered()
    resized = again(visit, MONDAY)
    version = db.session.get_one(Gathering, visit.gathering_id, populate_existing=True).version
    later = replace(visits.details_of(visit), ends_wall=datetime(2026, 12, 2, 12))
    visits.edit_visit(visit.id, later, version=version, actor="user:1", now=MONDAY)
    delivered()

    assert (fresh, resized) == ({"confirmed": True}, {"resized": True, "confirmed": False})
    assert again(visit, MONDAY) == {"changed": True, "resized": False, "confirmed": False}
    assert set(again(visit, at(12, 2, 9)).values()) == {False}  # it has begun


def test_link_that_was_replaced_is_not_mailed_again(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 4)
    delivered()
    with transaction():
        db.session.execute(sa.update(Registration).values(link_round=1))

    assert again(visit, MONDAY) == {"confirmed": False}


def test_mail_on_its_way_does_not_go_twice(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 4)

    with pytest.raises(Refusal, match="This mail is on its way already"):
        mail_page.send_again(outbox_mails()[0].id, visit.gathering_id, actor="user:1", now=MONDAY)


def test_mail_of_the_day_before_says_today_on_the_day(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 4)
    ticks.run_due(now=at(12, 1, 16))
    delivered()
    [before] = [mail for mail in outbox_mails() if mail_page.kind_of(mail) == "day_before"]

    mail_page.send_again(before.id, visit.gathering_id, actor="user:1", now=at(12, 2, 7))

    assert (before.facts["is_today"], outbox_mails()[-1].facts["is_today"]) == (False, True)


def test_one_address_gets_a_mail_five_times_an_hour_at_most(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 4)
    delivered()
    mail_id = outbox_mails()[0].id
    for _ in range(4):
        mail_page.send_again(mail_id, visit.gathering_id, actor="user:1", now=MONDAY + timedelta(minutes=1))

    with pytest.raises(Refusal, match="five times within the hour"):
        mail_page.send_again(mail_id, visit.gathering_id, actor="user:1", now=MONDAY + timedelta(minutes=2))
    mail_page.send_again(mail_id, visit.gathering_id, actor="user:1", now=MONDAY + timedelta(minutes=70))

    assert len(outbox_mails()) == 6


def test_every_mail_of_a_visit_has_a_name_on_the_page() -> None:
    folder = Path(__file__).resolve().parents[2] / "templates" / "registration" / "mail"
    mails = {path.stem for path in folder.glob("*.txt") if not path.stem.startswith("_")}

    assert sorted(mails - set(KINDS) - {"team_registered"}) == []
