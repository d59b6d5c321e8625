"""A visit's pages: what visitors read and send, what hosts do, and what wrong input is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation.db import db
from scheduler.foundation.templating import when
from scheduler.foundation.tokens import derived
from scheduler.registration import links, queries, service
from scheduler.registration.models import Gathering, Registration
from scheduler.schools.models import Tier
from scheduler.visits.models import Visit
from tests.people import SURE

Make = Callable[..., Visit]
SignIn = Callable[[User], FlaskClient]
KEY = "a-key-of-a-form-000001"


def booking(**more: str) -> dict[str, str]:
    facts = {
        "lead_name": "Tess Teacher",
        "lead_email": "Tess@Example.org",
        "organization": "bronx arena",
        "party_size": "4",
        "photo_rule": "y",
    }
    return facts | {"key": KEY} | more


def a_visit(**more: str) -> dict[str, str]:
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    facts = {
        "school": "harvest-collegiate-high-school", "title": "Morning meeting", "day": day, "starts": "09:00", "ends": "11:00",
        "doors_minutes": "15", "capacity": "12", "party_most": "6", "waitlist_open": "y", "publish": "1",
        "opens_days": "60", "cutoff_days": "2", "cutoff_time": "15:00", "school_most": "6", "least_people": "", "needs_approval": "y",
        "reserved_living_lab": "", "reserved_incubator": "", "reserved_active_member": "", "reserved_friend": "", "release_days": "10",
    }  # fmt: skip
    return facts | more


def plain(page: str) -> str:
    """The words of a page, with one blank between them."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split()).replace(" : ", ": ")


def errors_in(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", found).strip() for found in re.findall(r'<p class="error"[^>]*>(.*?)</p>', page, re.S)]


def test_home_lists_the_visit_with_seats_left_and_filters_it(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> None:
    make_visit(cast.here, in_days=20, capacity=12)
    make_visit(cast.there, in_days=21, title="Flexible pacing", publish=False)

    page = client.get("/").text

    assert "Student-led conferences, start to finish" in page
    assert "12 seats left" in page
    assert "Flexible pacing" not in page
    assert "Student-led conferences, start to finish" not in client.get("/?borough=Bronx").text
    assert "There is no day 2026-02-30." in client.get("/?from=2026-02-30").text


def test_booking_leads_to_a_confirmation_that_only_this_browser_opens(
    app: object, cast: SimpleNamespace, make_visit: Make, client: FlaskClient
) -> None:
    visit = make_visit(cast.there, in_days=20, place="", private_place="The blue door, 131 6th Ave")
    path = f"/visits/{visit.gathering.public_id}"

    answer = client.post(f"{path}/book", data=booking())
    registration = db.session.query(Registration).one()

    assert (answer.status_code, answer.location) == (303, f"/registrations/{registration.public_id}")
    assert (registration.lead_email, registration.organization, registration.party_size) == (
        "tess@example.org",
        "Bronx Arena High School",
        4,
    )
    assert "The blue door" not in client.get(path).text
    assert "The address is in your confirmation." in client.get(path).text
    assert "The blue door" in client.get(answer.location).text
    assert app.test_client().get(answer.location).status_code == 404  # type: ignore[attr-defined]


def test_mailed_link_opens_the_booking_and_a_wrong_one_does_not(
    app: object, cast: SimpleNamespace, make_visit: Make, client: FlaskClient
) -> None:
    visit = make_visit(cast.here, in_days=20)
    client.post(f"/visits/{visit.gathering.public_id}/book", data=booking())
    registration = db.session.query(Registration).one()
    right = derived(links.PARTY, registration.public_id, 0)
    elsewhere = app.test_client()  # type: ignore[attr-defined]

    wrong = elsewhere.get(f"/r/{registration.public_id}/{right[:-1]}{'y' if right.endswith('x') else 'x'}")
    opened = elsewhere.get(f"/r/{registration.public_id}/{right}")

    assert wrong.status_code == 404
    assert (opened.status_code, opened.location) == (303, f"/registrations/{registration.public_id}")
    assert elsewhere.get(opened.location).status_code == 200


def test_loser_of_the_last_seat_is_offered_the_waitlist_in_the_same_answer(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient
) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4)
    path = f"/visits/{visit.gathering.public_id}/book"
    client.post(path, data=booking())

    refused = client.post(
        path, data=booking(key="another-key-000000001", lead_name="Lea Late", lead_email="lea@example.org", party_size="2")
    )
    waiting = client.post(
        path, data=booking(key="another-key-000000001", lead_name="Lea Late", lead_email="lea@example.org", party_size="2", wait="1")
    )

    assert refused.status_code == 409
    assert "No seat is left. Your party can wait" in refused.text
    assert 'value="Lea Late"' in refused.text
    assert 'name="wait"' in refused.text
    assert waiting.status_code == 303
    assert "You are next in line." in client.get(waiting.location).text


def test_visit_says_until_when_one_books_who_waits_for_an_answer_and_which_seats_are_kept(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient
) -> None:
    """Rules 2 and 6."""
    visit = make_visit(cast.here, in_days=40, needs_approval=True, reserved={Tier.FRIEND: 2})
    ends, free = (when(at, "America/New_York") for at in (visit.gathering.closes_at, visit.gathering.reserved[0].releases_at))

    page = plain(client.get(f"/visits/{visit.gathering.public_id}").text)

    assert f"Book by {ends} Schools of the network are booked at once. Everybody else gets the school’s answer first." in page
    assert f"2 seats are kept for Friend schools until {free}." in page


@pytest.mark.parametrize(
    ("more", "standing", "heading", "way"),
    [
        ({}, "", "Book this visit", "Book this visit 12 seats left"),
        ({"capacity": 2}, "Full", "Join the waitlist", "Join the waitlist 0 seats left"),
        ({"capacity": 2, "waitlist_open": False}, "Full", "This visit is full", ""),
        ({"opens_days": 10}, "Opens later", "Booking is not open", ""),
    ],
)
def test_visit_that_cannot_be_booked_says_so_above_its_title_and_others_lead_to_the_form(
    cast: SimpleNamespace, make_visit: Make, book: Callable[..., service.Booked], client: FlaskClient,
    more: dict[str, int], standing: str, heading: str, way: str,
) -> None:  # fmt: skip
    visit = make_visit(cast.here, in_days=20, **more)
    if "capacity" in more:
        book(visit, 2, now=datetime.now(UTC))

    html = client.get(f"/visits/{visit.gathering.public_id}").text
    page = plain(html)

    assert f"{standing} {visit.gathering.title} {cast.here.name} {way}".strip() in page
    assert ('href="#book"' in html) == bool(way)
    assert f" {heading} " in page


def test_summary_of_what_is_wrong_reads_as_sentences(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> None:
    visit = make_visit(cast.here, in_days=20)

    page = plain(client.post(f"/visits/{visit.gathering.public_id}/book", data={"key": KEY}).text)

    assert "Your name: This is needed." in page
    assert "How many are you? Choose one of the list." in page
    assert "We take no photos of students. Tick this to book: the schools ask it of every visitor." in page


@pytest.mark.parametrize("size", ["0", "1_0", "١٢", "7", "", "-1", "9" * 30])
def test_impossible_party_gets_a_sentence_and_keeps_what_was_typed(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient, size: str
) -> None:
    visit = make_visit(cast.here, in_days=20)

    answer = client.post(f"/visits/{visit.gathering.public_id}/book", data=booking(party_size=size))

    assert answer.status_code == 422
    assert errors_in(answer.text) == ["Choose one of the list."]
    assert 'value="Tess Teacher"' in answer.text
    assert db.session.query(Registration).count() == 0


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("lead_name", "", "This is needed."),
        ("lead_name", "\u200b\u3164", "This is needed."),
        ("lead_name", "Ana\0Lopez", "NUL cannot be shown here. Type the text again without it."),
        ("lead_name", "A" * 10_000, "This has 10,000 letters; up to 200 fit."),
        ("lead_email", "ana at school", "This is not an e-mail address. It looks like ana@school.org."),
        ("lead_email", "a@b.org\r\nBcc: x@y.org", "line break cannot be shown here. Type the text again without it."),
        ("photo_rule", "", "Tick this to book: the schools ask it of every visitor."),
    ],
)
def test_wrong_booking_gets_a_sentence_at_its_field(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    visit = make_visit(cast.here, in_days=20)
    sent = {name: value for name, value in booking(**{field: typed}).items() if value or name != "photo_rule"}

    answer = client.post(f"/visits/{visit.gathering.public_id}/book", data=sent)

    assert answer.status_code == 422
    assert errors_in(answer.text) == [sentence]


@pytest.mark.parametrize(
    "name", ["李小龍", "José Ñandú", "O'Brien & Söhne <b>", "Dr. 👩🏽‍🏫 Ada", "=cmd|' /C calc'!A0", "%(people)s {{ 7*7 }}"]
)
def test_any_name_is_accepted_and_shown_back_unchanged(cast: SimpleNamespace, make_visit: Make, client: FlaskClient, name: str) -> None:
    visit = make_visit(cast.here, in_days=20)

    answer = client.post(f"/visits/{visit.gathering.public_id}/book", data=booking(lead_name=name))

    assert db.session.query(Registration).one().lead_name == name
    assert "<b>" not in client.get(answer.location).text.split("</header>")[1].replace("<b>", "", 1)


def test_program_that_fills_every_field_books_nothing(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> None:
    visit = make_visit(cast.here, in_days=20)

    answer = client.post(f"/visits/{visit.gathering.public_id}/book", data=booking(website="https://spam.example"))

    assert answer.status_code == 422
    assert db.session.query(Registration).count() == 0


def test_party_shrinks_grows_and_cancels_by_its_page_and_get_changes_nothing(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient
) -> None:
    visit = make_visit(cast.here, in_days=20)
    page = client.post(f"/visits/{visit.gathering.public_id}/book", data=booking()).location

    shrunk = client.post(f"{page}/size", data={"party_size": "2"})
    larger = client.post(f"{page}/size", data={"party_size": "3"})
    too_large = client.post(f"{page}/size", data={"party_size": "7"})
    looked = client.get(f"{page}/cancel")
    cancelled = client.post(f"{page}/cancel", data={"reason": "Ill"})

    assert (shrunk.status_code, larger.status_code, too_large.status_code) == (303, 303, 422)
    assert (looked.status_code, cancelled.status_code) == (405, 303)
    assert "Your booking is cancelled." in client.get(page).text
    assert queries.seats_of(visit.gathering).taken == 0


@pytest.mark.parametrize(
    "path", ["/visits/bcdfghjkmn", "/visits/9223372036854775808", "/registrations/bcdfghjkmn", "/dev/mail/9223372036854775808", "/r/x/y"]
)
def test_what_is_not_there_is_a_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_upload_of_100_mb_is_refused_before_it_is_read(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> None:
    path = f"/visits/{make_visit(cast.here, in_days=20).gathering.public_id}/book"
    file = {"CONTENT_LENGTH": str(100 * 1024 * 1024), "CONTENT_TYPE": "multipart/form-data; boundary=x"}

    answer = client.post(path, data=b"x", environ_overrides=file)
    form = client.post(path, data=booking(purpose="x" * 7_000_000))

    assert (answer.status_code, form.status_code) == (413, 413)


def test_host_plans_a_visit_and_visitors_see_it(cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    host = sign_in(cast.host)

    answer = host.post("/workspace/visits/new", data=a_visit(title="Morning meeting"))

    assert answer.status_code == 303
    assert "Open for booking" in host.get(answer.location).text
    assert "Morning meeting" in client.get("/").text


def test_draft_is_seen_by_its_hosts_only(cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    host = sign_in(cast.host)
    facts = a_visit()
    del facts["publish"]

    managed = host.post("/workspace/visits/new", data=facts | {"draft": "1"}).location
    public_id = managed.rsplit("/", 1)[-1]

    assert client.get(f"/visits/{public_id}").status_code == 404
    assert sign_in(cast.other_host).get(managed).status_code == 404
    assert host.post(f"{managed}/publish").status_code == 303
    assert client.get(f"/visits/{public_id}").status_code == 200


@pytest.mark.parametrize(
    ("typed", "sentences"),
    [
        ({"day": "2020-03-02"}, ["This would begin in the past. Choose a later day."]),
        ({"day": "2026-02-30"}, ["There is no day 2026-02-30. Write it like 2026-12-02."]),
        ({"starts": "11:00", "ends": "09:00"}, ["The end is not after the beginning. Choose a later time."]),
        (
            {"day": "2027-03-14", "starts": "02:30", "ends": "04:00"},
            ["2:30 am does not exist on March 14, 2027: the clocks go forward over it. An hour later works."],
        ),
        (
            {"day": "2027-11-07", "starts": "01:30", "ends": "04:00"},
            ["1:30 am happens twice on November 7, 2027: the clocks go back over it. Choose a time outside that hour."],
        ),
        ({"starts": "25:00"}, ["There is no time 25:00. Write it like 09:30."]),
        ({"capacity": "0"}, ["Write a whole number from 1 to 500."]),
        ({"capacity": "1_0"}, ["Write a whole number from 1 to 500."]),
        ({"capacity": "١٢"}, ["Write a whole number from 1 to 500."]),
        ({"title": "T" * 10_000}, ["This has 10,000 letters; up to 120 fit."]),
        ({"title": "A\0B\u2028C"}, ["NUL, U+2028 cannot be shown here. Type the text again without it."]),
        ({"day": "9999-12-31"}, ["There is no day 9999-12-31. Write it like 2026-12-02."]),
    ],
)
def test_wrong_visit_gets_a_sentence_at_its_field_and_keeps_the_rest(
    cast: SimpleNamespace, sign_in: SignIn, typed: dict[str, str], sentences: list[str]
) -> None:
    answer = sign_in(cast.host).post("/workspace/visits/new", data=a_visit(description="Kept as typed.") | typed)

    assert answer.status_code == 422
    assert errors_in(answer.text) == sentences
    assert "Kept as typed." in answer.text
    assert db.session.query(Gathering).count() == 0


def test_host_changes_seats_prints_the_roster_and_exports_it(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, client: FlaskClient
) -> None:
    visit = make_visit(cast.here, in_days=20)
    client.post(f"/visits/{visit.gathering.public_id}/book", data=booking(lead_name="=HYPERLINK(1)"))
    host, path = sign_in(cast.host), f"/workspace/visits/{visit.gathering.public_id}"

    changed = host.post(f"{path}/capacity", data={"capacity": "20"})
    roster, listed = host.get(f"{path}/roster").text, host.get(f"{path}/roster.csv").text

    assert changed.status_code == 303
    assert queries.seats_of(db.session.get_one(Gathering, visit.gathering_id)).capacity == 20
    assert roster.count("booked by =HYPERLINK(1)") == 3
    assert "'=HYPERLINK(1),tess@example.org,Bronx Arena High School,4" in listed


def test_cancelling_a_visit_needs_a_reason_and_shows_it(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, client: FlaskClient
) -> None:
    visit = make_visit(cast.here, in_days=20)
    host, path = sign_in(cast.host), f"/workspace/visits/{visit.gathering.public_id}/cancel"

    without, with_reason = host.post(path, data={"reason": " "}), host.post(path, data={"reason": "State testing"})

    assert (without.status_code, with_reason.status_code) == (422, 303)
    assert "This visit is cancelled: State testing" in client.get(f"/visits/{visit.gathering.public_id}").text


@pytest.mark.parametrize("path", ["", "/edit", "/cancel", "/roster", "/roster.csv"])
def test_visit_of_another_school_is_not_there(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, client: FlaskClient, path: str
) -> None:
    address = f"/workspace/visits/{make_visit(cast.here, in_days=20).gathering.public_id}{path}"

    assert sign_in(cast.host).get(address).status_code == 200
    assert sign_in(cast.organizer).get(address).status_code == 200
    assert sign_in(cast.other_host).get(address).status_code == 404
    assert sign_in(cast.viewer).get(address).status_code == 404
    assert client.get(address).status_code == 302


def test_other_hosts_posts_change_nothing(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20)
    other, path = sign_in(cast.other_host), f"/workspace/visits/{visit.gathering.public_id}"

    statuses = [
        other.post(f"{path}/capacity", data={"capacity": "1"}).status_code,
        other.post(f"{path}/cancel", data={"reason": "x"}).status_code,
        other.post(f"{path}/edit", data=a_visit()).status_code,
        other.post(f"{path}/publish").status_code,
        other.post("/workspace/visits/new", data=a_visit(school="harvest-collegiate-high-school")).status_code,
    ]

    assert statuses == [404, 404, 404, 404, 422]
    assert queries.seats_of(db.session.get_one(Gathering, visit.gathering_id)).capacity == 12


def test_moved_up_party_finds_its_booking_by_the_link_of_its_waitlist_entry(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient, book: Callable[..., service.Booked]
) -> None:
    visit = make_visit(cast.here, in_days=20, capacity=4)
    now = datetime.now(UTC)
    seated, waiting = book(visit, 4, now=now), book(visit, 3, lead_email="w@example.org", wish=SURE, now=now)
    service.cancel(queries.registration_or_404(seated.public_id).id, reason="", by="party", actor="link", now=now)

    client.get(f"/w/{waiting.public_id}/{derived(links.ENTRY, waiting.public_id)}")
    page = client.get(f"/waiting/{waiting.public_id}", follow_redirects=True)

    assert waiting.outcome == service.Outcome.WAITLISTED
    assert "You are booked: 3 people." in page.text
