"""Pages of closed days: who sees and changes whose, and lists that are seen before they are written (visits, rule 3)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.imports import ImportDraft
from scheduler.schools import closures
from scheduler.schools import closures_queries as queries
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import Closure, School
from tests.people import MONDAY

SignIn = Callable[[User], FlaskClient]
PATH = "/workspace/closures"
SOON = datetime.now(UTC).date() + timedelta(days=30)
LATER = SOON + timedelta(days=40)


def close(school: School | None, first: date = SOON, last: date | None = None, title: str = "Testing", uid: str | None = None) -> None:
    details = ClosureDetails(first, last or first, title, uid)
    closures.close_days(school.id if school else None, details, actor="command:test", now=MONDAY)


def stored() -> list[tuple[int | None, date, date, str]]:
    return [(each.school_id, each.first_day, each.last_day, each.title) for each in db.session.query(Closure).order_by(Closure.id)]


def typed(**more: str) -> dict[str, str]:
    return {"first_day": SOON.isoformat(), "last_day": "", "title": "Testing"} | more


def an_entry(uid: str, first: date, title: str, *more: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART;VALUE=DATE:{first:%Y%m%d}", *more, "END:VEVENT", ""])


def bring(client: FlaskClient, *entries: str, path: str = f"{PATH}/import") -> str:
    """Upload a calendar; the address of its preview."""
    data = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(entries)}END:VCALENDAR\r\n".encode()
    answer = client.post(path, data={"file": (io.BytesIO(data), "school.ics")})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def confirm(client: FlaskClient, address: str, *, without: str = "") -> int:
    page = client.get(address).text
    chosen = [key for key in re.findall(r'name="chosen" value="(\d+)"', page) if key != without]
    expected = re.findall(r'name="expected" value="([^"]+)"', page)[0]
    return client.post(address, data={"chosen": chosen, "expected": expected}).status_code


def figures(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<p class="figure"><b>(\d+)</b>', page)]


def test_host_closes_days_of_the_own_school_and_reads_the_networks(cast: SimpleNamespace, sign_in: SignIn) -> None:
    close(None, LATER, title="Winter recess")
    host = sign_in(cast.host)

    answer = host.post(PATH, data=typed(last_day=(SOON + timedelta(days=1)).isoformat()))
    page = host.get(answer.location).text

    assert (answer.status_code, answer.location) == (303, f"{PATH}?school={cast.here.slug}")
    assert stored()[1:] == [(cast.here.id, SOON, SOON + timedelta(days=1), "Testing")]
    assert "Winter recess" in page
    assert page.count("/remove") == 1
    lines = db.session.query(AuditLine).filter(AuditLine.what == "days closed").order_by(AuditLine.id).all()
    assert (lines[1].actor, lines[1].school_id, lines[1].after["title"]) == (f"user:{cast.host.id}", cast.here.id, "Testing")


@pytest.mark.parametrize(
    ("who", "expected"), [("organizer", 303), ("administrator", 303), ("host", 303), ("other_host", 404), ("viewer", 404)]
)
def test_only_its_host_and_the_networks_people_close_a_school(cast: SimpleNamespace, sign_in: SignIn, who: str, expected: int) -> None:
    answer = sign_in(getattr(cast, who)).post(f"{PATH}?school={cast.here.slug}", data=typed())

    assert answer.status_code == expected
    assert len(stored()) == (expected == 303)


def test_the_network_is_closed_by_its_people_only(cast: SimpleNamespace, sign_in: SignIn) -> None:
    sign_in(cast.organizer).post(PATH, data=typed(title="Thanksgiving"))
    sign_in(cast.host).post(PATH, data=typed(title="Testing"))

    assert [(school_id, title) for school_id, _, _, title in stored()] == [(None, "Thanksgiving"), (cast.here.id, "Testing")]


@pytest.mark.parametrize(("who", "removed"), [("host", False), ("other_host", False), ("organizer", True)])
def test_the_networks_closures_are_removed_by_its_people_only(cast: SimpleNamespace, sign_in: SignIn, who: str, removed: bool) -> None:
    close(None)
    closure = db.session.query(Closure).one()

    answer = sign_in(getattr(cast, who)).post(f"{PATH}/{closure.public_id}/remove")

    assert answer.status_code == (303 if removed else 404)
    assert (stored() == []) == removed


def test_removed_closure_is_gone_and_the_log_knows_it(cast: SimpleNamespace, sign_in: SignIn) -> None:
    close(cast.here)
    path = f"{PATH}/{db.session.query(Closure).one().public_id}/remove"
    host = sign_in(cast.host)

    first, second = host.post(path), host.post(path)

    assert (first.status_code, second.status_code) == (303, 404)
    assert stored() == []
    assert db.session.query(AuditLine).filter(AuditLine.what == "days opened").one().before["title"] == "Testing"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first_day": "2026-02-30"}, "There is no day 2026-02-30."),
        ({"first_day": ""}, "Choose a day."),
        ({"title": ""}, "This is needed."),
        ({"title": "x" * 121}, "This has 121 letters; up to 120 fit."),
        ({"last_day": (SOON - timedelta(days=1)).isoformat()}, "This lies before the first day."),
        ({"last_day": (SOON + timedelta(days=400)).isoformat()}, "More than a year would be closed. Look at the years."),
    ],
)
def test_wrong_closure_gets_a_sentence_and_keeps_what_was_typed(
    cast: SimpleNamespace, sign_in: SignIn, wrong: dict[str, str], sentence: str
) -> None:
    answer = sign_in(cast.host).post(PATH, data=typed(**wrong))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{(typed() | wrong)["title"]}"' in answer.text
    assert stored() == []


def test_same_closure_twice_is_refused(cast: SimpleNamespace, sign_in: SignIn) -> None:
    close(cast.here)

    answer = sign_in(cast.host).post(PATH, data=typed(title="testing"))

    assert answer.status_code == 409
    assert "testing is in the list with these days already." in answer.text
    assert len(stored()) == 1


# Several


def test_lines_are_seen_first_and_written_when_confirmed(cast: SimpleNamespace, sign_in: SignIn) -> None:
    close(cast.here)
    host = sign_in(cast.host)

    lines = f"{SOON.isoformat()} Testing\n{LATER.isoformat()} Winter recess\n{LATER.isoformat()} winter recess\n"
    answer = host.post(f"{PATH}/import", data={"lines": lines})
    page = host.get(answer.location).text
    before = len(stored())
    status = confirm(host, answer.location)

    assert figures(page) == [1, 0, 1, 1]
    assert "<b>Line 3</b> · winter recess<br>It stands above already." in page
    assert (before, status, len(stored())) == (1, 303, 2)
    assert stored()[1] == (cast.here.id, LATER, LATER, "Winter recess")


def test_wrong_lines_are_told_by_number_and_nothing_is_lost(cast: SimpleNamespace, sign_in: SignIn) -> None:
    lines = f"{SOON.isoformat()} Testing\n\nsometime Winter recess"

    answer = sign_in(cast.host).post(f"{PATH}/import", data={"lines": lines})

    assert answer.status_code == 422
    assert "Line 3: It does not begin with a day." in answer.text
    assert lines in answer.text
    assert db.session.query(ImportDraft).count() == 0


def test_lines_or_a_file_are_needed_and_not_both(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)

    none = host.post(f"{PATH}/import", data={"lines": " "})
    both = host.post(f"{PATH}/import", data={"lines": "2026-11-26 A", "file": (io.BytesIO(b"x"), "a.ics")})
    wrong = host.post(f"{PATH}/import", data={"file": (io.BytesIO(b"Day,Title"), "a.ics")})

    assert (none.status_code, both.status_code, wrong.status_code) == (422, 422, 409)
    assert "Write a line for each closure, or choose a calendar file." in none.text
    assert "2026-11-26 A</textarea>" in both.text
    assert "By its content this is not a calendar." in wrong.text


def test_calendar_is_written_once_and_its_second_time_changes_what_changed(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    same, moved = an_entry("1@x", SOON, "Testing"), an_entry("2@x", LATER, "Recess")
    confirm(host, bring(host, same, moved))
    ids = [closure.id for closure in db.session.query(Closure).order_by(Closure.id)]

    again = bring(host, same, an_entry("2@x", LATER + timedelta(days=1), "Recess"), an_entry("3@x", LATER, "Concert", "DURATION:P2D"))
    page = host.get(again).text
    status = confirm(host, again)

    assert (figures(page), status) == ([1, 1, 1, 0], 303)
    assert "until now:" in page
    assert [closure.id for closure in db.session.query(Closure).order_by(Closure.id)][:2] == ids
    assert stored() == [
        (cast.here.id, SOON, SOON, "Testing"),
        (cast.here.id, LATER + timedelta(days=1), LATER + timedelta(days=1), "Recess"),
        (cast.here.id, LATER, LATER + timedelta(days=1), "Concert"),
    ]


def test_same_calendar_twice_writes_nothing(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host, entry = sign_in(cast.host), an_entry("1@x", SOON, "Testing", "RRULE:FREQ=YEARLY")
    confirm(host, bring(host, entry))
    before = stored()

    page = host.get(bring(host, entry)).text

    assert "Nothing would change." in page
    assert figures(page) == [0, 0, len(before), 0]
    assert stored() == before


def test_what_is_not_ticked_is_not_closed(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    address = bring(host, an_entry("1@x", SOON, "Spirit week"), an_entry("2@x", LATER, "Recess"))

    confirm(host, address, without="0")

    assert [title for *_, title in stored()] == ["Recess"]


def test_confirming_twice_is_confirming_once_and_a_list_that_changed_meanwhile_is_shown_again(
    cast: SimpleNamespace, sign_in: SignIn
) -> None:
    host = sign_in(cast.host)
    address = bring(host, an_entry("1@x", SOON, "Testing"))
    close(cast.here, SOON, title="Testing")

    late = host.post(address, data={"chosen": ["0"], "expected": "1 new, 0 changed"})
    first, second = (host.post(address, data={"chosen": ["0"], "expected": "0 new, 0 changed"}) for _ in range(2))

    assert (late.status_code, first.status_code, second.status_code) == (409, 303, 303)
    assert "Nothing was written. Look again." in late.text
    assert len(stored()) == 1
    assert host.get(address).status_code == 303


def test_somebody_elses_import_is_not_there(cast: SimpleNamespace, sign_in: SignIn) -> None:
    address = bring(sign_in(cast.host), an_entry("1@x", SOON, "Testing"))
    other = sign_in(cast.other_host)

    assert other.get(address).status_code == other.post(address).status_code == 404
    assert sign_in(cast.host).get(address).status_code == 200


def test_organizer_brings_a_calendar_for_one_school(cast: SimpleNamespace, sign_in: SignIn) -> None:
    organizer = sign_in(cast.organizer)

    confirm(organizer, bring(organizer, an_entry("1@x", SOON, "Testing"), path=f"{PATH}/import?school={cast.there.slug}"))

    assert stored() == [(cast.there.id, SOON, SOON, "Testing")]
    assert queries.closed_days(cast.here.id, SOON, SOON) == {}


def test_calendar_of_too_many_days_is_refused(cast: SimpleNamespace, sign_in: SignIn) -> None:
    entry = an_entry("1@x", SOON, "Closed", "RRULE:FREQ=DAILY", f"DTEND;VALUE=DATE:{SOON + timedelta(days=60):%Y%m%d}")
    data = f"BEGIN:VCALENDAR\r\n{entry}END:VCALENDAR\r\n".encode()

    answer = sign_in(cast.host).post(f"{PATH}/import", data={"file": (io.BytesIO(data), "a.ics")})

    assert answer.status_code == 409
    assert "up to 10,000 can be imported at once" in answer.text
