"""Names are just names: what is stored, typed or asked for never gets out of its place, runs, or gives a 500 (trust P11)."""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from scheduler.accounts.models import User
from scheduler.core.text import tidy, unshowable, without_unshowable
from scheduler.foundation.db import db
from tests import hostile, scene
from tests.hostile import Field, Form, Page
from tests.walking import Walk

SignIn = Callable[[User], FlaskClient]
ON_SQLITE = pytest.mark.parametrize("house", ["sqlite"], indirect=True)
"""For what is the same on both databases and long on each"""


@pytest.fixture
def walk(app: Flask, cast: SimpleNamespace, sign_in: SignIn) -> Walk:
    return Walk(app, scene.make(cast, datetime.now(UTC).replace(microsecond=0)), sign_in)


@ON_SQLITE
def test_P11_every_page_and_file_shows_hostile_names_as_names(walk: Walk, caplog: pytest.LogCaptureFixture) -> None:
    """HTML, CSV, iCalendar, JSON, the archive of one's data, and the log, each read by a parser of its kind; all routes are opened."""
    caplog.set_level(logging.INFO)

    unseen = set(walk.look_everywhere())
    shown = walk.browsers["guest"].get(f"/visits/{walk.scene.visit.gathering.public_id}")
    archive = walk.browsers["guest"].get(walk.address(next(rule for rule, _ in walk.routes("GET") if rule.rule.endswith("my-data.zip"))))

    assert walk.wrong == []
    assert unseen == set(SHOWS_NOTHING)
    assert hostile.NAME in "".join(Page(shown.text).text)
    assert wrong_in_archive(archive.data) == []
    assert hostile.TAG not in caplog.text


SHOWS_NOTHING: tuple[str, ...] = ()


def wrong_in_archive(data: bytes) -> list[str]:
    wrong = []
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            kind = {"csv": "text/csv", "json": "application/json", "ics": "text/calendar"}[name.rpartition(".")[2]]
            wrong += [f"{name}: {said}" for said in hostile.wrong_with(kind, archive.read(name))]
    return wrong


@ON_SQLITE
def test_P11_every_mail_carries_hostile_names_in_their_place(walk: Walk) -> None:
    mails = scene.mails()

    wrong = [f"{number}: {said}" for number, data in enumerate(mails) for said in hostile.wrong_with_mail(data)]

    assert len(mails) > 10
    assert wrong == []


# What people send


def test_P11_no_form_gives_a_500_and_what_is_stored_can_be_shown(walk: Walk) -> None:
    """Every form of every page, in turn as it stands with hostile but honest texts, with hostile fields, and with everything hostile."""
    list(walk.look_everywhere())
    send_everything(walk, rounds=2)

    assert walk.wrong == []
    assert unshowable_in_tables() == []
    assert {rule.rule for rule, _ in walk.routes("POST")} - sent_to(walk) == set()


@pytest.mark.soak
def test_P11_no_form_gives_a_500_whatever_stands_in_which_field(walk: Walk) -> None:
    """The same with every value of the corpus in every field."""
    list(walk.look_everywhere())
    send_everything(walk, rounds=len(hostile.TEXTS))

    assert walk.wrong == []
    assert unshowable_in_tables() == []


def sent_to(walk: Walk) -> set[str]:
    return {kind.partition(" ")[0] for kind in walk.forms} | set(without_a_form(walk))


def send_everything(walk: Walk, *, rounds: int) -> None:
    """Send each form that was found, and what a route takes for which the scene shows no form."""
    forms = [form for form in walk.forms.values() if form.method == "post" and form.who in walk.browsers]
    forms += [Form(path, "post", [Field(name, "text") for name in ANY_FIELD], who=who) for who, path in without_a_form(walk).values()]
    turn = count()
    for form in sorted(forms, key=lambda form: "/remove" in form.action or "/sign-out" in form.action or "/erase" in form.action):
        for values in fillings(form, rounds, turn):
            send(walk, form, values)


def without_a_form(walk: Walk) -> dict[str, tuple[str, str]]:
    """Routes to which no form of the scene leads now, by who sends there."""
    shown = {kind.partition(" ")[0] for kind in walk.forms}
    posts = [(rule, policy) for rule, policy in walk.routes("POST") if rule.rule not in shown]
    return {rule.rule: ("administrator" if policy.roles else "guest", walk.address(rule)) for rule, policy in posts}


ANY_FIELD = (
    "address", "reason", "code", "line", "person", "to", "revision", "seen", "mark", "school", "deed", "who", "number", "table", "name",
    "email", "size", "expected", "visit", "confirm", "locked", "answer", "day", "left",
)  # fmt: skip


def fillings(form: Form, rounds: int, turn: Iterator[int]) -> Iterator[dict[str, list[Any]]]:
    """What is sent: once as it stands with a name in each text, then with other values in every field each time."""
    yield form.filled() | {each.name: [hostile.NAME] for each in form.fields if each.kind in ("text", "textarea", "search")}
    for number in range(rounds):
        shown_only = number % 2 == 0
        touched = [each for each in form.fields if each.name != "csrf_token" and not (shown_only and each.kind in KEPT)]
        yield form.filled() | {each.name: [value_for(each, next(turn))] for each in touched}


KEPT = ("hidden", "select", "radio", "checkbox")
VALUES = {"number": hostile.NUMBERS, "date": hostile.DAYS, "time": hostile.TIMES, "email": hostile.ADDRESSES}


def value_for(control: Field, turn: int) -> Any:
    if control.kind == "file":
        name, data = list(hostile.FILES.items())[turn % len(hostile.FILES)]
        return (BytesIO(data), f"{name}.{('csv', 'xlsx', 'ics', 'json', 'pdf')[turn % 5]}")
    values = list(VALUES.get(control.kind, hostile.TEXTS).values())
    return values[turn % len(values)]


def send(walk: Walk, form: Form, values: dict[str, list[Any]]) -> None:
    """Send a form, and look whether the answer is sound and keeps what was typed where it was refused."""
    typed = MultiDict((name, value) for name, listed in values.items() for value in listed)
    name = f"{form.who} POST {form.action[:200]} {[(key, str(value)[:30]) for key, value in typed.items()][:40]}"
    answer = walk.judged(name, form.action, walk.browsers[form.who].post(form.action, data=typed))
    if answer.status_code == 422 and answer.mimetype == "text/html":
        walk.wrong += [f"{name}: {lost} was lost" for lost in lost_from(answer.text, form, typed)]


def lost_from(text: str, form: Form, typed: MultiDict[str, Any]) -> list[str]:
    """Names of the fields that are on the page again, but not with what was typed into them."""
    again = {each.name: each.value for shown in Page(text).forms for each in shown.fields if each.kind in ("text", "textarea", "number")}
    texts = {each.name: each.kind == "textarea" for each in form.fields if each.name in again and each.kind in ("text", "textarea")}
    return [name for name, lines in texts.items() if "".join(again[name].split()) != "".join(shown_again(typed[name], lines).split())]


def shown_again(typed: str, lines: bool) -> str:
    return without_unshowable(tidy(typed), lines=lines)


def unshowable_in_tables() -> list[str]:
    """Columns in which something is stored that no page, mail or calendar can carry."""
    db.session.rollback()
    found = []
    for table in db.metadata.sorted_tables:
        texts = [
            column
            for column in table.columns
            if isinstance(column.type, sa.String | sa.Text | sa.JSON) and not isinstance(column.type, sa.Enum)
        ]
        for row in db.session.execute(sa.select(*texts)).mappings() if texts else ():
            found += [
                f"{table.name}.{key}: {what}"
                for key, value in row.items()
                for text in texts_in(value)
                if (what := unshowable(text, lines=True))
            ]
    return sorted(set(found))


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        yield from re.findall(r"[^\0]+|\0", "\u0020".join(flat(value)))


def flat(value: Any) -> Iterator[str]:
    for each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ((0, value),):
        yield str(each[0])
        yield from flat(each[1]) if isinstance(each[1], dict | list) else (str(each[1]),)


# What addresses and programs send


def test_P11_no_address_gives_a_500(walk: Walk) -> None:
    """Ids of the corpus in every place of every route, and hostile values behind the question mark of every page."""
    walk.follow_links()
    turn = count()
    for method in ("GET", "POST"):
        for rule, policy in walk.routes(method):
            who = "administrator" if policy.roles else "guest"
            for name in rule.arguments:
                path = rule_with(walk, rule, name, hostile.IDS[next(turn) % len(hostile.IDS)])
                walk.judged(f"{who} {method} {path[:200]}", path, walk.browsers[who].open(path, method=method))
            if method == "GET":
                asked = {name: list(hostile.TEXTS.values())[next(turn) % len(hostile.TEXTS)] for name in ASKED}
                walk.look(who, walk.address(rule), query_string=asked)

    assert walk.wrong == []


ASKED = (
    "q", "code", "before", "state", "kind", "to", "size", "since", "who", "what", "about", "first", "last", "school", "past", "page", "words", "focus", "borough",
    "month", "at", "next", "add", "a", "b", "try", "person", "year", "show", "party", "day", "from", "until", "tier",
)  # fmt: skip


def rule_with(walk: Walk, rule: Any, name: str, value: str) -> str:
    """The address of a route with one part of it exactly as it is written here, percent signs included."""
    parts = {each: walk.scene.parts_of(rule.rule)[each] for each in rule.arguments}
    return re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda found: value if found[1] == name else str(parts[found[1]]), rule.rule)


@pytest.mark.parametrize(
    "kind", ["application/json", "message/rfc822", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_P11_no_body_of_a_program_gives_a_500(walk: Walk, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setitem(walk.app.config, "BOUNCE_SECRET", secret := "a secret of twenty letters")
    walk.follow_links()
    door = walk.address(next(rule for rule, _ in walk.routes("POST") if rule.rule == "/door/<public_id>/deeds"))

    for path in (door, "/mail/bounces"):
        for body in hostile.JSONS:
            headers = {"Authorization": f"Bearer {secret}"}
            answer = walk.browsers["guest"].post(path, data=body, content_type=kind, headers=headers)
            walk.judged(f"guest POST {path} {body[:40]!r}", path, answer)

    assert walk.wrong == []


def test_a_page_is_read_as_a_browser_reads_it() -> None:
    """The readers of this file do see what gets out of its place."""
    page = Page(f'<a href="javascript:x"></a><{hostile.TAG}><p onclick="x" style="y"><script>z</script>{hostile.PRODUCT}')
    cells = hostile.wrong_cells("a,b\n=1+1,-5\n@x,\n1\n")
    mail = hostile.wrong_with_mail(
        b"From: a@b.c\r\nFrom: d@e.f\r\nTo: a@b.c\r\nBcc: x@y.z\r\nSubject: s\r\nDate: d\r\nMessage-ID: <a@b>\r\n\r\n"
    )

    assert len(page.wrong) == 6
    assert cells == ["=1+1", "@x", "a row of 1 cells"]
    assert mail[:2] == ["From 2 times", "a header Bcc"]
