"""Choosing a school: a plain list of up to a hundred, a box for a name where there are more (workspace rule 1)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.accounts.models import Invitation, User
from scheduler.foundation.db import db, transaction
from scheduler.schools.models import School, Tier
from scheduler.visits.models import Visit
from scheduler.visits.watches.models import Watch
from tests.people import MONDAY

PAGES = {
    "/new-dates": "about", "/calendar": "at", "/workspace/people": "school", "/workspace/closures": "school",
    "/workspace/resources": "school", "/workspace/visits": "school", "/workspace/visits/new": "school",
    "/workspace/visits/series/new": "school",
}  # fmt: skip


@pytest.fixture
def hundred_more(cast: SimpleNamespace) -> None:
    """More schools than a plain list may hold."""
    rows = [
        {"slug": f"school-{n}", "name": f"Public School {n}", "short_name": f"PS {n}", "tier": Tier.FRIEND, "borough": "Queens",
         "time_zone": "America/New_York", "created_at": MONDAY}
        for n in range(100, 200)
    ]  # fmt: skip
    with transaction():
        db.session.execute(sa.insert(School), rows)


def control(page: str, name: str) -> str:
    """What a page offers to choose a school with, and how many choices stand in it."""
    if re.search(rf'<input [^>]*name="{name}"[^>]*data-near|<input [^>]*list="{name}-near"[^>]*name="{name}"', page):
        return "box"
    found = re.search(rf'<select [^>]*name="{name}".*?</select>', page, re.DOTALL)
    return f"list of {found.group(0).count('<option')}" if found else "nothing"


def said(page: str) -> str:
    """The first sentence beside a field."""
    return html.unescape(re.search(r'<p class="error"[^>]*>(.*?)</p>', page, re.DOTALL).group(1).strip())  # type: ignore[union-attr]


def test_up_to_a_hundred_schools_stand_in_a_plain_list(cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]) -> None:
    browser = sign_in(cast.administrator)

    controls = {path: control(browser.get(path).text, name) for path, name in PAGES.items()}

    assert controls == {
        "/new-dates": "list of 4", "/calendar": "list of 6", "/workspace/people": "list of 4", "/workspace/closures": "list of 4",
        "/workspace/resources": "list of 3", "/workspace/visits": "list of 4", "/workspace/visits/new": "list of 3",
        "/workspace/visits/series/new": "list of 3",
    }  # fmt: skip


@pytest.mark.usefixtures("hundred_more")
def test_of_more_than_a_hundred_a_name_is_typed(cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]) -> None:
    browser = sign_in(cast.administrator)

    controls = {path: control(browser.get(path).text, name) for path, name in PAGES.items()}

    assert controls == dict.fromkeys(PAGES, "box")


@pytest.mark.usefixtures("hundred_more")
@pytest.mark.parametrize("typed", ["Public School 142", "  public school  142 ", "ps 142", "school-142"])
def test_school_is_found_by_its_name_its_short_name_and_its_name_in_addresses(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], typed: str
) -> None:
    page = sign_in(cast.organizer).get("/workspace/closures", query_string={"school": typed})

    assert (page.status_code, "<h2>Public School 142</h2>" in page.text) == (200, True)
    assert 'value="Public School 142"' in page.text


@pytest.mark.usefixtures("hundred_more")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("collegiate", "We know no “collegiate”. Did you mean Harvest Collegiate High School?"),
        ("Harvst colegiate", "We know no “Harvst colegiate”. Did you mean Harvest Collegiate High School?"),
        ("école", "We know no “école”. The directory of schools tells how each is called."),
    ],
)
def test_name_that_is_not_there_stays_and_those_near_it_are_said(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], typed: str, sentence: str
) -> None:
    page = sign_in(cast.organizer).get("/workspace/closures", query_string={"school": typed})

    assert (page.status_code, said(page.text)) == (422, sentence)
    assert f'value="{typed}"' in page.text


@pytest.mark.usefixtures("hundred_more")
def test_form_with_a_name_that_is_not_there_writes_nothing_and_keeps_what_was_typed(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    browser, typed = sign_in(cast.administrator), {"email": "new@example.org", "role": "host", "school": "Public School 9"}

    wrong = browser.post("/workspace/people", data=typed)
    right = browser.post("/workspace/people", data=typed | {"school": "Public School 199"})

    assert (wrong.status_code, 'value="Public School 9"' in wrong.text, 'value="new@example.org"' in wrong.text) == (422, True, True)
    invited = sa.select(School.slug).join(Invitation, Invitation.school_id == School.id)
    assert (right.status_code, db.session.scalars(invited).all()) == (303, ["school-199"])


@pytest.mark.usefixtures("hundred_more")
def test_visit_is_planned_at_a_school_that_is_named_first(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_visit: Callable[..., Visit]
) -> None:
    browser = sign_in(cast.organizer)

    unknown = browser.get("/workspace/visits/new?school=Nowhere+School+of+Nothing")
    form = browser.get("/workspace/visits/new", query_string={"school": cast.there.name})
    sent = browser.post("/workspace/visits/new", data={"school": cast.there.slug, "title": "Conferences"})

    assert (unknown.status_code, "At which school?" in unknown.text) == (422, True)
    kept = f'<input type="hidden" name="school" value="{cast.there.slug}">'
    assert (form.status_code, kept in form.text, sent.status_code, kept in sent.text) == (200, True, 422, True)


@pytest.mark.usefixtures("hundred_more")
def test_visitors_name_a_school_or_what_they_want_to_see(cast: SimpleNamespace, client: FlaskClient) -> None:
    answers = [
        client.post("/new-dates", data={"about": about, "email": "ana@school.org"}).status_code
        for about in ("PS 150", "school:school-151", "Nothing at all like it")
    ]

    watched = sa.select(School.slug).join(Watch, Watch.school_id == School.id).order_by(School.slug)
    assert (answers, db.session.scalars(watched).all()) == ([303, 303, 422], ["school-150", "school-151"])


@pytest.mark.usefixtures("hundred_more")
def test_month_is_narrowed_by_a_typed_school_or_borough_and_its_links_stay_short(cast: SimpleNamespace, client: FlaskClient) -> None:
    pages = {typed: client.get("/calendar", query_string={"at": typed}).text for typed in ("ps 150", "All of Queens", "Nowhere")}

    assert "at=school:school-150" in pages["ps 150"]
    assert "at=borough:queens" in pages["All of Queens"]
    assert said(pages["Nowhere"]).startswith("We know no “Nowhere”.")


@pytest.mark.usefixtures("hundred_more")
def test_names_near_what_is_typed_are_told_to_everybody_and_few_of_them(cast: SimpleNamespace, client: FlaskClient) -> None:
    asked = {words: client.get("/school-names", query_string={"words": words}).json for words in ("school 15", "COLLEGIATE", "", "%")}

    assert asked == {
        "school 15": [f"Public School {n}" for n in (115, 150, 151, 152, 153, 154, 155, 156)], "COLLEGIATE": [cast.here.name],
        "": [], "%": [],
    }  # fmt: skip
