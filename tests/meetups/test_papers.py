"""Papers of a plan, files of it, spare cards, and what if (rounds rules 10, 14 and 17)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.calendars import links
from scheduler.foundation.db import db
from scheduler.foundation.jobs import Job
from scheduler.meetups import papers, queries, what_if
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import Result

SignIn = Callable[[User], FlaskClient]


def read(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))  # type: ignore[attr-defined]


def test_papers_are_printed_for_organizers_and_say_who_sits_where(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result],
    cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient,
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=20, rounds=3)
    fill(meetup, 8)
    result = make_plan(meetup)
    browser, here = sign_in(cast.organizer), f"/workspace/meetups/{meetup.gathering.public_id}"
    person = result.everybody[0]

    page = {name: browser.get(f"{here}/{name}").text for name in ("papers", "cards", "spare-cards", "tents", "list", "routes")}

    assert "Print 24 cards" in page["papers"]
    assert "Print 2 spare cards" in page["papers"]
    assert page["cards"].count('class="qr"') == 24
    assert person.key not in page["cards"]  # the code is a picture: its address stands nowhere as text
    assert page["spare-cards"].count("Spare card ") == 2
    assert page["tents"].count('class="table-sheet tent"') == len(result.by_table)
    assert page["list"].count('<th scope="row">') == 24
    assert f"{person.name} <small>" in page["routes"]
    for name in page:
        closed = [sign_in(user).get(f"{here}/{name}").status_code for user in (cast.viewer, cast.host)]
        assert (name, closed, client.get(f"{here}/{name}").status_code) == (name, [404, 404], 302)


def test_code_of_a_card_opens_the_rounds_of_that_person_alone(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], client: FlaskClient
) -> None:
    meetup = make_meetup(in_days=20)
    fill(meetup, 2)
    ana, ben, *_ = queries.attendees_of(meetup.gathering_id)
    address = links.rounds_url(ana.public_id).split("/calendars", 1)[1]

    mine = client.get(f"/calendars{address}")
    other = client.get(f"/calendars{address}".replace(ana.public_id, ben.public_id))

    assert (mine.status_code, other.status_code) == (200, 404)


def test_plan_is_taken_away_long_wide_and_by_person(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result], cast: SimpleNamespace, sign_in: SignIn
) -> None:
    meetup = make_meetup(in_days=20, rounds=3)
    fill(meetup, 8)
    result = make_plan(meetup)
    browser, here = sign_in(cast.organizer), f"/workspace/meetups/{meetup.gathering.public_id}/plan-"

    long, wide, met = (read(browser.get(f"{here}{kind}.csv")) for kind in ("long", "wide", "met"))

    assert [long[0], len(long)] == [["Round", "Table", "Name", "School", "Role"], 1 + 24 * 3]
    assert [wide[0], len(wide)] == [["Name", "School", "Role", "Round 1", "Round 2", "Round 3"], 1 + 24]
    assert len(met) == 1 + sum(len(stop.company) for _, route in result.routes for stop in route)
    by_round = {(row[2], row[3], row[0]): row[1] for row in long[1:]}
    assert all(by_round[row[0], row[1], str(n)] == table for row in wide[1:] for n, table in enumerate(row[3:], 1))
    assert browser.get(f"{here}other.csv").status_code == 404


def test_spare_cards_have_a_chair_in_each_round_one_a_table_and_nobody_moves(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], make_plan: Callable[..., Result], cast: SimpleNamespace, sign_in: SignIn
) -> None:
    meetup = make_meetup(in_days=20, rounds=3)
    fill(meetup, 8)
    result = make_plan(meetup)
    browser, page = sign_in(cast.organizer), f"/workspace/meetups/{meetup.gathering.public_id}/papers"

    usual = papers.spare_cards(result, None)
    refused = browser.post(page, data={"spare_cards": "many"})
    browser.post(page, data={"spare_cards": "50"})
    most = papers.spare_cards(result, queries.meetup_or_404(meetup.gathering.public_id).spare_cards)

    assert [card.number for card in usual] == [1, 2]
    assert papers.spare_cards(result, None) == usual
    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    assert len(most) == 6  # tables of a round
    for n in range(3):
        assert Counter(card.stops[n].table for card in most) == Counter(range(1, 7))
    browser.post(page, data={"spare_cards": ""})
    assert queries.meetup_or_404(meetup.gathering.public_id).spare_cards is None


def test_what_if_counts_side_by_side_and_stores_nothing(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: SignIn
) -> None:
    meetup = make_meetup(in_days=20, rounds=4)
    fill(meetup, 8)
    browser, here = sign_in(cast.organizer), f"/workspace/meetups/{meetup.gathering.public_id}/what-if"

    page = browser.get(here).text
    asked = browser.get(f"{here}?missing=20&rounds=30&size=4")
    part = browser.get(f"{here}?missing=0&rounds=4&size=4&try=0-4-4&part=1").text
    again = browser.get(f"{here}?missing=0&rounds=4&size=4&try=0-4-4&part=1").text
    wrong = browser.get(f"{here}?missing=23&rounds=4&size=4")

    for label in ("As it is now", "8 people do not come", "One round more", "One round fewer", "Tables of 5", "Tables of 3"):
        assert label in page
    assert page.count(">current<") == 1
    assert "What you ask for" in asked.text
    assert "too long" in asked.text
    assert "new people for whoever meets fewest" in part
    assert part == again
    assert wrong.status_code == 422
    assert "Nobody would be left to talk with. 24 people are on the list." in wrong.text
    assert browser.get(f"{here}?rounds=4&try=9-9-9&part=1").status_code == 404
    assert queries.plans_of(meetup.id) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_trial_of_a_variant_leaves_out_those_who_do_not_come(make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> None:
    meetup = make_meetup(in_days=20, rounds=3)
    fill(meetup, 8)
    everybody = queries.attendees_of(meetup.gathering_id)

    now, fewer, *_ = what_if.variants(meetup, everybody, what_if.now_of(meetup))
    fewer.try_it()

    assert (now.people, fewer.people) == (24, 16)
    assert fewer.tables == 4
    assert fewer.counts is not None
    assert fewer.counts.repeats >= fewer.least_repeats
