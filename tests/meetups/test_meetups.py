"""Meetups themselves: planned, changed, cancelled; teams registered and removed; who may do it, and wrong input."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups import queries, service
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Gathering, GatheringState
from scheduler.registration.service import Member
from tests.meetups.conftest import details, typed
from tests.people import MONDAY


def test_organizer_plans_a_meetup_and_everybody_sees_it(
    client: FlaskClient, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    answer = sign_in(cast.organizer).post("/workspace/meetups/new", data=typed(title="Winter meetup"))

    public_id = answer.location.rsplit("/", 1)[1]
    assert (answer.status_code, answer.location) == (303, f"/workspace/meetups/{public_id}")
    assert "Winter meetup" in client.get("/meetups").text
    assert "How it works" in client.get(f"/meetups/{public_id}").text
    assert [line.what for line in db.session.scalars(sa.select(AuditLine).order_by(AuditLine.id))] == ["meetup planned", "meetup published"]


def test_draft_is_seen_by_organizers_only(
    client: FlaskClient, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup]
) -> None:
    draft = make_meetup(in_days=30, publish=False)
    address = f"/meetups/{draft.gathering.public_id}"

    assert client.get(address).status_code == 404
    assert "Fall meetup" not in client.get("/meetups").text
    assert "No meetup is planned at the moment." in client.get("/meetups").text
    assert "Draft" in sign_in(cast.organizer).get("/workspace" + address).text


LONG, HOSTILE = "x" * 10_000, "A\0B\u2028C"


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"title": ""}, "title", "This is needed."),
        ({"title": "\u200b\u3164"}, "title", "This is needed."),
        ({"title": LONG}, "title", "This has 10,000 letters; up to 120 fit."),
        ({"title": HOSTILE}, "title", "NUL, U+2028 cannot be shown here."),
        ({"day": "2020-01-15"}, "day", "This would begin in the past."),
        ({"day": "2027-02-30"}, "day", "There is no day 2027-02-30."),
        ({"day": "9999-12-31"}, "day", "There is no day 9999-12-31."),
        ({"day": ""}, "day", "Choose a day."),
        ({"starts": "25:00"}, "starts", "There is no time 25:00."),
        ({"starts": "18:00", "ends": "16:00"}, "ends", "The end is not after the beginning."),
        ({"day": "2027-03-14", "starts": "02:30", "ends": "05:30"}, "starts", "2:30 am does not exist on March 14, 2027"),
        ({"day": "2027-11-07", "starts": "01:30", "ends": "05:30"}, "starts", "1:30 am happens twice on November 7, 2027"),
        ({"rounds": "17"}, "rounds", "17 rounds take 126 minutes; only 16 fit before the end."),
        ({"rounds": "-1"}, "rounds", "Write a whole number from 1 to 40."),
        ({"capacity": "9999999999"}, "capacity", "Write a whole number from 2 to 2,000."),
        ({"table_size": "two"}, "table_size", "Write a whole number from 3 to 12."),
        ({"format": "dance"}, "format", "Choose one of these."),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Choose one of the list."),
    ],
)
def test_wrong_input_gets_a_sentence_at_its_field_and_what_was_typed_is_kept(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], wrong: dict[str, str], field: str, sentence: str
) -> None:
    answer = sign_in(cast.organizer).post("/workspace/meetups/new", data=typed(place="Kept place") | wrong)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert sentence in answer.text
    assert 'value="Kept place"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Meetup)) == 0


def test_wrong_day_stays_in_its_field(cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]) -> None:
    answer = sign_in(cast.organizer).post("/workspace/meetups/new", data=typed(day="2026-02-30"))

    assert 'value="2026-02-30"' in answer.text


def test_new_time_is_mailed_to_each_lead_and_a_new_title_is_not(make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> None:
    meetup = make_meetup()
    fill(meetup, 3)

    renamed = service.edit_meetup(meetup.id, details(title="Other title"), version=meetup.gathering.version, actor="user:1", now=MONDAY)
    later = details(starts_wall=datetime(2026, 12, 3, 16, 30))
    version = queries.meetup_or_404(meetup.gathering.public_id).gathering.version
    moved = service.edit_meetup(meetup.id, later, version=version, actor="user:1", now=MONDAY)

    changed = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.template == "registration/mail/changed")).all()
    assert (renamed, moved, len(changed)) == (0, 3, 3)
    assert db.session.scalars(sa.select(Gathering.sequence)).one() == 1


def test_second_of_two_who_edit_at_once_is_told_and_keeps_the_text(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup]
) -> None:
    meetup, client = make_meetup(in_days=30), sign_in(cast.organizer)
    address = f"/workspace/meetups/{meetup.gathering.public_id}/edit"
    version = str(meetup.gathering.version)

    first = client.post(address, data=typed(title="First", version=version))
    second = client.post(address, data=typed(title="Second", version=version))
    kept = db.session.scalars(sa.select(Gathering.title)).one()
    client.post(address, data=typed(title="Second", version=re.findall(r'name="version"[^>]*value="(\d+)"', second.text)[0]))

    assert first.status_code == 303
    assert second.status_code == 409
    assert "Somebody else changed this while you were editing." in second.text
    assert 'value="Second"' in second.text
    assert "<dt>Title</dt><dd>First</dd>" in second.text
    assert (kept, db.session.scalars(sa.select(Gathering.title)).one()) == ("First", "Second")


def test_capacity_below_those_registered_is_refused(make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> None:
    meetup = make_meetup()
    fill(meetup, 3)

    with pytest.raises(Refusal, match="9 people are registered already"):
        service.edit_meetup(meetup.id, details(capacity=8), version=meetup.gathering.version, actor="user:1", now=MONDAY)


def test_cancelled_meetup_tells_each_team_and_takes_nobody_more(
    client: FlaskClient,
    cast: SimpleNamespace,
    sign_in: Callable[[User], FlaskClient],
    make_meetup: Callable[..., Meetup],
    fill: Callable[..., None],
) -> None:
    meetup, organizer = make_meetup(in_days=30), sign_in(cast.organizer)
    fill(meetup, 3)
    address = f"/workspace/meetups/{meetup.gathering.public_id}"

    empty = organizer.post(f"{address}/cancel", data={"reason": " "})
    answer = organizer.post(f"{address}/cancel", data={"reason": "The hall is flooded"}, follow_redirects=True)

    assert empty.status_code == 422
    assert "Cancelled. 9 people were expected." in answer.text
    mails = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.template == "registration/mail/cancelled_by_host")).all()
    assert [mail.facts["reason"] for mail in mails] == ["The hall is flooded"] * 3
    assert "This meetup is cancelled: The hall is flooded" in client.get(f"/meetups/{meetup.gathering.public_id}").text
    assert organizer.post(f"{address}/cancel", data={"reason": "Again"}).status_code == 409
    with pytest.raises(Refusal, match="cancelled"):
        service.register_team(meetup.id, cast.here.id, [Member("Ana")], actor="user:1", now=datetime.now(UTC))


def team(school: str = "Harvest", *people: tuple[str, str, str]) -> dict[str, str]:
    """A team as the form sends it."""
    lines = {}
    for n, (name, role, email) in enumerate(people):
        lines |= {f"members-{n}-name": name, f"members-{n}-role": role, f"members-{n}-email": email}
    return {"school": school} | lines


def test_team_is_registered_by_form_with_students_by_their_kept_name(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup]
) -> None:
    meetup = make_meetup(in_days=30)
    people = [("Maria Lopez", "student", "maria@example.org"), ("Lee Leader", "leader", " Lee@Example.org ")]

    answer = sign_in(cast.organizer).post(
        f"/workspace/meetups/{meetup.gathering.public_id}/teams/new", data=team("harvest", *people), follow_redirects=True
    )

    assert "The team of harvest is registered." in answer.text
    found = [(a.person.name, a.role, a.person.email, a.is_lead) for a in queries.attendees_of(meetup.gathering_id)]
    assert found == [("Lee Leader", "leader", "lee@example.org", True), ("Maria L.", "student", None, False)]
    assert [mail.to_address for mail in db.session.scalars(sa.select(OutboxMail))] == ["lee@example.org"]


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        (team("Harvst Collegiate High School", ("Ana", "", "")), "school", "Did you mean Harvest Collegiate High School?"),
        (team("Hogwarts", ("Ana", "", "")), "school", "No school of the directory is called that."),
        (team("Harvest"), "members-0-name", "Write at least one name."),
        (team("Harvest", ("", "teacher", "")), "members-0-name", "Write the name, or clear this line."),
        (team("Harvest", ("Ana", "", "not an address")), "members-0-email", "This is not an e-mail address."),
        (team("Harvest", ("Ana", "", "a@x.org"), ("Ben", "", "A@x.org")), "members-1-email", "This address stands above already."),
        (team("Harvest", ("Ana", "wizard", "")), "members-0-role", "Choose one of the list."),
        (team("Harvest", (HOSTILE, "", "")), "members-0-name", "NUL, U+2028 cannot be shown here."),
        (team("Harvest", (LONG, "", "")), "members-0-name", "This has 10,000 letters; up to 200 fit."),
    ],
)
def test_wrong_team_gets_a_sentence_at_its_field(
    cast: SimpleNamespace,
    sign_in: Callable[[User], FlaskClient],
    make_meetup: Callable[..., Meetup],
    data: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    meetup = make_meetup(in_days=30)

    answer = sign_in(cast.organizer).post(f"/workspace/meetups/{meetup.gathering.public_id}/teams/new", data=data)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert sentence in answer.text
    assert queries.teams_of(meetup.gathering_id) == []


def test_school_with_a_team_and_address_that_is_registered_are_refused(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup]
) -> None:
    meetup, client = make_meetup(in_days=30), sign_in(cast.organizer)
    address = f"/workspace/meetups/{meetup.gathering.public_id}/teams/new"
    client.post(address, data=team("Harvest", ("Ana", "", "ana@example.org")))

    same_school = client.post(address, data=team("Harvest", ("Ben", "", "")))
    same_address = client.post(address, data=team("iSchool", ("Ana again", "", "ANA@example.org")))

    assert (same_school.status_code, same_address.status_code) == (409, 409)
    assert "Harvest Collegiate High School has a team here already. Open it and add people there." in same_school.text
    assert "ANA@example.org is registered for this meetup already." in same_address.text
    assert 'value="Ana again"' in same_address.text


def test_draft_takes_no_teams(cast: SimpleNamespace, make_meetup: Callable[..., Meetup]) -> None:
    draft = make_meetup(publish=False)

    with pytest.raises(Refusal, match="This meetup is a draft"):
        service.register_team(draft.id, cast.here.id, [Member("Ana")], actor="user:1", now=MONDAY)


def test_person_is_added_and_removed_and_the_lead_passes_on(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup]
) -> None:
    meetup, client = make_meetup(in_days=30), sign_in(cast.organizer)
    members = [Member("Lee Leader", "leader", "lee@example.org"), Member("Stu Dent", "student")]
    team_id = service.register_team(meetup.id, cast.here.id, members, actor="user:1", now=MONDAY)
    address = f"/workspace/meetups/{meetup.gathering.public_id}/teams/{team_id}"
    lead = queries.attendees_of(meetup.gathering_id)[0]
    db.session.rollback()

    added = client.post(
        f"{address}/people", data={"name": "Tia Teacher", "role": "teacher", "email": "tia@example.org"}, follow_redirects=True
    )
    removed = client.post(f"{address}/people/{lead.public_id}/remove", follow_redirects=True)

    assert "Tia Teacher is on the list." in added.text
    assert "Taken off the list." in removed.text
    found = queries.team_or_404(meetup, team_id)
    assert [(a.person.name, a.is_lead) for a in found.attendees] == [("Stu D.", False), ("Tia Teacher", True)]
    assert (found.party_size, found.lead_name, found.lead_email) == (2, "Tia Teacher", "tia@example.org")


def test_last_person_takes_the_team_along(cast: SimpleNamespace, make_meetup: Callable[..., Meetup]) -> None:
    meetup = make_meetup()
    service.register_team(meetup.id, cast.here.id, [Member("Lee", "leader", "lee@example.org")], actor="user:1", now=MONDAY)
    team = queries.teams_of(meetup.gathering_id)[0]

    goes_on = service.remove_person(team.id, team.attendees[0].id, actor="user:1", now=MONDAY)

    assert goes_on is False
    assert queries.teams_of(meetup.gathering_id) == []
    assert [mail.template for mail in db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))][
        -1
    ] == "registration/mail/cancelled"


def test_removed_team_is_gone_from_the_list_and_its_school_can_be_registered_anew(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup]
) -> None:
    meetup, client = make_meetup(in_days=30), sign_in(cast.organizer)
    team_id = service.register_team(meetup.id, cast.here.id, [Member("Lee")], actor="user:1", now=MONDAY)
    address = f"/workspace/meetups/{meetup.gathering.public_id}/teams/{team_id}"

    answer = client.post(f"{address}/remove", follow_redirects=True)

    assert "The team of Harvest Collegiate High School is off the list." in answer.text
    assert client.get(address).status_code == 404
    assert service.register_team(meetup.id, cast.here.id, [Member("Lee")], actor="user:1", now=MONDAY) != team_id


def test_full_meetup_takes_nobody_more(cast: SimpleNamespace, make_meetup: Callable[..., Meetup]) -> None:
    meetup = make_meetup(capacity=3)
    service.register_team(meetup.id, cast.here.id, [Member("Ana"), Member("Ben")], actor="user:1", now=MONDAY)
    team = queries.teams_of(meetup.gathering_id)[0]

    with pytest.raises(Refusal, match="2 more people do not fit: 1 seat is left"):
        service.register_team(meetup.id, cast.there.id, [Member("Cleo"), Member("Dora")], actor="user:1", now=MONDAY)
    service.add_person(team.id, Member("Cleo"), actor="user:1", now=MONDAY)

    with pytest.raises(Refusal, match="0 seats are left"):
        service.add_person(team.id, Member("Dora"), actor="user:1", now=MONDAY)


def test_public_pages_name_nobody(client: FlaskClient, make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> None:
    meetup = make_meetup(in_days=30)
    fill(meetup, 3)

    pages = client.get("/meetups").text + client.get(f"/meetups/{meetup.gathering.public_id}").text

    assert "Leader 0" not in pages
    assert "Stuart" not in pages
    assert "example.org" not in pages.replace("mailto:", "")


@pytest.fixture
def filled(make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., object]) -> Meetup:
    meetup = make_meetup(in_days=30)
    fill(meetup, 8)
    make_plan(meetup)
    return meetup


PAGES = ["", "/edit", "/cancel", "/teams/new", "/import", "/plan", "/plans/1", "/publish", "/papers", "/cards", "/sheets"]


def test_pages_open_for_organizers_and_administrators_and_for_nobody_else(
    app: Flask, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], filled: Meetup
) -> None:
    seen = {}
    for who in ("organizer", "administrator", "host", "viewer", "nobody"):
        client = app.test_client() if who == "nobody" else sign_in(getattr(cast, who))
        seen[who] = {client.get(f"/workspace/meetups/{filled.gathering.public_id}{page}").status_code for page in PAGES}

    assert seen == {"organizer": {200}, "administrator": {200}, "host": {404}, "viewer": {404}, "nobody": {302}}


def test_posts_of_a_host_and_of_nobody_change_nothing(
    client: FlaskClient, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup]
) -> None:
    draft = make_meetup(in_days=30, publish=False)
    base = f"/workspace/meetups/{draft.gathering.public_id}"

    for browser in (client, sign_in(cast.host)):
        for address in (
            "/workspace/meetups/new",
            f"{base}/publish-meetup",
            f"{base}/cancel",
            f"{base}/edit",
            f"{base}/plan",
            f"{base}/import",
        ):
            assert browser.post(address, data=typed(reason="x")).status_code == 404

    assert db.session.scalars(sa.select(Gathering.state)).all() == [GatheringState.DRAFT]
