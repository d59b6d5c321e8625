"""The door of a meetup: its organizers are its staff, and a phone carries its whole roster (visits rules 16 and 17)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation import ticks
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups.models import Meetup
from scheduler.registration.door import links, queries, service
from scheduler.registration.models import Gathering
from scheduler.registration.service import Member, Team, register_team

SignIn = Callable[[User], FlaskClient]


def with_teams(meetup: Meetup, teams: int, of: int) -> None:
    now = datetime.now(UTC)
    for n in range(teams):
        members = [Member(f"Person {n} {m}", "teacher", f"person.{n}.{m}@example.org") for m in range(of)]
        register_team(meetup.gathering_id, Team(f"School {n}", None, members), actor="command:test", now=now)


def test_organizer_has_a_door_and_hosts_have_none(cast: SimpleNamespace, make_meetup: Callable[..., Meetup], sign_in: SignIn) -> None:
    meetup = make_meetup(in_days=5)
    with_teams(meetup, 2, 2)
    path = f"/workspace/door/{meetup.gathering.public_id}"

    page = sign_in(cast.organizer).get(path)
    paper = sign_in(cast.organizer).get(f"{path}/paper")

    assert "0 of 4 here" in page.text
    assert "Back to the meetup" in paper.text
    assert [sign_in(user).get(path).status_code for user in (cast.host, cast.viewer)] == [404, 404]
    assert path in sign_in(cast.organizer).get(f"/workspace/meetups/{meetup.gathering.public_id}").text


def test_organizers_are_asked_to_close_the_roster_of_a_meetup(
    cast: SimpleNamespace, make_meetup: Callable[..., Meetup], sign_in: SignIn
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=5)
    with_teams(meetup, 2, 2)
    over = datetime.now(UTC) - timedelta(hours=3)
    with transaction():
        gathering = db.session.get_one(Gathering, meetup.gathering_id)
        gathering.closes_at = gathering.starts_at = over - timedelta(hours=2)
        gathering.ends_at = over

    ticks.run_due(now=datetime.now(UTC))

    chosen = sa.select(OutboxMail.to_address).where(OutboxMail.template == "registration/mail/host_roster")
    assert list(db.session.scalars(chosen)) == ["olga.organizer@example.org"]
    assert "Who came? 4 people are not marked" in sign_in(cast.organizer).get("/workspace").text
    assert "Who came?" not in sign_in(cast.host).get("/workspace").text


def test_phone_sends_the_arrivals_of_a_whole_meetup_at_once(app: Flask, make_meetup: Callable[..., Meetup]) -> None:
    meetup, now = make_meetup(in_days=5), datetime.now(UTC)
    with_teams(meetup, 30, 4)
    with transaction():
        gathering = db.session.get_one(Gathering, meetup.gathering_id)
        gathering.closes_at = gathering.starts_at = now
    link = queries.link_or_404(service.make_link(meetup.gathering_id, "Gus", now + timedelta(hours=2), actor="user:1", now=now))
    client = app.test_client()
    client.get(urlsplit(links.greeter_url(link)).path)
    people = [guest.attendee.public_id for guest in queries.arrivals_of(gathering).guests]
    deeds = [{"nonce": f"nonce-of-{name}", "kind": "arrive", "attendee": name, "at": now.isoformat()} for name in people]

    answer = client.post(f"/door/{link.public_id}/deeds", json={"deeds": deeds})

    assert answer.json is not None
    assert {one["result"] for one in answer.json["answers"]} == {"ok"}
    assert queries.arrivals_of(gathering).here == 120
