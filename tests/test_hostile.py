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
from werkzeug.routing import Rule

from scheduler.accounts.models import User
from scheduler.core.text import is_blank, tidy, unshowable, without_unshowable
from scheduler.foundation.db import db
from tests import hostile, scene
from tests.halves import ENGINES
from tests.hostile import Field, Form, Page
from tests.walking import Walk

SignIn = Callable[[User], FlaskClient]
ON_SQLITE, ON_POSTGRESQL = (pytest.mark.parametrize("house", [engine], indirect=True) for engine in ENGINES)
"""For what is long, and the same on both databases: each opens all pages once"""
SECRET = "a secret of twenty letters"


@pytest.fixture
def walk(app: Flask, cast: SimpleNamespace, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Walk:
    monkeypatch.setitem(app.config, "BOUNCE_SECRET", SECRET)
    return Walk(app, scene.make(cast, datetime.now(UTC).replace(microsecond=0)), sign_in)


@ON_SQLITE
def test_P11_every_page_file_and_mail_shows_hostile_names_as_names(walk: Walk, caplog: pytest.LogCaptureFixture) -> None:
    """HTML, CSV, iCalendar, JSON, mails, the archive of one's data, and the log, each read by a parser of its kind; all routes."""
    caplog.set_level(logging.INFO)

    unseen = walk.look_everywhere()
    shown = walk.look("guest", walk.address_of("visits.show")).text
    archive = walk.look("guest", walk.address_of("privacy.download")).data

    print("WRONG", *walk.wrong, sep="\n")
    assert walk.wrong == []
    assert unseen == set(SHOWS_NOTHING)
    assert hostile.NAME in "".join(Page(shown).text)
    assert wrong_in_archive(archive) == []
    assert [said for data in scene.mails() for said in hostile.wrong_with_mail(data)] == []
    assert hostile.TAG not in caplog.text


SHOWS_NOTHING = {
    "/metrics": "a token opens it",
    "/workspace/meetups/<public_id>/desk/anew/<job_id>": "while rounds are planned anew",
    "/workspace/meetups/<public_id>/desk/preview/<int:version>": "after rounds were planned anew",
    "/workspace/meetups/<public_id>/plans/<int:version>/price": "asked by a script, of a move",
}
"""Pages of moments that the scene does not have; they have tests of their own"""


def wrong_in_archive(data: bytes) -> list[str]:
    kinds = {"csv": "text/csv", "json": "application/json", "ics": "text/calendar", "txt": "text/plain"}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        read = {name: hostile.wrong_with(kinds[name.rpartition(".")[2]], archive.read(name)) for name in archive.namelist()}
    return [f"{name}: {said}" for name, wrong in read.items() for said in wrong]


# What people send


@ON_POSTGRESQL
def test_P11_no_form_gives_a_500_and_what_is_stored_can_be_shown(walk: Walk) -> None:
    """Every form of every page: once with a name that somebody might have in each text, once with a hostile value in each field."""
    walk.look_everywhere()

    send_everything(walk, rounds=1)

    print("WRONG", *walk.wrong, sep="\n")
    assert walk.wrong == []
    assert unshowable_in_tables() == []


@pytest.mark.soak
def test_P11_no_form_gives_a_500_whatever_stands_in_which_field(walk: Walk) -> None:
    """The same with every value of the corpus in every field that people type into, and half of them in the others."""
    walk.look_everywhere()

    send_everything(walk, rounds=len(hostile.TEXTS))

    print("WRONG", *walk.wrong, sep="\n")
    assert walk.wrong == []
    assert unshowable_in_tables() == []


def send_everything(walk: Walk, *, rounds: int) -> None:
    """Send each form that was found, and to each route to which no form leads now; what ends something comes last."""
    forms = [form for form in walk.forms.values() if form.method == "post"]
    shown = {kind.partition(" ")[0] for kind in walk.forms}
    for rule, policy in walk.routes("POST"):
        if rule.rule not in shown:
            who = "administrator" if policy.roles else "guest"
            forms.append(Form(walk.address(rule), "post", [Field(name, "text") for name in ANY_FIELD], who=who))
    last = sorted(forms, key=lambda form: re.search("/remove|/sign-out|/erase", form.action) is not None)
    for place, form in enumerate(last):
        for values in fillings(form, rounds, place):
            send(walk, form, values)


ANY_FIELD = (
    "address", "reason", "code", "line", "person", "to", "revision", "seen", "mark", "school", "deed", "who", "number", "table", "name",
    "email", "size", "expected", "visit", "confirm", "locked", "answer", "day", "left", "attendee", "version",
)  # fmt: skip
"""What some form somewhere sends"""


def fillings(form: Form, rounds: int, first: int) -> Iterator[dict[str, list[Any]]]:
    """What is sent: once as it stands with a name in each text, then with the next value of its kind in every field each time. Every
    other time what people do not type stays as it is, so that more than its check is tried."""
    empty = {"website": [""]}  # who fills it is a program, and told so
    yield form.filled() | {each.name: [hostile.NAME] for each in form.fields if each.kind in TYPED} | empty
    for number in range(rounds):
        spares = (len(form.fields) + number) % 2 == 0
        touched = [each for each in form.fields if each.name != "csrf_token" and not (spares and each.kind in NOT_TYPED)]
        yield form.filled() | {each.name: [value_for(each, first + place + number)] for place, each in enumerate(touched)} | empty


TYPED, NOT_TYPED = ("text", "textarea", "search"), ("hidden", "select", "radio", "checkbox")
VALUES = {"number": hostile.NUMBERS, "date": hostile.DAYS, "time": hostile.TIMES, "email": hostile.ADDRESSES}


def value_for(control: Field, turn: int) -> Any:
    if control.kind == "file":
        name, data = list(hostile.FILES.items())[turn % len(hostile.FILES)]
        return BytesIO(data), f"{name}.{('csv', 'xlsx', 'ics', 'json', 'pdf')[turn % 5]}"
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
    again = {each.name: each.value for shown in Page(text).forms for each in shown.fields if each.kind in TYPED}
    texts = {each.name: each.kind == "textarea" for each in form.fields if each.name in again and each.kind in TYPED}
    return [
        name
        for name, lines in texts.items()
        if not is_blank(typed[name]) and squeezed(typed[name], lines) not in squeezed(again[name], lines)
    ]


def squeezed(text: str, lines: bool) -> str:
    """As it may be shown again: without what cannot be shown, and whatever its spaces and capitals."""
    return "".join(without_unshowable(tidy(text), lines=lines).casefold().split())


AS_IT_CAME = {"import_drafts.headers", "import_drafts.rows"}
"""A draft holds a file as it came, for a day: its preview names the rows that cannot be taken"""


def unshowable_in_tables() -> list[str]:
    """Columns in which something is stored that no page, mail or calendar can carry."""
    db.session.rollback()
    found = set()
    for table in db.metadata.sorted_tables:
        texts = [
            column for column in table.columns if isinstance(column.type, sa.String | sa.JSON) and not isinstance(column.type, sa.Enum)
        ]
        for row in db.session.execute(sa.select(*texts)).mappings() if texts else ():
            wrong = {name: unshowable("".join(texts_in(value)), lines=True) for name, value in row.items()}
            found |= {f"{table.name}.{name}: {what}" for name, what in wrong.items() if what and f"{table.name}.{name}" not in AS_IT_CAME}
    return sorted(found)


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(each)


# What addresses and programs send


@pytest.mark.soak
def test_P11_no_address_and_no_body_of_a_program_gives_a_500(walk: Walk) -> None:
    """Ids of the corpus in every place of every route, hostile values behind the question mark of every page, and JSON."""
    walk.follow_links()
    turn = count()
    for method in ("GET", "POST"):
        for rule, policy in walk.routes(method):
            who = "administrator" if policy.roles else "guest"
            for name in rule.arguments:
                path = address_with(walk, rule, name, hostile.IDS[next(turn) % len(hostile.IDS)])
                walk.judged(f"{who} {method} {path[:200]}", path, walk.browsers[who].open(path, method=method))
            if method == "GET":
                asked = {name: list(hostile.TEXTS.values())[next(turn) % len(hostile.TEXTS)][:300] for name in ASKED}
                walk.look(who, walk.address(rule), query_string=asked)
    for path in (walk.address_of("door.deeds"), "/mail/bounces"):
        for body in hostile.JSONS:
            sent = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {SECRET}"}}
            walk.judged(f"guest POST {path} {body[:40]!r}", path, walk.browsers["guest"].post(path, data=body, **sent))

    print("WRONG", *walk.wrong, sep="\n")
    assert walk.wrong == []


ASKED = (
    "q", "code", "before", "state", "kind", "to", "size", "since", "who", "what", "about", "first", "last", "school", "past", "page",
    "words", "focus", "borough", "month", "at", "next", "add", "a", "b", "try", "person", "year", "show", "party", "day", "from",
    "until", "tier", "rounds", "missing", "version",
)  # fmt: skip
"""What some page somewhere is asked for"""


def address_with(walk: Walk, rule: Rule, name: str, value: str) -> str:
    """The address of a route with one part of it exactly as it is written here, percent signs included."""
    parts = walk.scene.parts_of(rule.rule)
    return re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda found: value if found[1] == name else str(parts[found[1]]), rule.rule)


def test_what_gets_out_of_its_place_is_noticed() -> None:
    """The readers of these tests do see it."""
    page = Page(f'<a href="javascript:x"></a><{hostile.TAG}><p onclick="x" style="y"><script>z</script>{hostile.PRODUCT}')
    cells = hostile.wrong_cells("a,b\n=1+1,-5\n@x,\n1\n")
    mail = hostile.wrong_with_mail(
        b"From: a@b.c\r\nFrom: d@e.f\r\nTo: a@b.c\r\nBcc: x@y.z\r\nSubject: s\r\nDate: d\r\nMessage-ID: <a@b>\r\n\r\n"
    )

    assert len(page.wrong) == 6
    assert cells == ["=1+1", "@x", "a row of 1 cells"]
    assert mail[:2] == ["From 2 times", "a header Bcc"]
